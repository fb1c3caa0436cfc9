"""One widget in each host, and what Python has got from it."""

import streamlit as st

from streamlit_persistent_state import persistent_state

for host in ("inline", "iframe"):
    visits = persistent_state(f"Visits {host}", key=f"visits_{host}", host=host)
    st.markdown(f"Python has {visits.counter} from {host}.")
