"""A page on two replicas."""

import streamlit as st

from streamlit_persistent_state import increment, persist

persist("name", count=0)
persist(likes=0, scope="app", live="2s")
st.text_input("Your name", key="name")
st.button("Add", on_click=increment, args=("count",))
st.button("Like", on_click=increment, args=("likes",))
st.write(f"{st.session_state.count} yours, {st.session_state.likes} of everybody.")
