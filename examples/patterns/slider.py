import streamlit as st

from streamlit_persistent_state import persist

persist("volume")  # all that was added

if "volume" not in st.session_state:
    st.session_state.volume = 50

# Without a key, a changed default makes a new slider
# and every second edit is lost.
st.session_state.volume = st.slider("Volume", 0, 100, st.session_state.volume, key="volume_field")
st.write("Volume =", st.session_state.volume)
