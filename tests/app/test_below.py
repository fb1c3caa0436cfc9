"""`persist` below the widget of its key."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import _settings, configure
from streamlit_persistent_state._codec.envelope import SCHEMA, encode
from streamlit_persistent_state._streamlit.handle import HANDLE_KEY
from streamlit_persistent_state.stores import MemoryStore, Write


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    monkeypatch.setattr(_settings, "_configured", {})
    store = MemoryStore()
    configure(store=store)
    return store


HEAD = """
import streamlit as st
from streamlit_persistent_state import persist
st.session_state.runs = st.session_state.get("runs", 0) + 1
"""
PERSIST = "st.session_state['kept'] = persist({keys}, scope='app')"


def started(*lines: str, keys: str = "'x'") -> AppTest:
    return ran(AppTest.from_string("\n".join([HEAD, *lines, PERSIST.format(keys=keys)])))


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    return at


def saved(at: AppTest) -> AppTest:
    assert at.session_state[HANDLE_KEY].save()
    return at


WIDGETS = [
    ("st.text_input('X', key='x')", "Ada", "Grace"),
    ("st.slider('X', 0, 100, 5, key='x')", 70, 30),
    ("st.number_input('X', 0, 100, 5, key='x')", 70, 30),
    ("st.selectbox('X', ['a', 'b', 'c'], key='x')", "b", "c"),
    ("st.multiselect('X', ['a', 'b'], key='x')", ["b"], ["a"]),
    ("st.checkbox('X', key='x')", True, False),
]


@pytest.mark.parametrize(("widget", "stored", "edited"), WIDGETS)
def test_the_widget_above_shows_what_was_kept(
    store: MemoryStore, widget: str, stored: object, edited: object
) -> None:
    """After a second run, once on a page load where something is kept; edits count as ever."""
    at = saved(started(widget))
    assert at.session_state["runs"] == 1
    before = store.commit("app", [Write("x", encode(stored), SCHEMA, revision_of(store))])
    at = saved(started(widget))
    assert at.session_state["x"] == stored
    assert at.session_state["runs"] == 2
    assert at.session_state["kept"].restored == {"x"}
    saved(ran(at))
    assert store.load("app", ["x"])["x"].payload == before["x"].payload
    assert at.session_state["runs"] == 3
    shown: Any = at.main.children[0]
    shown.set_value(edited)
    for _ in range(3):
        assert saved(ran(at)).session_state["x"] == edited
    assert saved(started(widget)).session_state["x"] == edited


def revision_of(store: MemoryStore) -> int:
    record = store.load("app", ["x"]).get("x")
    return 0 if record is None else record.revision


def test_a_declared_default_reaches_the_widget_above(store: MemoryStore) -> None:
    """As what is kept would."""
    at = saved(started("st.text_input('X', key='x')", keys="x='Ada'"))
    assert at.session_state["x"] == "Ada"
    assert at.text_input[0].value == "Ada"
    at.text_input[0].set_value("Grace")
    saved(ran(at))
    assert started("st.text_input('X', key='x')", keys="x='Ada'").session_state["x"] == "Grace"


def test_what_the_widget_above_cannot_take_stays_stored(store: MemoryStore) -> None:
    """And the script does not run for ever."""
    before = store.commit("app", [Write("x", encode(500), SCHEMA)])
    at = saved(started("st.slider('X', 0, 100, 5, key='x')"))
    assert at.session_state["x"] == 5
    saved(ran(at))
    assert at.session_state["runs"] == 3
    assert store.load("app", ["x"]) == before


def test_what_another_session_changes_reaches_the_widget_above(store: MemoryStore) -> None:
    """In the next run, which begins twice for it."""
    widget = "st.text_input('X', key='x')"
    one, other = started(widget), started(widget)
    one.text_input[0].set_value("Ada")
    saved(ran(one))
    assert ran(other).text_input[0].value == "Ada"


def test_persist_may_be_called_again_below(store: MemoryStore) -> None:
    """A page may name its keys again; what was restored is repeated in the first runs."""
    store.commit("app", [Write("x", encode("Ada"), SCHEMA)])
    head = "persist('x', scope='app')"
    at = started(head, "st.text_input('X', key='x')")
    for _ in range(4):
        assert ran(at).text_input[0].value == "Ada"
    assert at.session_state["runs"] == 5
