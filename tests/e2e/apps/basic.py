"""One widget; the query says which host and how long the script takes."""

import time

import streamlit as st

from streamlit_persistent_state import persistent_state, reset

host = st.query_params.get("host", "inline")
runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1

if st.query_params.get("before"):
    st.write("Before:", f"`{st.session_state.get('visits')}`")
visits = persistent_state("Visits", key="visits", host=host)
time.sleep(float(st.query_params.get("delay", "0")))
st.button("Reset from Python", on_click=reset, args=("visits",))
st.button(
    "Assign from Python",
    on_click=lambda: st.session_state.update(visits={"counter": 100, "text": "set"}),
)
st.markdown(f"Python has {visits.counter} and '{visits.text}' in run {runs}.")
assert st.session_state.visits is visits
