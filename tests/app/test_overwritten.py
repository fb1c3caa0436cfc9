"""What was restored and is then replaced, though no user has changed it: said, and not lost."""

from __future__ import annotations

from datetime import date
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
import datetime as dt
import streamlit as st
from streamlit_persistent_state import persist
state = st.session_state
"""


def kept(store: MemoryStore, **values: Any) -> None:
    store.commit("app", [Write(key, encode(value), SCHEMA) for key, value in values.items()])


def app(*lines: str, keys: str = "'x'") -> AppTest:
    return AppTest.from_string(
        "\n".join([HEAD, f"state.kept = persist({keys}, scope='app')", *lines])
    )


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    assert at.session_state[HANDLE_KEY].save()
    return at


def quarantined(at: AppTest) -> list[Any]:
    keeper = at.session_state[HANDLE_KEY].keepers["app"]
    return list(keeper.quarantined(["x"]).get("x", []))


OVERWRITING = [
    "state.x = st.radio('X', ['a', 'b'])",
    "state['x'] = 'a'",
    "state.update(x='a')",
]


@pytest.mark.parametrize("line", OVERWRITING)
def test_a_script_that_overwrites_what_was_restored_is_told(
    store: MemoryStore, caplog: pytest.LogCaptureFixture, line: str
) -> None:
    """Once, with the line and the cure; what was kept lies in quarantine."""
    kept(store, x="b")
    at = ran(app(line))
    assert at.session_state["kept"].restored == frozenset()
    ran(ran(at))
    assert caplog.text.count("what was restored is overwritten by the script") == 1
    assert "line 8" in caplog.text
    assert "setdefault('x'" in caplog.text
    assert quarantined(at) == ["b"]


DERIVING = [
    "state.x += 'c'",
    "state.setdefault('x', 'a')",
    "if 'x' not in state: state.x = 'a'",
    "state.x = st.radio('X', ['a', 'b'], index=['a', 'b'].index(state.get('x', 'a')))",
    "state.x = 'b'",
    "st.text_input('X', key='x')",
]


@pytest.mark.parametrize("line", DERIVING)
def test_a_script_that_looks_first_overwrites_nothing(
    store: MemoryStore, caplog: pytest.LogCaptureFixture, line: str
) -> None:
    """It counts on, or guards, or assigns what is there."""
    kept(store, x="b")
    at = ran(ran(app(line)))
    assert "overwritten" not in caplog.text
    assert at.session_state["kept"].restored == {"x"}
    assert quarantined(at) == []


def test_a_later_assignment_is_an_edit(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    """In a callback, say, that need not look at what it replaces."""
    kept(store, x="b")
    at = ran(app("st.button('Set', on_click=lambda: state.update(x='c'))"))
    at.button[0].click()
    assert ran(at).session_state["x"] == "c"
    assert "overwritten" not in caplog.text


DEPENDENT = [
    ("st.slider('X', 0, most, 5, key='x')", 80),
    ("st.slider('X', 0, most, key='x')", 80),
    ("st.slider('X', 0, most, (1, 2), key='x')", (10, 80)),
    ("st.slider('X', most - 100, most, key='x')", 20),
    ("st.number_input('X', 0, most, 5, key='x')", 80),
    ("st.number_input('X', 90 - most, key='x')", 20),
    ("st.select_slider('X', range(0, most + 1, 10), key='x')", 80),
    ("st.selectbox('X', range(0, most + 1, 10), key='x')", 80),
    ("st.radio('X', range(0, most + 1, 10), key='x')", 80),
    ("st.multiselect('X', range(0, most + 1, 10), key='x')", [80]),
    ("st.pills('X', range(0, most + 1, 10), key='x')", 80),
    ("st.pills('X', range(0, most + 1, 10), selection_mode='multi', key='x')", [80]),
    ("st.segmented_control('X', range(0, most + 1, 10), key='x')", 80),
    (
        "st.date_input('X', dt.date(2020, 1, 1), min_value=dt.date(2020, 1, 1),"
        " max_value=dt.date(2020, 1, 1) + dt.timedelta(most), key='x')",
        date(2020, 3, 21),
    ),
]  # fmt: skip
MOST = "most = st.number_input('Most', 1, 1000, 100, key='most')"
CHANGES = [(99, 98, 97, 96, 95), (50, 90, 95), (90, 50, 90, 95, 100), (50, 60, 50, 60, 99)]


def changed(at: AppTest, changes: tuple[int, ...]) -> list[Any]:
    shown = []
    for most in changes:
        at.number_input[0].set_value(most)
        at.run()
        assert not at.exception, at.exception
        shown.append(at.session_state["x"])
    return shown


@pytest.mark.parametrize("changes", CHANGES)
@pytest.mark.parametrize(("widget", "value"), DEPENDENT)
def test_a_widget_whose_bounds_change_ends_where_it_does_without_persist(
    store: MemoryStore, widget: str, value: Any, changes: tuple[int, ...]
) -> None:
    """From the first change after a page load on; what was kept is stored or in quarantine."""
    begin = f"if 'x' not in state: state.x = {value!r}".replace("datetime.", "dt.")
    native = AppTest.from_string("\n".join([HEAD, begin, MOST, widget]))
    native.run()
    assert native.session_state["x"] == value
    expected = changed(native, changes)

    kept(store, x=value, most=100)
    at = ran(app(MOST, widget, keys="'x', 'most'"))
    assert at.session_state["x"] == value
    assert changed(at, changes) == expected
    ran(at)
    again = ran(app(MOST, widget, keys="'x', 'most'"))
    assert again.session_state["x"] == expected[-1]
    assert value in [at.session_state["x"], *quarantined(at)]
