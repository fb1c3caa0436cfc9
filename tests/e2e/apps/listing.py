"""An app that assigns all of session state again in each run, and writes all of it down.

``?above=1`` does so above `persist`.
"""

import json

import streamlit as st

from streamlit_persistent_state import persist


def assign_all() -> None:
    for key in st.session_state:
        if key != "Add":
            st.session_state[key] = st.session_state[key]


is_above = "above" in st.query_params
if is_above:
    assign_all()
persist("name", "items", live=True)
if not is_above:
    assign_all()
st.session_state.setdefault("items", [])
st.text_input("Name", key="name")
if st.button("Add", key="Add"):
    st.session_state["items"].append(st.session_state.name)
st.write(json.dumps(st.session_state.to_dict(), sort_keys=True))
