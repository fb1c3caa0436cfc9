"""Holds what cannot be kept, in several ways."""

import threading

import streamlit as st

from streamlit_persistent_state import persist

persist("good", "lock", "late", count=0)
state = st.session_state
state.setdefault("good", 0)

if st.query_params.get("stop"):
    state.lock = threading.Lock()
    st.text("Above")
    st.stop()

if st.button("Take a lock"):
    state.lock = threading.Lock()
    state.good += 1
if st.button("Give it back"):
    del state["lock"]
    state.good += 1
st.text(f"{state.good} clicks")


@st.fragment
def part() -> None:
    """Run by itself."""
    if st.button("Take another in the fragment"):
        state.late = [threading.Lock()]
        state.count += 1
    st.text(f"{state.count} in the fragment")


part()
st.text("The last line")
