import streamlit as st

from streamlit_persistent_state import persist

persist("total")  # all that was added


def add(step):
    st.session_state.total += step


if "total" not in st.session_state:
    st.session_state.total = 0

# A callback runs before the script, so even what stands
# above the buttons is new.
st.metric("Total", st.session_state.total)
with st.container(horizontal=True):
    st.button("Add one", on_click=add, args=(1,))
    st.button("Add ten", on_click=add, args=(10,))
