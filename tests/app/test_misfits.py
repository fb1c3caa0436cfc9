"""Stored values that a widget cannot take: it shows its default, and the record stays."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import _settings, configure
from streamlit_persistent_state._codec.envelope import SCHEMA, encode, value_in
from streamlit_persistent_state._streamlit.handle import HANDLE_KEY
from streamlit_persistent_state.stores import MemoryStore, Record, Write


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    monkeypatch.setattr(_settings, "_configured", {})
    store = MemoryStore()
    configure(store=store)
    return store


def kept(store: MemoryStore, **values: Any) -> dict[str, Record]:
    """Leave values behind as an earlier session would."""
    writes = [Write(key, encode(value), SCHEMA) for key, value in values.items()]
    return store.commit("app", writes)


def app(*lines: str, persist: str = "'x'") -> AppTest:
    head = f"""
import datetime as dt
import streamlit as st
from streamlit_persistent_state import persist
st.session_state.kept = persist({persist}, scope="app")
"""
    return AppTest.from_string("\n".join([head, *lines]))


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    assert at.session_state["kept"].save()
    return at


THEN = "{'min_value': dt.date(2000, 1, 1), 'max_value': dt.date(2020, 1, 1)}"

MISFITS = [
    ("st.slider('X', 0, 100, 30, key='x')", 150, 30),
    ("st.slider('X', 0, 100, key='x')", -1, 0),
    ("st.slider('X', 0, 100, 30, key='x')", "loud", 30),
    ("st.slider('X', 0, 100, 30, key='x')", None, 30),
    ("st.slider('X', 0, 100, 30, key='x')", (10, 20), 30),
    ("st.slider('X', 0, 100, (10, 20), key='x')", (90, 150), (10, 20)),
    ("st.slider('X', 0, 100, (10, 20), key='x')", 30, (10, 20)),
    ("st.slider('X', 0.0, 1.0, 0.5, key='x')", 1.5, 0.5),
    ("st.number_input('X', 0, 100, 30, key='x')", 150, 30),
    ("st.number_input('X', 0, 100, 30, key='x')", "many", 30),
    ("st.text_input('X', 'nobody', key='x')", 5, "nobody"),
    ("st.text_area('X', 'nothing', key='x')", ["a"], "nothing"),
    ("st.checkbox('X', key='x')", "yes", False),
    ("st.toggle('X', key='x')", None, False),
    ("st.selectbox('X', ['a', 'b'], key='x')", "gone", "a"),
    ("st.radio('X', ['a', 'b'], key='x')", "gone", "a"),
    ("st.select_slider('X', ['a', 'b'], key='x')", "gone", "a"),
    ("st.multiselect('X', ['a', 'b'], key='x')", ["b", "gone"], ["b"]),
    ("st.multiselect('X', ['a', 'b'], key='x')", 5, []),
    ("st.pills('X', ['a', 'b'], selection_mode='multi', key='x')", ["b", "gone"], ["b"]),
    ("st.pills('X', ['a', 'b'], selection_mode='multi', key='x')", 5, []),
    ("st.segmented_control('X', ['a', 'b'], key='x')", "gone", None),
    ("str(st.time_input('X', dt.time(8), key='x'))", "early", "08:00:00"),
    ("str(st.date_input('X', dt.date(2026, 1, 5), key='x'))", "soon", "2026-01-05"),
    ("st.slider('X', 0, 100, key='x')", "loud", 0),
    ("st.slider('X', 0, 100, key='x')", [1, 2, 3], 0),
    ("st.number_input('X', 0, 100, key='x')", "many", 0),
    (f"str(st.date_input('X', **{THEN}, key='x'))", date.today(), "2020-01-01"),
    (f"str(st.date_input('X', **{THEN}, key='x'))", "soon", "2020-01-01"),
    (f"str(st.date_input('X', **{THEN}, key='x'))", 5, "2020-01-01"),
    ("st.datetime_input('X', key='x') is not None", "soon", True),
    ("str(st.time_input('X', dt.time(8), key='x'))", 5, "08:00:00"),
    ("str(st.date_input('X', value=None, key='x'))", date(1900, 1, 1), "None"),
    ("st.datetime_input('X', key='x').year > 2010", datetime(2010, 1, 1), True),
    ("st.text_input('X', 'nobody', max_chars=9, key='x')", "a long draft", "nobody"),
    ("st.color_picker('X', key='x')", 7, "#000000"),
    ("st.multiselect('X', ['a', 'b'], max_selections=1, key='x')", ["b", "a"], ["b"]),
]  # fmt: skip


@pytest.mark.parametrize(("widget", "stored", "shown"), MISFITS)
def test_a_widget_shows_its_default_instead_of_what_it_cannot_take(
    store: MemoryStore, caplog: pytest.LogCaptureFixture, widget: str, stored: Any, shown: Any
) -> None:
    """No error, one line in the log, and the record is as it was, also after more runs."""
    before = kept(store, x=stored)
    at = app(f"st.session_state.shown = {widget}")
    for _ in range(3):
        assert ran(at).session_state["shown"] == shown
    assert store.load("app", ["x"]) == before
    assert at.session_state["kept"].restored == frozenset()
    assert caplog.text.count("'x' is quarantined: its widget does not take it") == 1


TAKEN = [
    ("st.slider('X', 0, 100, key='x')", 100),
    ("st.slider('X', 0.0, 1.0, key='x')", 0.1),
    ("st.number_input('X', step=1, key='x')", 5),
    ("st.number_input('X', value=None, key='x')", None),
    ("st.text_input('X', value=None, key='x')", None),
    ("st.text_input('X', 'nobody', key='x')", ""),
    ("st.checkbox('X', key='x')", True),
    ("st.selectbox('X', [1, 2], format_func=lambda n: 'n' * n, key='x')", 2),
    ("st.multiselect('X', ['a', 'b', 'c'], key='x')", ["c", "a"]),
    ("st.pills('X', ['a', 'b'], key='x')", "b"),
    ("st.pills('X', ['a', 'b'], selection_mode='multi', key='x')", ["b", "a"]),
    ("st.feedback('stars', key='x')", 4),
    ("st.slider('X', 0, 100, key='x')", (20, 30)),
    ("st.date_input('X', key='x')", date.today() + timedelta(40)),
    ("st.date_input('X', key='x')", date(1990, 1, 5)),
    ("st.date_input('X', key='x')", (date(2026, 1, 5), date(2026, 1, 7))),
    ("st.date_input('X', value=None, key='x')", None),
]


@pytest.mark.parametrize(("widget", "stored"), TAKEN)
def test_a_widget_shows_what_it_can_take(
    store: MemoryStore, caplog: pytest.LogCaptureFixture, widget: str, stored: Any
) -> None:
    """Whatever the widget's default is."""
    before = kept(store, x=stored)
    at = app(f"st.session_state.shown = {widget}")
    for _ in range(2):
        assert ran(at).session_state["shown"] == stored
    assert store.load("app", ["x"]) == before
    assert at.session_state["kept"].restored == {"x"}
    assert "quarantined" not in caplog.text


