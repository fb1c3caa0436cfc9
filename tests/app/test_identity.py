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
from streamlit_persistent_state._identity.cookie import Identity, login_of, new_id, today
from streamlit_persistent_state._session import app as apps
from streamlit_persistent_state._streamlit import page, runtime
from streamlit_persistent_state._streamlit.handle import HANDLE_KEY
from streamlit_persistent_state._sync import breaker
from streamlit_persistent_state._sync.transfer import UNDER_WAY
from streamlit_persistent_state.errors import StoreUnavailable
from streamlit_persistent_state.stores import MemoryStore, Record, Write
from tests.support.identity import cookie_for, owner_in_test, values_in


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


def visit(monkeypatch: pytest.MonkeyPatch, header: str) -> tuple[str, list[Any]]:
    """Return the owner that a page load with these cookies has, and what its page is to keep."""
    told: list[Any] = []
    monkeypatch.setattr(runtime, "cookies", lambda: header)
    monkeypatch.setattr(runtime.Run, "draws_a_page", True)
    monkeypatch.setattr(page, "write_cookie", lambda *cookie: told.append(cookie[:3]))
    at = ran(AppTest.from_function(counting))
    return at.session_state["kept"].owner, told


def test_on_https_a_cookie_that_a_sibling_domain_can_set_is_not_believed(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only one whose name browsers guard; on plain http there is no such."""
    configure(store=store)
    planted, own = (Identity(new_id(), day=today()) for _ in range(2))
    header = f"{cookie_for(planted, store)}; __Host-{cookie_for(own, store)}"
    monkeypatch.setattr(runtime, "is_https", lambda: True)
    assert visit(monkeypatch, header) == (owner_in_test(own.browser), [])
    owner, told = visit(monkeypatch, cookie_for(planted, store))
    assert owner != owner_in_test(planted.browser)
    assert len(told) == 1
    monkeypatch.setattr(runtime, "is_https", lambda: False)
    assert visit(monkeypatch, header) == (owner_in_test(planted.browser), [])


def test_a_visit_on_another_day_renews_the_cookie(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once; one of the server's is left to it, since the page cannot replace that."""
    configure(store=store)
    browser = new_id()
    yesterday = cookie_for(Identity(browser, day=today() - 1), store)
    renewed = cookie_for(Identity(browser, day=today()), store)
    name, old = yesterday.split("=")
    owner = owner_in_test(browser)
    assert visit(monkeypatch, yesterday) == (owner, [(name, renewed.partition("=")[2], old)])
    assert visit(monkeypatch, renewed) == (owner, [])
    servers = cookie_for(Identity(browser, "", True, today() - 1), store)
    assert visit(monkeypatch, servers) == (owner, [])


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


def old_and_new() -> None:
    import streamlit as st

    from streamlit_persistent_state import configure, persist

    configure(app="shop")
    st.session_state.kept = persist(count=0)
    st.session_state.everybody = persist(likes=0, scope="app")


def test_what_version_0_1_has_kept_is_taken_over(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the browser that comes with a cookie of that time; what no app asks for stays."""
    browser = new_id()
    store.commit(f"browser:{browser}", [Write("count", b"5", 1), Write("other", b"6", 1)])
    store.commit("app", [Write("likes", b"7", 1)])
    configure(store=store)
    for header in (
        f"streamlit_persistent_state={browser}.of-that-time",
        cookie_for(Identity(browser, day=today()), store),
    ):
        monkeypatch.setattr(runtime, "cookies", lambda header=header: header)
        at = ran(AppTest.from_function(old_and_new))
        assert at.session_state["kept"].owner == owners.of_browser("shop", browser)
        assert (at.session_state["count"], at.session_state["likes"]) == (5, 7)
    left = {(owner, key) for owner, key, _ in store.records() if owner != "store"}
    left = {(owner, key) for owner, key in left if key != UNDER_WAY}  # where the others went
    assert left == {
        (f"browser:{browser}", "other"),
        (owners.of_browser("shop", browser), "count"),
        (owners.of_app("shop"), "likes"),
    }
    stranger = ran(AppTest.from_function(old_and_new))
    assert stranger.session_state["likes"] == 7


def test_a_store_of_today_knows_no_cookie_of_version_0_1(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be that of another app on the host."""
    assert cookie_for(new_id(), store)
    browser = new_id()
    store.commit(f"browser:{browser}", [Write("count", b"5", 1)])
    configure(store=store)
    header = f"streamlit_persistent_state={browser}.of-that-time"
    monkeypatch.setattr(runtime, "cookies", lambda: header)
    assert ran(AppTest.from_function(old_and_new)).session_state["count"] == 0


class MovesNothing(MemoryStore):
    """Begins no move to another owner until it is told otherwise."""

    is_away = True

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        if self.is_away and any(write.key == UNDER_WAY for write in writes):
            raise StoreUnavailable("it has failed")
        return super().commit(owner, writes, max_bytes=max_bytes)


def of_the_user() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    st.session_state.kept = persist("cart", notes=[], scope="user")
    st.button("Note", on_click=lambda: st.session_state.notes.append("new"))


@pytest.mark.parametrize("fault", ["away", "moves nothing"])
def test_what_did_not_move_at_the_log_in_follows_with_the_next_run(
    fault: str, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not with the next person at this browser; what was done meanwhile is added."""
    failing: Away | MovesNothing = Away(store) if fault == "away" else MovesNothing()
    stored = store if isinstance(failing, Away) else failing
    browser = Identity(new_id(), login_of("issuer|ada"), day=today())
    cookie = cookie_for(browser, stored)
    source = owners.of_browser(UNNAMED, browser.browser)
    stored.commit(source, [Write("cart", b'["tea"]', 1), Write("notes", b'["old"]', 1)])
    monkeypatch.setattr(_settings, "opened", lambda _: failing)
    configure(store="memory://")
    monkeypatch.setattr(runtime, "cookies", lambda: cookie)
    monkeypatch.setattr(runtime, "user", lambda: "issuer|ada")
    at = ran(AppTest.from_function(of_the_user))
    assert "cart" not in at.session_state
    at.button[0].click()
    failing.is_away = False
    ran(at)
    assert at.session_state["cart"] == ["tea"]
    monkeypatch.setattr(runtime, "user", lambda: "issuer|bob")
    assert "cart" not in ran(AppTest.from_function(of_the_user)).session_state
    monkeypatch.setattr(runtime, "user", lambda: "issuer|ada")
    assert "new" in ran(AppTest.from_function(of_the_user)).session_state["notes"]
