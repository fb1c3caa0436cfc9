"""Changes in the middle of a long run and in a fragment, each the time at which it is made."""

import time

import streamlit as st

from streamlit_persistent_state import persist

persist(changed=0.0, text="", live=True, scope=st.query_params.get("scope", "browser"))


def change() -> None:
    st.session_state.changed = time.time()


@st.fragment
def fragment() -> None:
    st.button("In a fragment", on_click=change)


fragment()
if st.button("In a long run"):
    time.sleep(0.2)  # the change falls into the middle of the run
    change()
    time.sleep(1.0)  # and is to be stored before its end
st.button("In a callback", on_click=change)
st.container(key="python").markdown(f"Python has {st.session_state.changed}")