def test_an_edit_takes_the_place_of_what_did_not_fit(store: MemoryStore) -> None:
    """As any other; what the widget has refused is in quarantine then."""
    kept(store, x=150)
    at = ran(app("st.slider('X', 0, 100, 30, key='x')"))
    at.slider[0].set_value(40)
    ran(at)
    assert ran(app("st.slider('X', 0, 100, 30, key='x')")).slider[0].value == 40
    assert at.session_state["kept"].quarantine == {"x": (150,)}


def test_forget_takes_along_what_was_put_aside(store: MemoryStore) -> None:
    """A value that could not be read is the visitor's too."""
    kept(store, x="not three", xy="stays")
    forget = "st.button('Forget', on_click=st.session_state.kept.forget)"
    at = ran(app("st.session_state.setdefault('x', [1, 2, 3])", forget, persist="'x', check=list"))
    at.session_state["x"] = [1, 2]
    ran(at)
    (quarantined,) = {key for _, key, _ in store.records()} - {"x", "xy"}
    assert store.load("app", [quarantined])[quarantined].payload == b'"not three"'
    at.button[0].click().run()
    assert store.load("app", [quarantined])[quarantined].payload is None
    assert store.load("app", ["xy"])["xy"].payload is not None


DEPENDENT = """
st.selectbox("Land", ["F", "D"], key="land")
st.selectbox("City", {"F": ["Paris"], "D": ["Berlin", "Bonn"]}[st.session_state.land], key="city")
st.number_input("Most", value=9, key="most")
st.number_input("N", 0, st.session_state.most, key="n")
st.slider("M", 0, st.session_state.most, key="m")
"""


@pytest.mark.parametrize("run", range(1, 7))
def test_what_a_widget_changes_after_an_edit_is_kept(store: MemoryStore, run: int) -> None:
    """Options and bounds that follow another widget, soon after a load and later."""
    kept(store, land="F", city="Paris", most=9, n=9, m=9)
    keys = "'land', 'city', 'most', 'n', 'm'"
    at = app(DEPENDENT, persist=keys)
    for _ in range(run):
        ran(at)
    at.selectbox[0].set_value("D")
    at.number_input[0].set_value(5)
    ran(at)
    shown = [at.session_state[key] for key in ("city", "n", "m")]
    again = ran(app(DEPENDENT, persist=keys))
    assert [again.session_state[key] for key in ("land", "most")] == ["D", 5]
    assert [again.session_state[key] for key in ("city", "n", "m")] == shown
    assert shown[0] == "Berlin"


