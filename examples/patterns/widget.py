import streamlit as st

from streamlit_persistent_state import persistent_state, reset

calls = st.session_state.setdefault("calls", [])


def start_at_100():
    st.session_state.visits = {"counter": 100, "text": "Ada"}


host = st.radio("Host", ["inline", "iframe"], horizontal=True)
disabled = st.toggle("Disabled")

visits = persistent_state(
    "Visits",
    key="visits",
    min_value=0,
    max_value=999,
    max_chars=40,
    placeholder="Who was it?",
    help="However fast you click.",
    host=host,
    disabled=disabled,
    on_change=lambda: calls.append("change"),
    on_reset=lambda: calls.append("reset"),
)
st.write(f"**{visits.counter}** visits, the last by **{visits.text or 'nobody yet'}**.")

with st.container(horizontal=True):
    st.button("Start at 100", on_click=start_at_100)
    st.button("Reset from Python", on_click=reset, args=("visits",))

st.caption(f"Latest callbacks: {', '.join(calls[-6:]) or 'none'}")
