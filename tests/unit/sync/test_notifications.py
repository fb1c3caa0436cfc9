"""Who hears of which news, within a process and from others, and over the socket of a page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, MutableMapping
from queue import Empty, SimpleQueue
from typing import Any

import pytest

from streamlit_persistent_state._sync import notifications, socket
from streamlit_persistent_state._sync.keeper import Keeper
from streamlit_persistent_state._sync.ledger import Terms
from streamlit_persistent_state._sync.notifications import (
    Admission,
    Hub,
    admitted,
    hub_of,
    publish,
    ticket,
)
from streamlit_persistent_state._sync.socket import serve_notifications
from streamlit_persistent_state.errors import StoreUnavailable
from streamlit_persistent_state.stores import MemoryStore
from tests.support.waiting import wait_until

SECRET = ["a secret of some length"]
TERMS = Terms(1000)


class Broadcaster(MemoryStore):
    """A store whose announcements a test can see, make up and cut off."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.coming: SimpleQueue[str | None] = SimpleQueue()
        self.fails = False

    def announce(self, text: str) -> None:
        if self.fails:
            raise StoreUnavailable("gone")
        self.said.append(text)
        self.coming.put(text)

    def announcements(self) -> Iterator[str | None]:
        yield None
        while True:
            try:
                text = self.coming.get(timeout=0.01)
            except Empty:
                yield None
                continue
            if text is None:
                raise StoreUnavailable("cut off")
            yield text


def admission(session: str, *owners: str) -> Admission:
    found = admitted(ticket(session, owners, SECRET), SECRET)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: good[:-1],
        lambda good: "0" + good[1:],
        lambda good: "",
        lambda good: None,
        lambda good: b"bytes",
        lambda good: good.split(".")[0],
        lambda good: good * 100,
        lambda good: ticket("session", ["owner"], ["another secret"]),
        lambda good: "é" + good,
    ],
)
def test_a_forged_ticket_admits_to_nothing(spoil: Any) -> None:
    """Whoever is not shown the page hears nothing of its owners."""
    good = ticket("session", ["owner"], SECRET)
    assert admitted(good, SECRET) is not None
    assert admitted(good, ["a new secret", *SECRET]) is not None
    assert admitted(spoil(good), SECRET) is None


def test_a_ticket_tells_no_names() -> None:
    """It lies in the page."""
    assert "ada" not in ticket("session", ["user:https://accounts.example|ada"], SECRET)


def test_news_is_for_other_sessions_of_the_owner() -> None:
    """Until they stop listening."""
    hub, notified = Hub(MemoryStore()), []
    unsubscribe = hub.subscribe(admission("one", "ada", "everybody"), lambda: notified.append(1))
    for owner, session in (("grace", "x"), ("ada", "one"), ("everybody", "one")):
        hub.publish(owner, session)
    assert notified == []
    hub.publish("ada", "two")
    hub.publish("everybody", "two")
    assert notified == [1, 1]
    unsubscribe()
    hub.publish("ada", "two")
    assert notified == [1, 1]


def test_what_a_keeper_commits_is_news() -> None:
    """A change, a reset, a deletion; nothing where nothing was written."""
    store, notified = MemoryStore(), []
    state = {"k": 1}
    keeper = Keeper(store, "owner", lambda: dict(state), TERMS)
    hub = hub_of(store)
    unsubscribe = hub.subscribe(admission("another", "owner"), lambda: notified.append(1))
    keeper.declare("k", 0)
    keeper.restore(["k"])
    keeper.incoming("k", 0)
    keeper.taken("k", 0)
    for _ in range(2):
        assert keeper.save()
    assert len(notified) == 1
    keeper.clear("k")
    assert len(notified) == 2
    state["k"] = 5
    assert keeper.save()
    keeper.forget(["k"])
    keeper.forget(["k"])
    assert len(notified) == 4
    keeper.is_echo = True
    state["k"] = 6
    assert keeper.save()
    assert len(notified) == 4
    unsubscribe()


