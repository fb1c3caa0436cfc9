"""Keys of widgets that nobody may set: the page works as without `persist`, and is told once."""

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
import pandas as pd
import streamlit as st
from streamlit.components import v1, v2
from streamlit_persistent_state import persist
"""
PERSIST = "st.session_state['kept'] = persist('x', 'name', scope='app')\n"
NAME = "\nst.text_input('Name', key='name')\n"

VEGA = (
    "st.vega_lite_chart(pd.DataFrame({'a': [1]}), {'mark': 'point', 'encoding': {'x': {'field':"
    " 'a'}}, 'params': [{'name': 'p', 'select': 'point'}]}, key='x', on_select='rerun')"
)
LOCKED = {
    "st.button": "st.button('X', key='x')",
    "st.form_submit_button": "with st.form('f'): st.form_submit_button('X', key='x')",
    "st.download_button": "st.download_button('X', 'data', key='x')",
    "st.file_uploader": "st.file_uploader('X', key='x')",
    "st.camera_input": "st.camera_input('X', key='x')",
    "st.audio_input": "st.audio_input('X', key='x')",
    "st.chat_input": "st.chat_input('X', key='x')",
    "st.data_editor": "st.data_editor(pd.DataFrame({'a': [1]}), key='x')",
    "st.vega_lite_chart": VEGA,
    "st.menu_button": "st.menu_button('X', ['a', 'b'], key='x')",
    "a component (": "v1.declare_component('own', url='http://127.0.0.1:1')(key='x')",
    "a component": "v2.component('test.own', js='export default () => {}')(key='x')",
}


def started(*lines: str) -> AppTest:
    at = AppTest.from_string("\n".join([HEAD, *lines]))
    at.run()
    assert not at.exception, at.exception
    return at


def saved(at: AppTest) -> AppTest:
    assert at.session_state[HANDLE_KEY].save()
    return at


@pytest.mark.parametrize("is_below", [False, True])
@pytest.mark.parametrize("use", LOCKED)
def test_a_locked_key_harms_nothing(
    store: MemoryStore, caplog: pytest.LogCaptureFixture, use: str, is_below: bool
) -> None:
    """Not in the first run nor after a refresh; the message names the widget and what to do."""
    lines = [PERSIST, LOCKED[use], NAME]
    if is_below:
        lines = [LOCKED[use], PERSIST, NAME]
    at = started(*lines)
    (message,) = [shown.value for shown in at.warning]
    assert "`x`" in message
    assert use in message or is_below
    assert "Take it out of persist()" in message
    at.text_input[0].set_value("Ada")
    for _ in range(3):
        at.run()
        saved(at)
        assert len(at.warning) == 1
    assert caplog.text.count("Take it out") == 1
    assert [key for _, key, _ in store.records()] == ["name"]
    again = started(*lines)
    assert again.text_input[0].value == "Ada"
    assert again.session_state["kept"].restored == {"name"}


@pytest.mark.parametrize("is_below", [False, True])
@pytest.mark.parametrize("use", LOCKED)
def test_what_is_stored_for_a_locked_key_already_harms_nothing(
    store: MemoryStore, use: str, is_below: bool
) -> None:
    """The record stays as it is."""
    before = store.commit("app", [Write("x", encode({"a": 1}), SCHEMA)])
    lines = [PERSIST, LOCKED[use]]
    at = started(*(reversed(lines) if is_below else lines))
    at.run()
    assert not at.exception, at.exception
    saved(at)
    assert store.load("app", ["x"]) == before
    assert at.session_state["kept"].restored == frozenset()


def test_a_declared_default_of_a_locked_key_harms_nothing(store: MemoryStore) -> None:
    """It is not assigned either, and each click counts."""
    at = started(
        "persist(x=False, n=0, scope='app')", "st.session_state.n += st.button('X', key='x')"
    )
    for n in range(1, 4):
        at.button[0].click().run()
        assert not at.exception, at.exception
        assert at.session_state["n"] == n


def test_a_declared_default_of_a_form_harms_nothing(store: MemoryStore) -> None:
    """Its key is that of no widget, and nobody may set it either."""
    at = started(
        "persist(x=1, scope='app')", "with st.form('x'): st.form_submit_button('Send')", NAME
    )
    assert [shown.value.count("st.form") for shown in at.warning] == [1]
    at.button[0].click().run()
    assert not at.exception, at.exception


def test_what_the_script_assigns_to_a_locked_key_is_an_error_as_ever(store: MemoryStore) -> None:
    """It is a mistake in the app."""
    at = AppTest.from_string(HEAD + PERSIST + "st.session_state.x = True\nst.button('X', key='x')")
    assert "AssignmentNotAllowed" in at.run().exception[0].proto.type


SELECTION: Any = {"selection": {"rows": [0], "columns": [], "cells": []}}
TABLE = "st.dataframe(pd.DataFrame({'a': [1, 2]}), key='x', on_select='rerun')"


def test_the_selection_of_a_table_is_kept(store: MemoryStore) -> None:
    """Streamlit lets it be set."""
    store.commit("app", [Write("x", encode(SELECTION), SCHEMA)])
    at = started(PERSIST, f"st.session_state.shown = {TABLE}")
    assert at.session_state["shown"] == SELECTION
    assert at.session_state["kept"].restored == {"x"}
