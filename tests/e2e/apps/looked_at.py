"""Is saved at the worst moment: after the callbacks, before the script has declared anything."""

from threading import Thread

import streamlit as st

from streamlit_persistent_state import persist
from streamlit_persistent_state._streamlit.handle import HANDLE_KEY

if HANDLE_KEY in st.session_state:
    saver = Thread(target=st.session_state[HANDLE_KEY].save)
    saver.start()
    saver.join()

persist("choice", scope="app")
for choice in ("one", "other"):
    st.button(choice, on_click=st.session_state.update, kwargs={"choice": choice})
st.markdown(f"Chosen: {st.session_state.get('choice')}.")
