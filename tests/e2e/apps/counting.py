"""What one browser keeps, in as few lines as can be."""

import streamlit as st

from streamlit_persistent_state import persist

runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
persist(count=0)


def add() -> None:
    st.session_state.count += 1


st.button("Add", on_click=add)
st.markdown(f"Count {st.session_state.count}, run {runs}.")
