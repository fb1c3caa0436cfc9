import streamlit as st

from streamlit_persistent_state import persist, persistent_state, reset

persist("clicks")  # all that was added


def reset_everything():
    st.session_state.clicks = 0
    reset("laps")


if "clicks" not in st.session_state:
    st.session_state.clicks = 0

if st.button("Click"):
    st.session_state.clicks += 1
st.write("Clicks =", st.session_state.clicks)

laps = persistent_state("Laps", key="laps", counter=1, text="warm up", show_reset=False)
st.write(f"Lap {laps.counter}: {laps.text}")

st.button("Reset", on_click=reset_everything)
