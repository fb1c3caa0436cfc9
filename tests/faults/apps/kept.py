"""State of this browser and of everybody, changed by clicks, beside what is unsaved of it."""

import os

import streamlit as st

from streamlit_persistent_state import increment, persist, reset

runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
st.button("Look")
kept = persist("name", "level", count=0, blob=b"", cart=[])
everybody = persist(scope="app", total=0)


def order(items: int) -> None:
    cart = st.session_state.cart
    cart += [f"item {len(cart) + number}" for number in range(items)]


if "level" not in st.session_state:
    st.session_state.level = 1

st.text_input("Name", key="name")
st.button("Add", on_click=increment, args=("count",))
st.button("Like", on_click=increment, args=("total",))
st.button("Order one", on_click=order, args=(1,))
st.button("Order fifty", on_click=order, args=(50,))
st.button("Reset", on_click=reset, args=("name", "level", "count", "blob"))
if st.button("Rise"):
    st.session_state.level += 1
if st.button("Fill"):
    st.session_state.blob = os.urandom(36 * 2**20)
if st.button("Empty"):
    st.session_state.blob = b""
state = st.session_state
unsaved = ", ".join(sorted({*kept.pending, *everybody.pending})) or "nothing"
st.markdown(f"Count {state.count}, total {state.total}, level {state.level}, name '{state.name}'.")
st.markdown(f"Items in the cart: {len(state.cart)}.")
st.markdown(f"Unsaved: {unsaved}.")
st.markdown(f"Run {runs} has ended.")
