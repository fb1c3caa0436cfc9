"""Who hears of which news, within a process and from others, and over the socket of a page."""

from __future__ import annotations

import asyncio
import threading
import time
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
    digest,
    follow,
    hub_of,
    publish,
    reach,
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
        self.fails = self.is_heard = False

    def announce(self, text: str) -> None:
        if self.fails:
            raise StoreUnavailable("gone")
        self.said.append(text)
        self.coming.put(text)

    def announcements(self) -> Iterator[str | None]:
        yield None
        self.is_heard = True
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
    return Admission(session, time.time() + 60, frozenset(map(digest, owners)))


def shown(session: str, *owners: str) -> str:
    """Return a ticket."""
    return ticket(admission(session, *owners), SECRET)


class Waiting:
    """Counts how often a page is told of news."""

    def __init__(self, hub: Hub, session: str, *owners: str) -> None:
        self.told = 0
        self._hub = hub
        self._admission = admission(session, *owners)
        self._unsubscribe = hub.subscribe(self._admission, self._tell)
        wait_until(lambda: self.told and self._is_quiet())  # it may have missed something
        self.told = 0

    def _tell(self) -> None:
        self.told += 1

    def times(self, times: int) -> bool:
        """Wait until it was told as often as that, and all that there is to tell is told."""
        wait_until(lambda: self.told == times and self._is_quiet())
        return True

    def _is_quiet(self) -> bool:
        announcer = self._hub._announcer
        is_heard = announcer is None or getattr(announcer, "is_heard", True)
        return is_heard and all(job.is_idle for _, job in self._hub._subscribers.values())

    def leave(self) -> None:
        self._unsubscribe()


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
        lambda good: ticket(admission("session", "owner"), ["another secret"]),
        lambda good: ticket(admission("session")._replace(ends_at=time.time()), SECRET),
        lambda good: "é" + good,
    ],
)
def test_a_ticket_that_is_forged_or_over_admits_to_nothing(spoil: Any) -> None:
    """Whoever is not shown the page hears nothing of its owners."""
    good = shown("session", "owner")
    assert admitted(good, SECRET) is not None
    assert admitted(good, ["a new secret", *SECRET]) is not None
    assert admitted(spoil(good), SECRET) is None


def test_a_ticket_tells_no_names() -> None:
    """It lies in the page."""
    assert "ada" not in shown("session", "user:https://accounts.example|ada")


def test_news_is_for_other_sessions_of_the_owner() -> None:
    """Until they stop listening."""
    hub = Hub(MemoryStore())
    page = Waiting(hub, "one", "ada", "everybody")
    for owner, session in (("grace", "x"), ("ada", "one"), ("everybody", "one")):
        hub.publish(owner, session)
    assert page.times(0)
    hub.publish("ada", "two")
    assert page.times(1)
    hub.publish("everybody", "two")
    assert page.times(2)
    page.leave()
    hub.publish("ada", "two")
    assert page.told == 2


class Session:
    """One of this process whose page waits."""

    def __init__(self, *owners: str) -> None:
        self.owners, self.behind, self.asked = set(map(digest, owners)), False, 0

    def follows(self, owner: str) -> bool:
        return owner in self.owners

    def is_behind(self) -> bool:
        self.asked += 1
        return self.behind


def test_a_page_is_told_of_what_its_session_has_not_seen() -> None:
    """Nothing else has it ask: no first look, no news of owners or keys that it does not use."""
    hub, session, told = Hub(MemoryStore()), Session("ada"), list[int]()
    follow("one", session)
    unsubscribe = hub.subscribe(admission("one", "ada", "everybody"), lambda: told.append(1))
    wait_until(lambda: session.asked == 1)
    hub.publish("everybody", "two")
    hub.publish("ada", "two")
    wait_until(lambda: session.asked == 2)
    assert told == []
    session.behind = True
    hub.publish("ada", "two")
    wait_until(lambda: told == [1])
    assert session.asked == 3
    unsubscribe()


def test_much_news_at_once_is_one_question() -> None:
    """And one more for what comes while it is asked."""
    hub, session, told = Hub(MemoryStore()), Session("ada"), list[int]()
    begun, go_on = threading.Semaphore(0), threading.Semaphore(0)

    def is_behind() -> bool:
        session.asked += 1
        begun.release()
        return go_on.acquire(timeout=30)

    follow("one", session)
    unsubscribe = hub.subscribe(admission("one", "ada"), lambda: told.append(1))
    wait_until(lambda: session.asked == 1)
    session.is_behind = is_behind  # type: ignore[method-assign]
    hub.publish("ada", "two")
    assert begun.acquire(timeout=10)
    for _ in range(20):
        hub.publish("ada", "two")
    go_on.release()
    assert begun.acquire(timeout=10)
    go_on.release()
    wait_until(lambda: told == [1, 1])
    assert session.asked == 3
    unsubscribe()


