"""Whose values a session keeps: while the store is away, in which app, under which name."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import _settings, configure
from streamlit_persistent_state._identity import owners
from streamlit_persistent_state._identity.app import UNNAMED
from streamlit_persistent_state._identity.cookie import new_id
from streamlit_persistent_state._session import app as apps
from streamlit_persistent_state._streamlit import runtime
from streamlit_persistent_state._streamlit.handle import HANDLE_KEY
from streamlit_persistent_state._sync import breaker
from streamlit_persistent_state.errors import StoreUnavailable
from streamlit_persistent_state.stores import MemoryStore, Record, Write
from tests.support.identity import cookie_for, values_in


class Away:
    """A server's store that is away until it is told otherwise; not one of this package."""

    def __init__(self, store: MemoryStore) -> None:
        self.store, self.is_away = store, True

    def __getattr__(self, name: str) -> Any:
        if self.is_away:
            raise StoreUnavailable("it is away")
        return getattr(self.store, name)

    def load(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        return self._there().load(owner, keys)

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        return self._there().commit(owner, writes, max_bytes=max_bytes)

    def _there(self) -> MemoryStore:
        if self.is_away:
            raise StoreUnavailable("it is away")
        return self.store


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    monkeypatch.setattr(_settings, "_configured", {})
    monkeypatch.setattr(breaker, "_FIRST_PAUSE", 0.0)
    monkeypatch.setattr(breaker, "_LONGEST_PAUSE", 0.0)
    monkeypatch.setattr(apps, "_told", set())
    return MemoryStore()


def counting() -> None:
    import streamlit as st

    from streamlit_persistent_state import increment, persist

    st.session_state.kept = persist(count=0)
    st.button("Add", on_click=increment, args=("count",))


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    return at


def test_until_the_store_tells_its_id_nothing_of_a_browser_is_saved(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session goes on, says so, and then counts on what its browser had kept before."""
    browser = new_id()
    cookie = cookie_for(browser, store)
    store.commit(owners.of_browser(UNNAMED, browser), [Write("count", b"5", 1)])
    before = values_in(store)
    away = Away(store)
    monkeypatch.setattr(_settings, "opened", lambda _: away)
    configure(store="memory://")
    monkeypatch.setattr(runtime, "cookies", lambda: cookie)
    at = ran(AppTest.from_function(counting))
    at.button[0].click()
    ran(at)
    kept = at.session_state["kept"]
    assert at.session_state["count"] == 1
    assert not kept.save()
    assert kept.pending == ("count",)
    away.is_away = False
    # Without another run: the page may close now.
    assert at.session_state[HANDLE_KEY].save()
    assert kept.owner == owners.of_browser(UNNAMED, browser)
    assert values_in(store) == before
    assert ran(at).session_state["count"] == 6


def test_a_new_browser_waits_for_the_run_that_gives_it_its_cookie(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is saved before could never be found again; then it is saved."""
    away = Away(store)
    monkeypatch.setattr(_settings, "opened", lambda _: away)
    configure(store="memory://")
    at = ran(AppTest.from_function(counting))
    at.button[0].click()
    ran(at)
    away.is_away = False
    assert not at.session_state[HANDLE_KEY].save()
    assert at.session_state["kept"].pending == ("count",)
    ran(at)
    assert at.session_state[HANDLE_KEY].save()
    assert at.session_state["count"] == 1
    assert values_in(store) == {at.session_state["kept"].owner}


def everybodys() -> None:
    import streamlit as st

    from streamlit_persistent_state import configure, persist

    configure(app=st.session_state.app)
    st.session_state.kept = persist(count=0, scope="app")


def test_two_apps_that_say_the_same_share(store: MemoryStore) -> None:
    """And those that say something else do not."""
    configure(store=store)
    for app, count in (("shop", 3), ("blog", 0), ("shop", 3)):
        at = AppTest.from_function(everybodys)
        at.session_state["app"] = app
        ran(at)
        if count and at.session_state["count"] == 0:
            at.session_state["count"] = count
            ran(at)
        assert at.session_state["kept"].save()
        assert at.session_state["count"] == count


def test_a_name_that_nobody_has_chosen_is_logged_once(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """On a server's store, where another machine may have another script."""
    server = Away(store)
    server.is_away = False
    with caplog.at_level(logging.WARNING, apps.__name__):
        for _ in range(2):
            apps.App().enroll("app.py", store, is_configured=False)
            apps.App().enroll("app.py", server, is_configured=True)
        assert not caplog.messages
        for _ in range(2):
            apps.App().enroll("app.py", server, is_configured=False)
    (said,) = caplog.messages
    assert "'app.py'" in said
    assert "configure(app=" in said