def test_the_default_of_persist_goes_before_that_of_the_widget(store: MemoryStore) -> None:
    """As long as the widget takes it."""
    kept(store, x=150)
    slider = "st.slider('X', 0, 100, 30, key='x')"
    assert ran(app(slider, persist="x=60")).slider[0].value == 60
    assert ran(app(slider, persist="x=600")).slider[0].value == 30


def test_a_default_that_does_not_fit_is_an_error_as_ever(store: MemoryStore) -> None:
    """It is a mistake in the app, not in what is stored."""
    assert app("st.slider('X', 0, 100, key='x')", persist="x=150").run().exception


def test_what_the_script_assigns_is_an_error_as_ever(store: MemoryStore) -> None:
    """Also after a value was restored."""
    kept(store, x=50)
    at = app("st.session_state.x = 150", "st.slider('X', 0, 100, key='x')")
    assert "150" in at.run().exception[0].message


def test_a_widget_that_comes_later_is_looked_after_too(store: MemoryStore) -> None:
    """Hidden in the first runs, with another bound on its return."""
    kept(store, x=80)
    at = app(
        "if 'limit' in st.session_state:",
        "    st.slider('X', 0, st.session_state.limit, 5, key='x')",
    )
    ran(ran(at))
    at.session_state["limit"] = 100
    assert ran(at).slider[0].value == 80
    del at.session_state["limit"]
    ran(at)
    at.session_state["limit"] = 50
    assert ran(at).slider[0].value == 5


def test_a_page_with_other_bounds_overwrites_nothing(store: MemoryStore) -> None:
    """Also if it is visited after one where the value fits."""
    before = kept(store, x=80)
    at = ran(app("st.slider('X', 0, st.session_state.get('most', 100), 25, key='x')"))
    assert at.slider[0].value == 80
    session = at.session_state[HANDLE_KEY]
    session._page = session._url = "another page"
    at.session_state["most"] = 50
    assert ran(at).slider[0].value == 25
    assert ran(at).slider[0].value == 25
    assert store.load("app", ["x"]) == before


def test_a_sum_that_does_not_fit_is_kept(store: MemoryStore) -> None:
    """Two sessions add at once to a number next to its bound: nobody's edit is lost."""
    head = "from streamlit_persistent_state import increment"
    add = "st.button('Add', on_click=lambda: increment('x'))"
    slider = "st.slider('X', 0, 100, key='x')"
    kept(store, x=99)
    one, other = (app(head, add, slider, persist="x=0") for _ in range(2))
    ran(one)
    ran(other)
    for at in (one, other):
        at.button[0].click()
        ran(at)
    payload = store.load("app", ["x"])["x"].payload
    assert payload is not None
    assert value_in(payload, SCHEMA) == 101


def test_a_widget_may_ask_for_its_own_value(store: MemoryStore) -> None:
    """Before it registers, in the names of its options."""
    kept(store, x="b")
    at = app(
        "named = {}",
        "def name(option): return named.setdefault(option, st.session_state.get('x')) and option",
        "st.selectbox('X', ['a', 'b'], format_func=name, key='x')",
        "st.session_state.named = named",
    )
    assert ran(at).session_state["named"] == {"a": "b", "b": "b"}


def test_a_run_that_ends_within_a_widget_loses_nothing(store: MemoryStore) -> None:
    """The callback of the next run finds the value, and what it puts there stays."""
    kept(store, x="b")
    at = app(
        "def put(): st.session_state.x += 'c'",
        "st.button('Put', on_click=put)",
        "stop = lambda option: st.stop() if 'stop' in st.session_state else option",
        "st.selectbox('X', ['a', 'b', 'bc'], format_func=stop, key='x')",
    )
    at.session_state["stop"] = True
    ran(at)
    del at.session_state["stop"]
    at.button[0].click()
    assert ran(at).selectbox[0].value == "bc"


def test_what_another_session_has_forgotten_does_not_come_back(store: MemoryStore) -> None:
    """Not even as what was put aside."""
    kept(store, x="not three")
    forget = "st.button('Forget', on_click=st.session_state.kept.forget)"
    one, other = (ran(app(forget, persist="'x', check=list")) for _ in range(2))
    other.button[0].click().run()
    ran(one)
    one.session_state["x"] = [1]
    ran(one)
    assert [key for _, key, _ in store.records("app")] == ["x"]
