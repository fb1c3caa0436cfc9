"""A small page with a file to upload, with and without kept keys."""

import streamlit as st

from streamlit_persistent_state import persist

if st.query_params.get("kind") == "kept":
    persist("name", "volume", "word", count=0)
state = st.session_state
state.setdefault("count", 0)
state.setdefault("word", "drawn in the first run")


def add() -> None:
    state.count += 1


st.text_input("Name", key="name")
st.slider("Volume", 0, 100, key="volume")
st.file_uploader("Picture")
st.button("Increase", on_click=add)
st.markdown(f"{state.count} clicks")
