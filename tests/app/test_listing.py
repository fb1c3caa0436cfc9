"""What session state lists is what the app has put there."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from streamlit_persistent_state.testing import edit
from tests.app.test_persist import press, ran, started


def app() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist, persistent_state

    for key in st.session_state:
        if key not in ("Clear", "visits"):
            st.session_state[key] = st.session_state[key]
    persist(items=[])
    persistent_state("Visits", key="visits")
    if st.button("Clear", key="Clear"):
        st.session_state.clear()
    st.write(", ".join(sorted(map(str, st.session_state.keys()))), len(st.session_state))


def test_no_key_of_this_package_is_listed() -> None:
    """Nor counted, nor met by a loop over all; the widget goes on, and begins anew when cleared."""
    at: AppTest = started(app)
    for count in range(1, 4):
        edit(ran(at), "visits", counter=count)
        assert at.session_state["visits"].counter == count
        assert [text.value for text in at.markdown] == ["Clear, items, visits `3`"]
    assert ran(press(at, "Clear")).session_state["visits"].counter == 0
