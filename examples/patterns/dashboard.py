import pandas as pd
import streamlit as st

from streamlit_persistent_state import persistent_state

st.title("Dashboard")

SALES = pd.DataFrame(
    {
        "North": [12, 18, 25, 22, 30, 41],
        "South": [30, 28, 35, 33, 40, 38],
        "West": [8, 9, 15, 21, 26, 35],
    },
    index=pd.Index(["Jan", "Feb", "Mar", "Apr", "May", "Jun"], name="Month"),
)

if "filters" not in st.session_state:
    st.session_state.filters = {"regions": ["North", "South"], "months": 6}

filters = st.session_state.filters
filters["regions"] = st.multiselect("Regions", list(SALES), filters["regions"], key="regions_field")
filters["months"] = st.slider("Months", 1, 6, filters["months"], key="months_field")
goal = persistent_state(
    "Goal", key="goal", counter=400, min_value=10, step=10, text="First half", max_chars=20
)

shown = SALES[filters["regions"]].tail(filters["months"])
total = int(shown.to_numpy().sum())

sold, left, share = st.columns(3)
sold.metric("Sold", total)
left.metric("To go", max(0, goal.counter - total))
share.metric(goal.text or "Goal", f"{total / goal.counter:.0%}")
st.bar_chart(shown, sort=False)
