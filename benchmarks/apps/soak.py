"""A small page with and without kept keys, which can say what is in the memory of its server."""

import gc
import json
from collections import Counter

import streamlit as st

from streamlit_persistent_state import persist

_OURS = "streamlit_persistent_state"

if st.query_params.get("count"):
    gc.collect()
    kinds = (type(thing) for thing in gc.get_objects())
    found = Counter(kind.__name__ for kind in kinds if str(kind.__module__).startswith(_OURS))
    st.markdown(json.dumps(found))
    st.stop()
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
