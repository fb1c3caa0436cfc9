"""The app of the README's picture: the widget between Streamlit's own."""

import streamlit as st

from streamlit_persistent_state import persistent_state

st.number_input("Guests", value=3, help="Streamlit's own")
persistent_state("Visits", key="visits", placeholder="Who was it?", max_chars=30, help="This one")
st.text_input("Name", value="Grace Hopper", help="Streamlit's own")
