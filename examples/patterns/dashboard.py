import pandas as pd
import streamlit as st

from streamlit_persistent_state import persist, persistent_state

persist("filters")  # all that was added

SALES = pd.DataFrame(
    {
        "North": [12, 18, 25, 22, 30, 41],
        "South": [30, 28, 35, 33, 40, 38],
        "West": [8, 9, 15, 21, 26, 35],
    },
    index=["Jan", "Feb", "Mar", "Apr", "May", "Jun"],
)

if "filters" not in st.session_state:
    st.session_state.filters = {"regions": ["North", "South"], "months": 6}

filters = st.session_state.filters
filters["regions"] = st.multiselect("Regions", list(SALES), filters["regions"], key="regions_field")
filters["months"] = st.slider("Last months", 1, 6, filters["months"], key="months_field")
goal = persistent_state(
    "Goal", key="goal", counter=400, min_value=10, step=10, text="First half", max_chars=20
)

shown = SALES[filters["regions"]].tail(filters["months"])
total = int(shown.to_numpy().sum())

with st.container(horizontal=True):
    st.metric("Sold", total)
    st.metric("To go", max(0, goal.counter - total))
    st.metric(goal.text or "Goal", f"{total / goal.counter:.0%}")
st.bar_chart(shown, sort=False)
