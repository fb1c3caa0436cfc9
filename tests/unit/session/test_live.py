"""What a page is told, and when the script runs because of others."""

from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from streamlit_persistent_state._checks import Liveness, checked_live
from streamlit_persistent_state._session.live import Live
from streamlit_persistent_state._streamlit import page, runtime
from streamlit_persistent_state._sync import notifications
from streamlit_persistent_state._sync.notifications import admitted, digest
from streamlit_persistent_state.errors import InvalidArgument
from streamlit_persistent_state.stores import MemoryStore


@pytest.mark.parametrize(
    ("live", "liveness"),
    [
        (False, Liveness(False)),
        (True, Liveness(True)),
        ("2s", Liveness(True, 2.0)),
        ("1.5 s", Liveness(True, 1.5)),
        ("500ms", Liveness(True, 0.5)),
        ("1m", Liveness(True, 60.0)),
        (3, Liveness(True, 3.0)),
        (timedelta(seconds=4), Liveness(True, 4.0)),
    ],
)
def test_how_live_is_said(live: object, liveness: Liveness) -> None:
    """As a switch or as a time."""
    assert checked_live(live) == liveness


@pytest.mark.parametrize("live", ["soon", "2h", "", 0, -1.0, float("inf"), None, "0.01s"])
def test_another_live_is_refused(live: object) -> None:
    """With what is allowed instead."""
    with pytest.raises(InvalidArgument, match="live must be True, False or a time"):
        checked_live(live)


class Keeper:
    """Has news, or not."""

    owner = "browser:a"
    store = MemoryStore()
    is_echo = False
    pending: tuple[str, ...] = ()
    behind = False
    news = False

    def is_behind(self, *, if_unknown: bool = False) -> bool:
        return self.behind

    def look_around(self) -> bool:
        return self.news


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the page was told to do, and the reruns."""
    made: list[Any] = []
    monkeypatch.setattr(page, "listen", lambda *arguments: made.append(arguments))
    monkeypatch.setattr(runtime, "rerun", lambda: made.append("rerun"))
    return made


ACTS: list[Any] = []
"""Whom to call when somebody uses a widget."""


def run(thread: str = "one", *, draws_a_page: bool = True) -> Any:
    return SimpleNamespace(draws_a_page=draws_a_page, thread=thread, is_of_fragments=False)


def ran(monkeypatch: pytest.MonkeyPatch, *, fragment: bool) -> None:
    made = SimpleNamespace(
        is_of_fragments=fragment, thread="one", hear_of_acts=lambda acted: ACTS.append(acted)
    )
    monkeypatch.setattr(runtime, "Run", lambda: made)


def told(live: Live) -> dict[str, Any]:
    """Return the counts; without the middleware there is no route for news."""
    counts = live._data()
    assert counts.pop("route") is None
    return counts


def test_a_page_listens_once_a_run_at_the_shortest_interval(
    keeper: Keeper, calls: list[Any]
) -> None:
    """Wherever in the script it is asked to; runs that draw no page leave it as it is."""
    live = Live({"browser": keeper})  # type: ignore[dict-item] # a stand-in
    live.begin(run())
    for every in (None, 5.0, 2.0, 9.0):
        live.show("browser", every, list, ())
    live.begin(run(draws_a_page=False))
    live.show("browser", 1.0, list, ())
    live.begin(run())
    live.show("browser", None, list, ())
    assert [every for every, *_ in calls] == [None, 1.0]
    assert live.fragments == 1


def test_what_the_page_is_told(
    keeper: Keeper, calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script runs only if the page has asked and there is something new."""
    live = Live({"browser": keeper})  # type: ignore[dict-item] # a stand-in
    live.show("browser", None, list, ())
    ran(monkeypatch, fragment=False)
    assert told(live) == {"runs": 1, "echo": 0, "looks": 0, "polls": 0, "news": 0}
    ran(monkeypatch, fragment=True)
    assert told(live) == {"runs": 1, "echo": 0, "looks": 0, "polls": 1, "news": 0}
    keeper.behind = keeper.news = True
    assert told(live) == {"runs": 1, "echo": 0, "looks": 0, "polls": 2, "news": 1}
    assert calls == []
    live._ask()
    assert told(live) == {"runs": 1, "echo": 1, "looks": 1, "polls": 2, "news": 1}
    assert calls == ["rerun"]
    keeper.news = False
    live._ask()
    assert told(live) == {"runs": 1, "echo": 1, "looks": 2, "polls": 2, "news": 1}
    assert calls == ["rerun"]