def test_what_a_keeper_commits_is_news() -> None:
    """A change, a reset, a deletion, also of what no store has yet; nothing where nothing was."""
    store = MemoryStore()
    state = {"k": 1}
    keeper = Keeper(store, "owner", lambda: dict(state), TERMS)
    hub = hub_of(store)
    page = Waiting(hub, "another", "owner")
    keeper.declare("k", 0)
    keeper.restore(["k"])
    keeper.incoming("k", 0)
    keeper.taken("k", 0)
    for _ in range(2):
        assert keeper.save()
    assert page.times(1)
    keeper.clear("k")
    assert page.times(2)
    state["k"] = 5
    assert keeper.save()
    assert page.times(3)
    keeper.forget(["k"])
    assert page.times(4)
    keeper.forget(["k"])
    assert page.times(5)
    assert keeper.save()
    keeper.is_echo = True
    state["k"] = 6
    assert keeper.save()
    assert page.times(5)
    page.leave()


def test_of_whose_commits_a_page_is_told() -> None:
    """Of those of this process, or of all where the store passes news on."""
    assert reach(MemoryStore()) == reach(MemoryStore()) != ""
    assert reach(Broadcaster()) == ""


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
    hub = Hub(store)
    page = Waiting(hub, "mine", "owner")
    hub.publish("owner", "other")
    wait_until(store.coming.empty)
    assert page.times(1)
    store.coming.put(store.said[0].replace(hub._id, "another hub"))
    assert page.times(2)
    store.fails = True
    hub.publish("owner", "other")
    assert page.times(3)
    page.leave()
    wait_until(lambda: not hub._listens)


def test_anybody_may_say_anything_there() -> None:
    """What is no news is passed over."""
    store = Broadcaster()
    page = Waiting(Hub(store), "mine", "owner")
    for text in ("", "nonsense", ":", "::", "a:b", "a:b:c:d", "a:b:c"):
        store.coming.put(text)
    wait_until(store.coming.empty)
    assert page.times(0)
    page.leave()


def test_after_a_failure_everybody_looks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody knows what was missed; whatever the failure was, it is told once."""
    monkeypatch.setattr("streamlit_persistent_state._sync.notifications._PAUSE", 0.01)
    store = Broadcaster()
    hub = Hub(store)
    page = Waiting(hub, "mine", "owner")
    store.coming.put(None)
    assert page.times(1)
    page.leave()
    store.coming.put(None)
    wait_until(lambda: not hub._listens)
    assert page.told == 1
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


WORD = {"type": "websocket.send", "text": "changed"}


async def listening(page: Page, store: MemoryStore, session: str = "mine") -> asyncio.Task[None]:
    """Have a page whose session is in another process listen."""
    page.shows(shown(session, "owner"))
    task = page.connect(store)
    assert await page.hears.get() == {"type": "websocket.accept"}
    assert await page.hears.get() == {"type": "websocket.send", "text": "listening"}
    assert await page.hears.get() == WORD  # for what it may have missed
    return task


def test_a_page_hears_of_news() -> None:
    """None of its own comes back; until it leaves."""

    async def talk() -> None:
        store, page = MemoryStore(), Page()
        task = await listening(page, store)
        publish(store, "owner", "mine")
        publish(store, "owner", "another")
        assert await page.hears.get() == WORD
        page.leaves()
        await task
        publish(store, "owner", "another")
        assert await all_said(page) == []

    asyncio.run(talk())


def test_what_a_page_says_is_passed_on_to_nobody() -> None:
    """It is sent away: only what was committed is news."""

    async def talk() -> None:
        store, pages = MemoryStore(), [Page(), Page()]
        tasks = [await listening(page, store, str(n)) for n, page in enumerate(pages)]
        pages[0].shows("changed")
        await tasks[0]
        assert await all_said(pages[0]) == [{"type": "websocket.close", "code": 1008}]
        publish(store, "owner", "another")
        assert await pages[1].hears.get() == WORD
        pages[1].leaves()
        await tasks[1]
        assert await all_said(pages[1]) == []

    asyncio.run(talk())


def test_a_session_has_few_sockets() -> None:
    """One too many is to come again; what its page has lost is let go meanwhile."""

    async def talk() -> None:
        store, pages = MemoryStore(), [Page() for _ in range(4)]
        tasks = [await listening(page, store) for page in pages]
        late, another = Page(), Page()
        late.shows(shown("mine", "owner"))
        await late.connect(store)
        assert (await all_said(late))[1] == {"type": "websocket.close", "code": 1013}
        tasks.append(await listening(another, store, "another"))
        pages.append(another)
        pages[0].leaves()
        await tasks[0]
        tasks.append(await listening(late := Page(), store))
        for page in (*pages[1:], late):
            page.leaves()
        await asyncio.gather(*tasks)

    asyncio.run(talk())


def test_a_ticket_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page comes again, with the one of its last run."""

    async def talk() -> None:
        store, page = MemoryStore(), Page()
        ends_at = time.time() + 0.05
        short = admission("mine", "owner")._replace(ends_at=ends_at)
        monkeypatch.setattr(socket, "admitted", lambda *_: short)
        task = await listening(page, store)
        await task
        assert await all_said(page) == [{"type": "websocket.close", "code": 1013}]

    asyncio.run(talk())


@pytest.mark.parametrize("said", ["forged", "", None])
def test_a_page_without_a_ticket_is_sent_away(said: str | None) -> None:
    """With a code after which it does not come back."""

    async def talk() -> None:
        page = Page()
        page.shows(said)
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
        task = await listening(page, store)
        ((_, looking),) = hub_of(store)._subscribers.values()
        page.leaves()
        await task
        return looking

    looking = asyncio.run(talk())
    looking()
