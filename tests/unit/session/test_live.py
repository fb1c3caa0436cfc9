"""What a page is told, and when the script runs because of others."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from streamlit_persistent_state._checks import Liveness, checked_live
from streamlit_persistent_state._session.live import Live
from streamlit_persistent_state._streamlit import page, runtime
from streamlit_persistent_state._sync import notifications
from streamlit_persistent_state._sync.notifications import admitted
from streamlit_persistent_state.errors import InvalidArgument


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

    is_echo = False
    pending: tuple[str, ...] = ()
    behind = False
    news = False

    def is_behind(self) -> bool:
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


def run(thread: str = "one", *, draws_a_page: bool = True) -> Any:
    return SimpleNamespace(draws_a_page=draws_a_page, thread=thread, is_of_fragments=False)


def ran(monkeypatch: pytest.MonkeyPatch, *, fragment: bool) -> None:
    monkeypatch.setattr(
        runtime, "Run", lambda: SimpleNamespace(is_of_fragments=fragment, thread="one")
    )


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
        live.show(every, list, ())
    live.begin(run(draws_a_page=False))
    live.show(1.0, list, ())
    live.begin(run())
    live.show(None, list, ())
    assert [every for every, *_ in calls] == [None, 1.0]
    assert live.fragments == 1


def test_what_the_page_is_told(
    keeper: Keeper, calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script runs only if the page has asked and there is something new."""
    live = Live({"browser": keeper})  # type: ignore[dict-item] # a stand-in
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
    live.show(None, lambda: ["browser:a", "app"], ["secret"])
    route = live._data()["route"]
    assert route["path"] == notifications.PATH
    owners = frozenset(map(notifications._digest, ("browser:a", "app")))
    assert admitted(route["ticket"], ["secret"]) == (live.publisher, owners)


def test_what_an_echo_changes_is_no_news(
    keeper: Keeper, calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or two pages whose scripts always change something would have each other run for ever."""
    live = Live({"browser": keeper})  # type: ignore[dict-item] # a stand-in
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
