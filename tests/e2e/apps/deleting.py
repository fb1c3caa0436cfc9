"""A log-in whose log-out deletes, in every way; widgets above `persist`, and with moving bounds."""

import streamlit as st

from streamlit_persistent_state import persist

state = st.session_state
if st.query_params.get("app") == "below":
    st.text_input("Name", key="name")
    st.button("Go", key="go")
    st.slider("Volume", 0, 100, 5, key="volume")
    persist("name", "go", "volume")
    st.markdown(f"Name is {state.name}, volume {state.volume}.")
    st.stop()

if st.query_params.get("app") == "bounds":
    persist("most", "x")
    most = st.slider("Most", 10, 100, 100, key="most")
    st.slider("X", 0, most, 5, key="x")
    st.markdown(f"Most is {most}, x is {state.x}.")
    st.stop()

persist("user", messages=[])


def log_out() -> None:
    for key in list(state.keys()):
        del state[key]


@st.fragment
def fragment() -> None:
    if st.button("In a fragment"):
        del state["user"]
        st.rerun()


if st.button("Log in"):
    state.user = "Ada"
    state.messages.append("hello")
if st.button("In the script"):
    state.clear()
    st.rerun()
st.button("In a callback", on_click=log_out)
fragment()
st.markdown(f"User is {state.get('user', 'nobody')}, messages {state.get('messages')}.")
