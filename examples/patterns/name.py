import streamlit as st

st.title("Name")

if "name" not in st.session_state:
    st.session_state.name = ""

# The key keeps it the same field when its default changes; without one,
# every second edit would be lost.
st.session_state.name = st.text_input("Enter your name:", st.session_state.name, key="name_field")
st.write("Hello,", st.session_state.name)