def test_where_nobody_waits_nothing_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the middleware there are no such pages, here or in another process."""
    monkeypatch.setattr(notifications, "is_served", lambda: False)
    store = Broadcaster()
    publish(store, "owner", "session")
    assert store.said == []
    monkeypatch.setattr(notifications, "is_served", lambda: True)
    publish(store, "owner", "session")
    assert len(store.said) == 1


def test_news_of_another_process_is_heard_once_and_own_news_not_twice() -> None:
    """The store tells everybody, the sender included."""
    store = Broadcaster()
    hub, notified = Hub(store), []
    unsubscribe = hub.subscribe(admission("mine", "owner"), lambda: notified.append(1))
    wait_until(lambda: notified == [1])  # it listens from now on
    hub.publish("owner", "other")
    wait_until(store.coming.empty)
    assert notified == [1, 1]
    store.coming.put(store.said[0].replace(hub._id, "another hub"))
    wait_until(lambda: notified == [1, 1, 1])
    store.fails = True
    hub.publish("owner", "other")
    assert notified == [1, 1, 1, 1]
    unsubscribe()
    wait_until(lambda: not hub._listens)


def test_anybody_may_say_anything_there() -> None:
    """What is no news is passed over."""
    store = Broadcaster()
    hub, notified = Hub(store), []
    unsubscribe = hub.subscribe(admission("mine", "owner"), lambda: notified.append(1))
    for text in ("", "nonsense", ":", "::", "a:b", "a:b:c:d", "a:b:c"):
        store.coming.put(text)
    wait_until(store.coming.empty)
    assert notified == [1]
    unsubscribe()


def test_after_a_failure_everybody_looks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody knows what was missed; whatever the failure was, it is told once."""
    monkeypatch.setattr("streamlit_persistent_state._sync.notifications._PAUSE", 0.01)
    store = Broadcaster()
    hub, notified = Hub(store), []
    unsubscribe = hub.subscribe(admission("mine", "owner"), lambda: notified.append(1))
    wait_until(lambda: notified == [1])
    store.coming.put(None)
    wait_until(lambda: notified == [1, 1])
    unsubscribe()
    store.coming.put(None)
    wait_until(lambda: not hub._listens)
    assert notified == [1, 1]
    assert caplog.text.count("does not come through") == 2


class Page:
    """The other end of a socket."""

    def __init__(self) -> None:
        self.says: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.hears: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self.says.put_nowait({"type": "websocket.connect"})

    def shows(self, text: str | None) -> None:
        self.says.put_nowait({"type": "websocket.receive", "text": text})

    def leaves(self) -> None:
        self.says.put_nowait({"type": "websocket.disconnect"})

    def connect(self, store: MemoryStore) -> asyncio.Task[None]:
        return asyncio.create_task(
            serve_notifications(self.says.get, self.hears.put, store, SECRET)
        )


async def all_said(page: Page) -> list[Any]:
    await asyncio.sleep(0)
    return [page.hears.get_nowait() for _ in range(page.hears.qsize())]


def test_a_page_hears_of_news_and_tells_some() -> None:
    """None of its own comes back; until it leaves."""

    async def talk() -> None:
        store, page = MemoryStore(), Page()
        page.shows(ticket("mine", ["owner"], SECRET))
        task = page.connect(store)
        word = {"type": "websocket.send", "text": "changed"}
        assert await page.hears.get() == {"type": "websocket.accept"}
        assert await page.hears.get() == {"type": "websocket.send", "text": "listening"}
        publish(store, "owner", "mine")
        publish(store, "owner", "another")
        assert await page.hears.get() == word
        notified = asyncio.Event()
        unsubscribe = hub_of(store).subscribe(admission("another", "owner"), notified.set)
        page.shows("changed")
        await notified.wait()
        unsubscribe()
        page.leaves()
        await task
        publish(store, "owner", "another")
        assert await all_said(page) == []

    asyncio.run(talk())


@pytest.mark.parametrize("shown", ["forged", "", None])
def test_a_page_without_a_ticket_is_sent_away(shown: str | None) -> None:
    """With a code after which it does not come back."""

    async def talk() -> None:
        page = Page()
        page.shows(shown)
        await page.connect(MemoryStore())
        accept, close = await all_said(page)
        assert accept == {"type": "websocket.accept"}
        assert close == {"type": "websocket.close", "code": 1008}

    asyncio.run(talk())


def test_a_page_that_says_nothing_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, to come again: sockets of nobody shall not pile up."""
    monkeypatch.setattr(socket, "_PATIENCE", 0.01)

    async def talk() -> None:
        page = Page()
        await page.connect(MemoryStore())
        assert (await all_said(page))[1]["code"] == 1013

    asyncio.run(talk())


def test_a_page_that_leaves_at_once_is_let_go() -> None:
    """Nothing is sent to it."""

    async def talk() -> None:
        page = Page()
        page.leaves()
        await page.connect(MemoryStore())
        assert await all_said(page) == [{"type": "websocket.accept"}]

    asyncio.run(talk())


def test_news_for_a_server_that_has_ended_is_dropped() -> None:
    """The hub may outlive the event loop."""
    store = MemoryStore()

    async def talk() -> Any:
        page = Page()
        page.shows(ticket("mine", ["owner"], SECRET))
        task = page.connect(store)
        await page.hears.get()
        await page.hears.get()
        ((_, notified),) = hub_of(store)._subscribers.values()
        page.leaves()
        await task
        return notified

    notified = asyncio.run(talk())
    notified()
