"""Two pages: the widget is on the first, its value is told on both."""

import streamlit as st

from streamlit_persistent_state import CounterText, persistent_state, reset


def told() -> None:
    value = st.session_state.get("visits", CounterText())
    st.markdown(f"visits: {value.counter} '{value.text}'")


def first() -> None:
    persistent_state("Visits", key="visits", host=st.session_state.host)
    told()


def second() -> None:
    st.title("Another page")
    told()
    st.button("Reset from here", on_click=reset, args=("visits",))


st.session_state.setdefault("host", st.query_params.get("host", "inline"))
st.navigation([st.Page(first, title="First"), st.Page(second, title="Second")]).run()