def test_where_the_server_tells_of_news(
    keeper: Keeper, calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what admits the page to the news of all its owners."""
    monkeypatch.setattr("streamlit_persistent_state._session.live.is_served", lambda: True)
    ran(monkeypatch, fragment=False)
    live = Live({"browser": keeper})  # type: ignore[dict-item] # a stand-in
    live.begin(run())
    live.show("browser", None, lambda: ["browser:a", "app"], ["secret"])
    route = live._data()["route"]
    assert route["path"] == notifications.PATH
    assert route["reach"] == notifications.reach(keeper.store)
    found = admitted(route["ticket"], ["secret"])
    assert found is not None
    assert found.session == live.publisher
    assert found.owners == frozenset(map(digest, ("browser:a", "app")))


def test_what_an_echo_changes_is_no_news(
    keeper: Keeper, calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or two pages whose scripts always change something would have each other run for ever."""
    live = Live({"browser": keeper})  # type: ignore[dict-item] # a stand-in
    live.show("browser", None, list, ())
    keeper.news = True
    ran(monkeypatch, fragment=True)
    live._ask()
    live._data()
    for _ in range(2):  # the script may add runs of its own with st.rerun()
        live.begin(run())
        assert keeper.is_echo
    assert live._counts["echo"] == 2
    live.begin(run("another"))
    assert not keeper.is_echo
    live.begin(run())
    assert not keeper.is_echo


def test_an_echo_ends_with_its_run_and_hides_no_earlier_edit(
    keeper: Keeper, calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a fragment changes afterwards is news, and what the store has not taken yet."""
    live = Live({"browser": keeper})  # type: ignore[dict-item] # a stand-in
    live.show("browser", None, list, ())
    keeper.news = True
    ran(monkeypatch, fragment=True)
    pendings: list[tuple[str, ...]] = [(), ("name",)]
    for pending in pendings:
        live._ask()
        live._data()
        keeper.pending = pending
        live.begin(run())
        assert keeper.is_echo is (not pending)
        live.end()
        assert not keeper.is_echo


def test_what_somebody_does_meanwhile_is_news(
    keeper: Keeper, calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A click in a run that is an echo, or before it begins."""
    live = Live({"browser": keeper})  # type: ignore[dict-item] # a stand-in
    live.show("browser", None, list, ())
    keeper.news = True
    ran(monkeypatch, fragment=True)
    live._ask()
    live._data()
    live.begin(run())
    assert keeper.is_echo
    ACTS[-1]()
    assert not keeper.is_echo
    live.begin(run())
    assert not keeper.is_echo


def test_the_callbacks_of_the_next_run_are_no_echo(
    keeper: Keeper, calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they change may be saved before the script has come to its first line."""
    live = Live({"browser": keeper})  # type: ignore[dict-item] # a stand-in
    live.show("browser", None, list, ())
    keeper.news = True
    ran(monkeypatch, fragment=True)
    live._ask()
    live._data()
    live.begin(run())
    live.thread_begins("one")  # type: ignore[arg-type] # a stand-in
    assert keeper.is_echo
    live.thread_begins("another")  # type: ignore[arg-type] # a stand-in
    assert not keeper.is_echo


def test_a_page_follows_what_is_live(keeper: Keeper, calls: list[Any]) -> None:
    """What is kept besides is seen at its next run, and has nobody look before."""
    kept, other = Keeper(), Keeper()
    other.owner = "app"
    keepers = {"browser": keeper, "app": other, "session": kept}
    live = Live(keepers)  # type: ignore[arg-type] # stand-ins
    live.show("browser", None, list, ())
    assert live.follows(digest("browser:a"))
    assert not live.follows(digest("app"))
    other.behind = other.news = kept.news = True
    assert not live.is_behind()
    live.show("app", None, list, ())
    assert live.follows(digest("app"))
    assert live.is_behind()


def test_a_ticket_is_renewed_before_it_ends(
    keeper: Keeper, calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no sooner, unless it is for other owners: a page opens a new socket for a new one."""
    monkeypatch.setattr("streamlit_persistent_state._session.live.is_served", lambda: True)
    live = Live({"browser": keeper})  # type: ignore[dict-item] # a stand-in
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)

    def ticket(*owners: str) -> str:
        live.begin(run())
        live.show("browser", None, lambda: owners, ["secret"])
        assert live._route is not None
        return live._route["ticket"]

    first = ticket("browser:a")
    now += 1000
    assert ticket("browser:a") == first
    assert ticket("browser:a", "user:b") != first
    first = ticket("browser:a")
    now += notifications.TICKET_SECONDS / 2
    assert ticket("browser:a") == first
    now += 1
    assert ticket("browser:a") != first
