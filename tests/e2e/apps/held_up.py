"""A script and a callback that last as long as a file is there, and a fragment beside them."""

import time
from pathlib import Path

import streamlit as st

from streamlit_persistent_state import persist

persist(edits=0, held=0)


def wait_while(name: str) -> None:
    while Path(name).exists():
        time.sleep(0.005)


def hold() -> None:
    st.session_state.held += 1
    Path("is-held").touch()
    wait_while("hold")


@st.fragment
def fragment() -> None:
    if st.button("Edit"):
        st.session_state.edits += 1


fragment()
st.button("Hold", on_click=hold)
if st.button("Run long"):
    Path("is-long").touch()
    wait_while("long")
st.markdown(f"Edits {st.session_state.edits}, held {st.session_state.held}.")
