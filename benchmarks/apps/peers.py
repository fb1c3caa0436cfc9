"""One page, a counter, a text and a number, kept in the way that each package's own docs show.

What is read goes into session state once: to read it anew in each run, as the shortest examples
do, shows old values after a click.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from streamlit_persistent_state import persist, persistent_state

DEFAULTS: dict[str, Any] = {"count": 0, "name": "", "volume": 0}
ASSIGNED: dict[str, Any] = {"count": 1, "name": "Ada", "volume": 7}
RUNS = st.session_state["runs"] = st.session_state.get("runs", 0) + 1


def add() -> None:
    st.session_state.count += 1


def plain() -> int:
    """Streamlit alone: all is gone with the session."""
    for key, default in DEFAULTS.items():
        st.session_state.setdefault(key, default)
    st.button("Increase", on_click=add)
    st.text_input("Name", key="name")
    st.number_input("Volume", step=1, key="volume")
    return int(st.session_state.count)


def assigned() -> int:
    """Streamlit alone, with what the others restore written into the script: nothing is loaded."""
    for key, value in ASSIGNED.items():
        st.session_state.setdefault(key, value)
    return plain()


def kept() -> int:
    """`persist` and Streamlit's own widgets."""
    persist(**DEFAULTS)
    return plain()


def widget() -> int:
    """`persistent_state` is the counter and the text, `persist` keeps the number."""
    persist(volume=0)
    value = persistent_state("Name", key="value")
    st.number_input("Volume", step=1, key="volume")
    return value.counter


def cookies() -> int:
    """CookieManager: what it reads goes into session state once, and what differs is set."""
    import extra_streamlit_components as stx

    state = st.session_state
    manager = stx.CookieManager()
    # The first run gets nothing; once the page has answered, Streamlit's own cookie is there.
    stored = manager.get_all()
    if stored and "saved" not in state:
        state.update(_typed(stored))
        state.saved = _typed(stored)
    count = plain()
    if "saved" in state:
        expires = datetime.now() + timedelta(days=30)
        for key in _changed():
            manager.set(key, state[key], key=f"set_{key}", expires_at=expires)
            state.saved[key] = state[key]
    return count


def local_storage() -> int:
    """local_storage_manager: wait until it is ready; after a change set it and rerun."""
    from streamlit_extras.local_storage_manager import local_storage_manager

    state = st.session_state
    manager = local_storage_manager()
    if not manager.ready():
        st.stop()
    if "saved" not in state:
        state.update(_typed(manager))
        state.saved = _typed(manager)
    count = plain()
    if changed := _changed():
        for key in changed:
            manager[key] = state.saved[key] = state[key]
        st.rerun()
    return count


def _typed(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {key: type(default)(stored.get(key, default)) for key, default in DEFAULTS.items()}


def _changed() -> list[str]:
    return [key for key in DEFAULTS if st.session_state[key] != st.session_state.saved[key]]


KINDS = {made.__name__: made for made in (plain, assigned, kept, widget, cookies, local_storage)}

count = KINDS[st.query_params["kind"]]()
st.container(key="python").markdown(f"Python has {count}")
st.container(key="runs").markdown(f"run {RUNS}")
