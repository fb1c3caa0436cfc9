import streamlit as st

from streamlit_persistent_state import persist

persist("name")  # all that was added

if "name" not in st.session_state:
    st.session_state.name = ""


def keep():
    st.session_state.name = st.session_state.name_field


# Without a key, a changed default makes a new field and
# every second edit is lost. The callback also keeps an
# edit that ends with a click on another page.
st.session_state.name = st.text_input(
    "Enter your name:", st.session_state.name, key="name_field", on_change=keep
)
st.write("Hello,", st.session_state.name)
