"""As many counters with a text as the query asks for, native or the widget."""

import streamlit as st

from streamlit_persistent_state import persistent_state

kind = st.query_params["kind"]
for i in range(int(st.query_params["count"])):
    if kind == "native":
        st.number_input(f"Count {i}", value=0, step=1, key=f"count{i}")
        st.text_input(f"Text {i}", key=f"text{i}")
    else:
        persistent_state(f"Count {i}", key=f"count{i}", host=kind)
