"""What a session does about others of its owner, before it takes what is stored."""

from __future__ import annotations

import threading
import time
from typing import Any

from streamlit_persistent_state._sync.keeper import Keeper
from streamlit_persistent_state._sync.ledger import Terms
from streamlit_persistent_state.stores import MemoryStore
from tests.support.waiting import wait_until

TERMS = Terms(1000)


class Sibling:
    """A session with one key, whose state cannot be read while it is held up."""

    def __init__(self, store: MemoryStore) -> None:
        self.state: dict[str, Any] = {}
        self.may_be_read = threading.Event()
        self.may_be_read.set()
        self.looks = 0
        self.keeper = Keeper(store, "o", self._snapshot, TERMS)

    def _snapshot(self) -> dict[str, Any]:
        self.looks += 1
        self.may_be_read.wait(30)
        return dict(self.state)

    def begin(self) -> Any:
        self.keeper.declare("k", 0)
        self.keeper.restore(["k"])
        self.state["k"] = self.keeper.incoming("k", self.state.get("k", 0))
        self.keeper.taken("k", self.state["k"])
        return self.state["k"]


def test_what_a_sibling_has_just_changed_is_restored() -> None:
    """Although nobody has saved it yet."""
    store = MemoryStore()
    one, other = Sibling(store), Sibling(store)
    one.begin()
    one.state["k"] = 7
    assert other.begin() == 7


def test_siblings_that_are_held_up_are_not_waited_for() -> None:
    """All together cost a tenth of a second, and one thread each, however many pages load."""
    store = MemoryStore()
    held_up = [Sibling(store) for _ in range(6)]
    for one in held_up:
        one.begin()
        one.looks = 0
        one.may_be_read.clear()
    before = time.monotonic()
    pages = [Sibling(store) for _ in range(3)]
    for page in pages:
        assert page.begin() == 0
    assert time.monotonic() - before < 0.9
    assert all(one.looks == 1 for one in held_up)
    for one in held_up:
        one.may_be_read.set()
    wait_until(lambda: all(one.keeper.saving.is_idle for one in held_up))


def test_a_sibling_that_is_about_to_change_something_is_asked_again() -> None:
    """Its callback is over within that time, and what it has changed is there."""
    store = MemoryStore()
    one, other = Sibling(store), Sibling(store)
    one.begin()
    asked = 0

    def is_busy() -> bool:
        nonlocal asked
        asked += 1
        one.state["k"] = asked
        return asked < 3

    one.keeper.is_busy = is_busy
    assert other.begin() == 2


def test_one_that_stays_busy_is_given_up() -> None:
    """The page shows what is stored."""
    store = MemoryStore()
    one, other = Sibling(store), Sibling(store)
    one.begin()
    one.keeper.is_busy = lambda: True
    before = time.monotonic()
    assert other.begin() == 0
    assert time.monotonic() - before < 0.9
