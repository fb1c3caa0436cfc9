"""Whatever happens to the store, the page goes on, and all that was changed arrives once."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streamlit_persistent_state._session.saver import DRAIN_SECONDS
from tests.faults.conftest import Start, Visit
from tests.faults.stores import (
    WRONG,
    Backend,
    Postgres,
    Redis,
    accepting,
    paused,
    stopped,
    stored,
)
from tests.support.proxy import proxy
from tests.support.server import Server
from tests.support.waiting import wait_until

PATIENCE = 30.0
"""Seconds in which a page or a rerun is there on a busy machine, while the store stays away."""


@contextmanager
def soon() -> Iterator[None]:
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    note("took", took)
    assert took < PATIENCE


def note(what: str, seconds: float) -> None:
    if out := os.environ.get("FAULTS_OUT"):
        with Path(out).open("a") as file:
            file.write(f"{os.environ.get('PYTEST_CURRENT_TEST')} {what}: {seconds:.2f}\n")


def arrives(backend: Backend, **values: object) -> None:
    """Wait until the store holds these values, each once."""
    expected = {key: [value] for key, value in values.items()}
    found: dict[str, object] = {}

    def there() -> bool:
        held = stored(backend.url)
        found.update({key: held.get(key) for key in expected})
        return found == expected

    try:
        wait_until(there)
    except AssertionError:
        assert found == expected


def test_stopped_before_the_start(start: Start, backend: Backend) -> None:
    """The app works without it, says what is unsaved, and all arrives when it is there."""
    with stopped(backend):
        server = start.app(backend.url)
        with soon():
            visit = start.visit(server)
        visit.press("Add", 3)
        visit.write("Ada")
        visit.press("Like")
        visit.press("Look")
        visit.shows("Unsaved: count, level, name, total.")
        visit.shows("Count 3, total 1, level 1, name 'Ada'.")
    arrives(backend, total=1)
    # A browser that came while nobody could tell its cookie's name gets it with the next run.
    visit.comes_to_show("Unsaved: nothing.")
    arrives(backend, count=3, level=1, name="Ada")
    visit.reload()
    visit.shows("Count 3, total 1, level 1, name 'Ada'.")


def test_stopped_in_mid_session(start: Start, backend: Backend, server: Server) -> None:
    """The newest value of each key arrives, and increments of several sessions add up."""
    visit, other = start.visit(server), start.visit(server)
    visit.press("Like")
    visit.press("Rise")
    wait_until(lambda: sorted(stored(backend.url).get("level", [])) == [1, 2])
    with stopped(backend):
        with soon():
            visit.press("Like", 2)
        visit.press("Rise", 3)
        other.press("Like", 3)
        visit.press("Look")
        visit.shows("Unsaved: level, total.")
        visit.shows("level 5")
    arrives(backend, total=6)
    for one in (visit, other):
        one.comes_to_show("total 6")
        one.comes_to_show("Unsaved: nothing.")
    visit.reload()
    visit.shows("total 6, level 5")


@pytest.mark.parametrize("asgi", [False, True], ids=["streamlit run", "uvicorn"])
def test_a_server_that_starts_without_its_store(
    start: Start, backend: Backend, tmp_path: Path, asgi: bool
) -> None:
    """It cannot tell whose a cookie is, nor what was stored: neither is replaced."""
    with start.ends_early() as early:
        server = early.app(backend.url, asgi=asgi, folder=tmp_path)
        visit = start.visit(server)
        visit.press("Add", 2)
        visit.press("Rise", 6)
        visit.write("Ada")
        arrives(backend, count=2, level=7, name="Ada")
    with stopped(backend):
        server = start.app(backend.url, asgi=asgi, folder=tmp_path, port=server.port)
        with soon():
            visit.restarted(server)
        visit.shows("Count 0, total 0, level 1, name ''.")
        visit.press("Add", 3)
    visit.comes_to_show("Count 5, total 0, level 7, name 'Ada'.")
    arrives(backend, count=5, level=7, name="Ada")
    visit.reload()
    visit.shows("Count 5, total 0, level 7, name 'Ada'.")


@pytest.mark.parametrize("way", ["paused", "stopped"])
def test_away_while_a_page_loads(start: Start, backend: Backend, tmp_path: Path, way: str) -> None:
    """In a fresh process: what the user then adds is added to what was kept, which is all there."""
    with start.ends_early() as early:
        server = early.app(backend.url, folder=tmp_path)
        visit = start.visit(server)
        visit.press("Order fifty")
        visit.comes_to_show("Unsaved: nothing.")
    with paused(backend) if way == "paused" else stopped(backend):
        server = start.app(backend.url, folder=tmp_path, port=server.port)
        with soon():
            visit.restarted(server)
        visit.shows("Items in the cart: 0.")
        with soon():
            visit.press("Order one")
        visit.shows("Items in the cart: 1.")
    visit.comes_to_show("Items in the cart: 51.")
    visit.comes_to_show("Unsaved: nothing.")
    visit.reload()
    visit.shows("Items in the cart: 51.")


def test_a_page_that_loads_asks_a_store_that_has_just_failed(
    start: Start, backend: Backend, server: Server
) -> None:
    """It is back before anybody knows: the page shows what is kept, and no default."""
    visit = start.visit(server)
    visit.press("Order fifty")
    visit.comes_to_show("Unsaved: nothing.")
    for _ in range(3):
        with stopped(backend):
            visit.press("Add")
        with soon():
            visit.reload()
        visit.shows("Items in the cart: 50.")


def test_restarted(start: Start, backend: Backend, server: Server) -> None:
    """Between two clicks, and under them."""
    visit = start.visit(server)
    for _ in range(3):
        visit.press("Add")
        with stopped(backend):
            pass
        visit.press("Add")
    arrives(backend, count=6)
    visit.comes_to_show("Unsaved: nothing.")


def test_paused(start: Start, backend: Backend, server: Server) -> None:
    """No page hangs: old and new ones, of this browser and another; and nothing counts twice."""
    visit, other = start.visit(server), start.visit(server)
    visit.press("Like")
    for one in (visit, other):
        one.comes_to_show("Unsaved: nothing.")
    with paused(backend):
        for _ in range(2):
            with soon():
                visit.press("Like")
            with soon():
                other.press("Add")
        with soon():
            third = start.visit(server)
        with soon():
            third.reload()
        for _ in range(2):
            visit.page.close()  # a session ends, with something unsaved
            with soon():
                other.press("Add")
            with soon():
                visit.page = visit.context.new_page()
                visit.page.goto(server.url)
                visit.ready(1)
            visit.press("Like")
        other.press("Look")
        other.shows("Unsaved: count.")
    arrives(backend, total=5)
    wait_until(lambda: 4 in stored(backend.url).get("count", ()))
    for one in (visit, other, third):
        one.comes_to_show("total 5")
        one.comes_to_show("Unsaved: nothing.")


def test_full(start: Start, backend: Backend, server: Server) -> None:
    """What was stored can still be read, and all arrives once there is room."""
    visit = start.visit(server)
    visit.press("Add")
    visit.press("Like")
    arrives(backend, count=1, total=1)
    with full(backend, visit):
        visit.press("Add", 2)
        visit.press("Look")
        visit.shows("Unsaved: blob, count." if isinstance(backend, Postgres) else "Unsaved: count.")
        other = start.visit(server)
        other.shows("total 1")
        with soon():
            other.press("Add")
        assert 1 in stored(backend.url)["count"]
    wait_until(lambda: sorted(stored(backend.url)["count"]) == [1, 3])
    visit.comes_to_show("Unsaved: nothing.")
    visit.reload()
    visit.shows("Count 3")


@contextmanager
def full(backend: Backend, visit: Visit) -> Iterator[None]:
    """Let there be no room in the block: no memory, or no disk for a value of this session."""
    if isinstance(backend, Redis):
        backend.limit("1")
        yield
        backend.limit("0")
    else:
        visit.press("Fill")
        yield
        visit.press("Empty")


def test_a_wrong_password(start: Start, backend: Backend) -> None:
    """The app works, the log says what to do and no password; all arrives when it is right."""
    server = start.app(backend.refused_url)
    with soon():
        visit = start.visit(server)
    visit.press("Add", 2)
    visit.press("Look")
    visit.shows("Unsaved: count, level, name.")
    assert "password" in server.log
    assert WRONG not in server.log
    with accepting(backend):
        wait_until(lambda: "Unsaved: nothing." in visit.looked())
    arrives(backend, count=2)


@pytest.mark.parametrize("fault", ["dropped", "answer lost", "slow", "silent"])
def test_a_bad_network(start: Start, backend: Backend, fault: str) -> None:
    """Nothing is lost, nothing counts twice, and the page does not wait for the network."""
    with proxy(backend.port) as between:
        server = start.app(backend.url.replace(str(backend.port), str(between.port)))
        visit = start.visit(server)
        visit.press("Add")
        arrives(backend, count=1)
        between.delay = 0.3 if fault == "slow" else 0.0
        for number in range(2, 6):
            if fault == "dropped":
                between.drop()
            between.swallow_answer = fault == "answer lost"
            between.lossy = fault == "silent"
            with soon():
                visit.press("Add")
            visit.shows(f"Count {number}")
            visit.press("Like")
        between.delay, between.swallow_answer, between.lossy = 0.0, False, False
        arrives(backend, count=5, total=4)
        visit.comes_to_show("Unsaved: nothing.")
        with soon():
            visit.reload()
        visit.shows("Count 5, total 4")


@pytest.mark.parametrize("asgi", [False, True], ids=["streamlit run", "uvicorn"])
@pytest.mark.parametrize("comes_back", [True, False], ids=["comes back", "stays away"])
def test_a_server_that_ends_drains(
    start: Start, backend: Backend, asgi: bool, comes_back: bool
) -> None:
    """It waits for the store to come back, for a stated time, and says what is lost then."""
    server = start.app(backend.url, asgi=asgi)
    visit, closed = start.visit(server), start.visit(server)
    visit.press("Like")
    arrives(backend, total=1)
    backend.stop()
    try:
        visit.press("Like", 2)
        closed.press("Like", 3)
        closed.page.close()
        visit.press("Look")
        visit.shows("Unsaved: total.")
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        if not comes_back:
            server.process.wait(DRAIN_SECONDS + PATIENCE)
            note("ended after", time.monotonic() - began)
            assert "have changed is lost" in server.log
            return
        wait_until(lambda: not listens(server.port))
        assert server.process.poll() is None
    finally:
        backend.start()
    server.process.wait(DRAIN_SECONDS + PATIENCE)
    assert stored(backend.url)["total"] == [6]
    assert "lost" not in server.log


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
