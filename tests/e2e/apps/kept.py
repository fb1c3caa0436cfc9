"""State that is kept, and every way in which the run that changes it can end."""

import time

import streamlit as st

from streamlit_persistent_state import persist

runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
kept = persist("count", "name", "volume", cart=[])

if "count" not in st.session_state:
    st.session_state.count = 0

st.text_input("Name", key="name")
st.slider("Volume", 0, 100, key="volume")


def add() -> None:
    st.session_state.count += 1


@st.fragment
def fragment() -> None:
    st.button("In a fragment", on_click=add)
    st.markdown(f"Fragment has {st.session_state.count}.")


def other_page() -> None:
    st.write("Another page.")


def first_page() -> None:
    st.button("Add", on_click=add)
    fragment()
    if st.button("Append"):
        st.session_state.cart.append(len(st.session_state.cart))
    if st.button("Stop"):
        add()
        st.stop()
    if st.button("Rerun"):
        add()
        st.rerun()
    if st.button("Switch"):
        add()
        st.switch_page(pages[1])
    if st.button("Raise"):
        add()
        raise RuntimeError("meant")
    if st.button("Long"):
        add()
        st.markdown("Long run has begun.")
        time.sleep(2)
        st.markdown("Long run has ended.")
    if st.button("Short"):
        add()
        st.markdown("Short run has begun.")
        time.sleep(0.4)
    st.markdown(
        f"Count is {st.session_state.count}, cart {st.session_state.cart}, "
        f"name '{st.session_state.name}', volume {st.session_state.volume} in run {runs}; "
        f"restored {len(kept.restored)}."
    )


pages = [st.Page(first_page, title="First", default=True), st.Page(other_page, title="Other")]
st.navigation(pages).run()
