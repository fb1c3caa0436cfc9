import streamlit as st

from streamlit_persistent_state import persist

persist("count")  # all that was added

# Initialize state
if "count" not in st.session_state:
    st.session_state.count = 0

# Button to increment
increment = st.button("Increment")

if increment:
    st.session_state.count += 1

st.write("Count =", st.session_state.count)
