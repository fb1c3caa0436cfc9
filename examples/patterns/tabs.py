import streamlit as st

from streamlit_persistent_state import increment, persist

# Open this page in a second tab, side by side.
persist("note", likes=0, live=True)

st.metric("Likes", st.session_state.likes)
st.button("Like", on_click=increment, args=("likes",))

# What somebody types is not overwritten.
st.text_input("Note", key="note")
