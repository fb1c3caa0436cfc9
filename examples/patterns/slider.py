import streamlit as st

st.title("Slider")

if "volume" not in st.session_state:
    st.session_state.volume = 50

# The key keeps it the same slider when its default changes.
st.session_state.volume = st.slider("Volume", 0, 100, st.session_state.volume, key="volume_field")
st.write("Volume =", st.session_state.volume)
