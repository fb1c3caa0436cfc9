"""What sessions before have declared is asked for with the first declaration."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pytest

from streamlit_persistent_state._process import Process, running_in
from streamlit_persistent_state._record import MISSING
from streamlit_persistent_state._sync.habits import Habit
from streamlit_persistent_state._sync.keeper import Keeper
from streamlit_persistent_state._sync.ledger import Terms
from streamlit_persistent_state.stores import MemoryStore, Record

TERMS = Terms(10**6)


class Clock(Process):
    """A process whose clock is set."""

    at = 1000.0

    def monotonic(self) -> float:
        return self.at


class Counting(MemoryStore):
    """A store that remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[set[str]] = []

    def load(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        self.asked.append(set(keys))
        return super().load(owner, keys)


class Session:
    """One that declares keys, one after the other."""

    def __init__(self, store: MemoryStore, habit: Habit) -> None:
        self.state: dict[str, object] = {}
        self.keeper = Keeper(store, "o", lambda: dict(self.state), TERMS)
        self.keeper.habit = habit

    def declare(self, *keys: str) -> Session:
        for key in keys:
            self.keeper.declare(key, MISSING)
            self.keeper.restore([key])
            value = self.keeper.incoming(key, self.state.get(key, MISSING))
            if value is not MISSING:
                self.state[key] = value
            self.keeper.taken(key, value)
        return self

    def edit(self, key: str, value: object) -> Session:
        self.keeper.end_of_start()
        self.state[key] = value
        assert self.keeper.save()
        return self


@pytest.fixture
def clock() -> Iterator[Clock]:
    found = Clock()
    with running_in(found):
        yield found


@pytest.fixture
def store(clock: Clock) -> Counting:
    return Counting()


@pytest.fixture
def habit(store: Counting) -> Habit:
    """What a session has left that has declared and kept three keys."""
    found = Habit()
    session = Session(store, found).declare("a", "b", "c")
    for key in "abc":
        session.edit(key, f"{key} is kept")
    store.asked.clear()
    return found


def asked(store: Counting) -> list[set[str]]:
    return [keys & {"a", "b", "c", "large", "d"} for keys in store.asked]


def test_one_question_brings_all(store: Counting, habit: Habit) -> None:
    """And each declaration takes its own."""
    session = Session(store, habit).declare("b", "c", "a")
    assert session.state == {key: f"{key} is kept" for key in "abc"}
    assert all(session.keeper.entries[key].restored for key in "abc")
    assert asked(store) == [{"a", "b", "c"}]


def test_a_key_that_is_new_is_asked_for(store: Counting, habit: Habit) -> None:
    """The next session knows it."""
    Session(store, habit).declare("a", "d", "b")
    assert [keys >= {"d"} for keys in asked(store)] == [False, True]
    store.asked.clear()
    Session(store, habit).declare("a", "d")
    assert asked(store) == [{"a", "b", "c", "d"}]


def test_a_large_value_waits_for_its_declaration(store: Counting, habit: Habit) -> None:
    Session(store, habit).declare("large").edit("large", "x" * 100_000)
    Session(store, habit).declare("large")
    store.asked.clear()
    session = Session(store, habit).declare("a", "large")
    assert asked(store) == [{"a", "b", "c"}, {"large"} | {"b", "c"}]
    assert session.state["large"] == "x" * 100_000


def test_what_was_loaded_long_ago_is_asked_for_again(
    store: Counting, habit: Habit, clock: Clock
) -> None:
    """A script may take its time between two declarations."""
    session = Session(store, habit).declare("a")
    Session(MemoryStore(store._owners, store._lock), Habit()).declare("b").edit(
        "b", "changed meanwhile"
    )
    clock.at += 1.0
    assert session.declare("b").state["b"] == "changed meanwhile"


@pytest.mark.parametrize("does", ["edits", "forgets"])
def test_what_others_do_in_the_same_moment_is_seen(
    store: Counting, habit: Habit, does: str
) -> None:
    """Those of this process."""
    session, other = Session(store, habit).declare("a"), Session(store, habit).declare("b")
    if does == "edits":
        other.edit("b", "edited")
    else:
        other.keeper.forget(["b"])
    assert session.declare("b").state.get("b") == ("edited" if does == "edits" else None)


def test_a_script_that_makes_keys_without_end() -> None:
    """Some are remembered, and what is asked for ahead is bounded."""
    habit = Habit()
    habit.learn({f"k{number}": None for number in range(5000)})
    assert len(habit.besides([])) == 1000
    habit.learn({f"k{number}": Record(b"x" * 60_000, 1, 1, 1.0) for number in range(1000)})
    assert len(habit.besides([])) == 2**20 // 60_000
