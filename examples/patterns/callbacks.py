import streamlit as st

st.title("Callbacks")


def add(step):
    st.session_state.total += step


if "total" not in st.session_state:
    st.session_state.total = 0

# A callback runs before the script, so the whole page sees the new value.
st.metric("Total", st.session_state.total)
one, ten = st.columns(2)
one.button("Add one", on_click=add, args=(1,), width="stretch")
ten.button("Add ten", on_click=add, args=(10,), width="stretch")
