"""A game that draws a word at first, and a clock that ticks by itself."""

import secrets

import streamlit as st

from streamlit_persistent_state import persist

persist("word", "guess", guesses=[], ticks=0, drawn=None)
state = st.session_state
if "word" not in state:
    state.word = secrets.token_hex(4)
if state.drawn is None:
    state.drawn = "in the first run"
    st.rerun()
st.markdown(f"The word is {state.word}.")


@st.fragment(run_every=0.2)
def clock() -> None:
    state.ticks += 1
    st.markdown(f"{'Many' if state.ticks > 4 else 'Few'} ticks.")


@st.fragment
def game() -> None:
    if st.button("Guess"):
        state.guesses.append("a")
    st.markdown(f"{len(state.guesses)} guesses.")


clock()
st.text_input("Your guess", key="guess")
game()
