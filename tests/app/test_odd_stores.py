"""A store of somebody else that fails in its own way takes no page down, and nothing is lost."""

from __future__ import annotations

import asyncio
import logging

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import _settings, configure
from streamlit_persistent_state._sync import breaker
from streamlit_persistent_state.errors import Conflict
from streamlit_persistent_state.stores import MemoryStore
from tests.app.test_persist import press, ran, started
from tests.support.odd_store import OddStore


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> OddStore:
    """A store that all apps of a test share, and that is asked again at once after a failure."""
    monkeypatch.setattr(_settings, "_configured", {})
    monkeypatch.setattr(breaker, "_FIRST_PAUSE", 0.0)
    store = OddStore()
    configure(store=store)
    return store


def app() -> None:
    from uuid import uuid4

    import streamlit as st

    from streamlit_persistent_state import forget, persist, reset

    st.session_state.kept = persist(
        {"items": [], "count": 0, "name": "nobody"}, scope="app", live=False
    )
    st.button("Add", on_click=lambda: st.session_state["items"].append(uuid4().hex))
    st.button("Reset", on_click=reset, args=("count",))
    st.button("Forget", on_click=forget, args=("name",))
    st.write("the end")


class DriverError(Exception):
    """What a driver raises, often without a word."""


ERRORS = [
    DriverError(),
    OSError(28, "No space left on device"),
    TimeoutError(),
    KeyError("items"),
    asyncio.CancelledError(),
]


def reached_its_end(at: AppTest) -> AppTest:
    assert [text.value for text in ran(at).markdown][-1:] == ["the end"]
    return at


def full(odd: OddStore) -> AppTest:
    """Return a session that has saved something."""
    at = press(press(started(app), "Add"), "Add")
    assert at.session_state["kept"].save()
    return at


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("methods", [(), ("commit",), ("delete",), ("load",), ("revisions",)])
def test_whatever_a_driver_raises_the_page_goes_on(
    odd: OddStore,
    error: BaseException,
    methods: tuple[str, ...],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A page that loads, one that is edited, one that is reset; what is kept is there afterwards.

    One line says what is wrong, and no traceback comes with it.
    """
    before = full(odd)
    odd.fail(error, *methods)
    fresh = reached_its_end(started(app))
    for button in ("Add", "Reset"):
        reached_its_end(press(before, button))
        before.session_state["kept"].save()
    reached_its_end(press(fresh, "Add"))
    fresh.session_state["kept"].save()
    said = [record for record in caplog.records if record.levelno >= logging.WARNING]
    about = [record for record in said if "goes on unsaved" in record.message]
    assert len(about) <= 1
    assert not any(record.exc_info for record in said)
    odd.recover()
    for at in (before, fresh):
        at.session_state["kept"].save()
        reached_its_end(at)
        assert at.session_state["kept"].save()
        assert at.session_state["kept"].pending == ()
    again = reached_its_end(started(app))
    assert len(again.session_state["items"]) == 4


def test_a_store_that_always_says_it_was_overtaken_ends_no_run(
    odd: OddStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Its answers do not go together: one that counts revisions wrongly, say."""
    before = full(odd)

    def overtaken(method: str) -> None:
        raise Conflict({key: record for _, key, record in odd.inner.records() if key == "items"})

    odd.fault, odd.methods = overtaken, ["commit"]
    reached_its_end(press(before, "Add"))
    assert not before.session_state["kept"].save()
    fresh = reached_its_end(started(app))
    reached_its_end(press(fresh, "Add"))
    assert caplog.text.count("100 commits in a row") == 1
    odd.recover()
    for at in (before, fresh):
        assert reached_its_end(at).session_state["kept"].save()
    assert len(reached_its_end(started(app)).session_state["items"]) == 4


def test_a_key_of_the_app_is_forgotten_where_the_browser_is_not_known(odd: OddStore) -> None:
    """Whose cookie it is has no say in that; and nobody is told that nothing was deleted."""
    at = full(odd)
    at.session_state["name"] = "Ada"
    assert reached_its_end(at).session_state["kept"].save()
    odd.fail(DriverError(), "commit", "records")
    again = started(app)
    assert again.session_state["name"] == "Ada"
    reached_its_end(press(again, "Forget"))
    assert again.session_state["name"] == "nobody"


def test_what_the_store_has_lost_is_not_taken_for_kept(odd: OddStore) -> None:
    """A page that loads goes by what the store says, not by what this process has once written."""
    full(odd)
    odd.inner = MemoryStore()
    fresh = started(app)
    assert fresh.session_state["items"] == []
    press(press(fresh, "Add"), "Add")
    assert fresh.session_state["kept"].save()
    assert started(app).session_state["items"] == fresh.session_state["items"]
    records = {key for _, key, record in odd.inner.records() if record.payload is not None}
    assert "items" in records
