"""The app of `npm run dev`: both hosts side by side, their frontend served by Vite."""

import streamlit as st

from streamlit_persistent_state import persistent_state

st.title("Frontend development")
options = {
    "placeholder": st.text_input("Placeholder", "Type here"),
    "max_chars": st.number_input("Longest text", 1, 100, 30),
    "disabled": st.toggle("Disabled"),
}
for column, host in zip(st.columns(2), ("inline", "iframe"), strict=True):
    with column:
        value = persistent_state(host, key=host, host=host, help="Some help", **options)
        st.json(dict(value))
