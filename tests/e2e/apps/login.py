"""What is kept for a browser until its user logs in, and for the user from then on."""

import streamlit as st

from streamlit_persistent_state import increment, persist

runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
name = st.user.name if st.user.is_logged_in else "nobody"

persist(count=0, scope="user" if st.user.is_logged_in else "browser")
persist(clicks=0)
st.button("Add", on_click=increment, args=("count",))
st.button("Click", on_click=increment, args=("clicks",))
st.button("Log in", on_click=st.login)
st.button("Log out", on_click=st.logout)
st.markdown(
    f"Count {st.session_state.count} for {name}, clicks {st.session_state.clicks}, run {runs}."
)
