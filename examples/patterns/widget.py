import streamlit as st

from streamlit_persistent_state import persistent_state, reset

st.title("Counter and text")

log = st.session_state.setdefault("log", [])
visits = persistent_state(
    "Visits",
    key="visits",
    min_value=0,
    max_value=999,
    max_chars=40,
    placeholder="Who was it?",
    help="Click as fast as you like: every click counts.",
    on_change=lambda: log.append("change"),
    on_reset=lambda: log.append("reset"),
)
st.write(f"**{visits.counter}** visits, the last by **{visits.text or 'nobody yet'}**.")

left, right = st.columns(2)
left.button("Reset from Python", on_click=reset, args=("visits",), width="stretch")
right.button(
    "Start at 100",
    on_click=lambda: st.session_state.update(visits={"counter": 100, "text": "Ada"}),
    width="stretch",
)
st.caption(f"Callbacks so far: {', '.join(log[-8:]) or 'none'}")

st.subheader("In a frame, and switched off")
persistent_state("Framed", key="framed", host="iframe", step=5, show_reset=False)
persistent_state("Off", key="off", text="Look, no hands", disabled=True)
