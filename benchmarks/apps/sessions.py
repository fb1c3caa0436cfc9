"""A small page, with and without kept keys; what the query asks for is set in the first run."""

import gc

import streamlit as st

from streamlit_persistent_state import persist

if st.query_params.get("collect"):
    gc.collect()
    st.markdown("collected")
    st.stop()
kind = st.query_params["kind"]
if kind == "kept":
    persist("name", "volume", count=0)
st.session_state.setdefault("count", 0)


def add() -> None:
    st.session_state.count += 1


st.text_input("Name", key="name")
st.slider("Volume", 0, 100, key="volume")
st.button("Increase", on_click=add)
st.markdown(f"{st.session_state.count} clicks")
