"""How one session's values and a store are kept in step, also against other sessions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import pytest

from streamlit_persistent_state._entry import MISSING, Merge, last_writer
from streamlit_persistent_state._keeper import Keeper
from streamlit_persistent_state.errors import NotStorable, StoreUnavailable, ValueTooLarge
from streamlit_persistent_state.stores import MemoryStore, Record, SQLiteStore, Store, Write

LIMIT = 10_000


def add_up(base: Any, mine: Any, theirs: Any) -> Any:
    return theirs + mine - (0 if base is MISSING else base)


class Session:
    """A session of an app, reduced to a dict and the script's part in keeping it."""

    def __init__(self, store: Store, owner: str = "o") -> None:
        self.state: dict[str, Any] = {}
        self.keeper = Keeper(store, owner, lambda: dict(self.state), max_value_bytes=LIMIT)

    def run(self, key: str, default: object = MISSING, merge: Merge = last_writer) -> Session:
        """Do what the start of a script run does for `key`."""
        self.keeper.adopt()
        if key not in self.keeper.entries:
            self.keeper.declare(key, default, merge)
            self.keeper.restore([key])
        value = self.keeper.incoming(key, self.state.get(key, MISSING))
        if value is not MISSING:
            self.state[key] = value
        self.keeper.taken(key, value)
        return self

    def set(self, key: str, value: object) -> Session:
        self.state[key] = value
        return self

    def save(self) -> Session:
        assert self.keeper.save()
        return self


class Faulty(MemoryStore):
    """A store that can be switched off."""

    down = False
    loads = 0

    def load(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        self.loads += 1
        self.check()
        return super().load(owner, keys)

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        self.check()
        return super().commit(owner, writes, max_bytes=max_bytes)

    def check(self) -> None:
        if self.down:
            raise StoreUnavailable("it is down")


@pytest.fixture
def store() -> Faulty:
    return Faulty()


@pytest.mark.parametrize("value", [0, "", False, None, [], {}, 1.5, "text", [1, {"a": (2,)}]])
def test_a_value_is_there_in_the_next_session(store: Store, value: object) -> None:
    """What one session has saved, another restores; a falsy value counts as one."""
    Session(store).run("k").set("k", value).save()
    restored = Session(store).run("k", default="default")
    assert restored.state["k"] == value
    assert type(restored.state["k"]) is type(value)
    assert restored.keeper.entries["k"].restored


def test_a_default_is_taken_where_nothing_is_stored(store: Store) -> None:
    """It is a copy of its own: changing it in place does not change the default."""
    default: list[int] = []
    session = Session(store).run("k", default=default)
    session.state["k"].append(1)
    assert default == []
    assert not session.keeper.entries["k"].restored


def test_a_restored_value_beats_what_the_script_starts_with(store: Store) -> None:
    """``if "k" not in st.session_state`` above the first call does not lose what was kept."""
    Session(store).run("k").set("k", 5).save()
    assert Session(store).set("k", 0).run("k").state["k"] == 5


def test_a_change_in_place_is_saved(store: Store) -> None:
    """The same list with one more item is a change."""
    session = Session(store).run("k", default=[1]).save()
    session.state["k"].append(2)
    session.save()
    assert Session(store).run("k").state["k"] == [1, 2]


def test_a_key_that_is_gone_stays_in_the_store(store: Store) -> None:
    """Streamlit cleans up after widgets that are not shown: no reason to forget them."""
    session = Session(store).run("k").set("k", 5).save()
    del session.state["k"]
    session.save()
    assert Session(store).run("k").state["k"] == 5


def test_an_unchanged_run_asks_the_store_nothing(store: Faulty) -> None:
    """Neither to load nor to save."""
    session = Session(store).run("k").set("k", 5).save()
    before = store.loads
    store.down = True
    session.run("k").save().run("k").save()
    assert store.loads == before


def test_many_keys_are_loaded_in_one_round_trip(store: Faulty) -> None:
    """However many keys a script names, the store is asked once."""
    session = Session(store)
    keys = [f"k{number}" for number in range(100)]
    for key in keys:
        session.keeper.declare(key, MISSING)
    session.keeper.restore(keys)
    assert store.loads == 1


def test_another_session_sees_a_change_with_its_next_run(store: Faulty) -> None:
    """In one process that takes no question to the store."""
    first, second = Session(store).run("k", 0), Session(store).run("k", 0)
    first.set("k", 7).save()
    before = store.loads
    assert second.run("k").state["k"] == 7
    assert store.loads == before


def test_the_last_writer_wins_and_nobody_else_is_lost(store: Store) -> None:
    """Two sessions change one key; a third key of either is untouched."""
    first = Session(store).run("k", 0).run("mine", 0)
    second = Session(store).run("k", 0).run("other", 0)
    first.set("k", 1).set("mine", 1).save()
    second.set("k", 2).set("other", 2).save()
    third = Session(store).run("k").run("mine").run("other")
    assert third.state == {"k": 2, "mine": 1, "other": 2}
    assert first.run("k").state["k"] == 2


def test_merged_values_add_up(store: Store) -> None:
    """Both sessions start from 10 and add to it."""
    Session(store).run("k").set("k", 10).save()
    first, second = (Session(store).run("k", merge=add_up) for _ in range(2))
    first.set("k", 13).save()
    second.set("k", 14).save()
    assert Session(store).run("k").state["k"] == 17
    assert first.run("k").state["k"] == second.run("k").state["k"] == 17


def test_edits_before_the_merge_is_taken_count_on_top(store: Store) -> None:
    """What the user does between the commit and the next run is not overwritten by its result."""
    first, second = (Session(store).run("k", 0, add_up) for _ in range(2))
    first.set("k", 3).save()
    second.set("k", 4).save()
    second.set("k", 5)
    assert second.run("k").state["k"] == 8
    second.save()
    assert Session(store).run("k").state["k"] == 8


def test_what_was_forgotten_does_not_come_back(store: Store) -> None:
    """Another session still holds the value, and even saves a change made to it."""
    first, second = Session(store).run("k", 0), Session(store).run("k", 0)
    first.set("k", 5).save()
    second.run("k")
    first.keeper.forget(["k"])
    second.set("k", 6).save()
    assert Session(store).run("k", "gone").state["k"] == "gone"
    assert second.run("k").state["k"] == 0


def test_a_store_that_is_down_takes_nothing_down(
    store: Faulty, caplog: pytest.LogCaptureFixture
) -> None:
    """The session goes on, says what is pending, warns once, and saves when the store is back."""
    store.down = True
    session = Session(store).run("k", 0).set("k", 1)
    assert not session.keeper.save()
    assert not session.set("k", 2).keeper.save()
    assert session.keeper.pending == ("k",)
    assert len(caplog.records) == 1
    store.down = False
    assert session.save().keeper.pending == ()
    assert session.keeper.saved_at is not None
    assert Session(store).run("k").state["k"] == 2


def test_what_cannot_be_stored_stops_no_other_key(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """The key and the type are named; the stored record stays as it was."""
    session = Session(store).run("good", 0).run("bad", 0).set("bad", 1).save()
    session.set("bad", object()).set("good", 5).save()
    problem = session.keeper.entries["bad"].problem
    assert isinstance(problem, NotStorable)
    assert "object" in str(problem)
    assert [r.levelname for r in caplog.records] == ["ERROR"]
    assert Session(store).run("good").run("bad").state == {"good": 5, "bad": 1}
    session.set("bad", 2).save()
    assert session.keeper.entries["bad"].problem is None
    assert Session(store).run("bad").state["bad"] == 2


def test_a_default_that_cannot_be_stored_is_named(store: Store) -> None:
    """At once, where it is declared."""
    with pytest.raises(NotStorable, match="the default of key 'k'"):
        Session(store).run("k", default=object())


def test_a_value_that_is_too_large_is_refused(store: Store) -> None:
    """The message names the key, the size and the limit."""
    session = Session(store).run("k").set("k", "x" * LIMIT)
    session.save()
    problem = session.keeper.entries["k"].problem
    assert isinstance(problem, ValueTooLarge)
    assert str(problem) == (
        f"key 'k': the value takes {LIMIT + 2} bytes, more than max_value_bytes={LIMIT}"
    )


def test_a_damaged_record_gives_the_default(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and kept: in its place until the value changes, and then beside it."""
    store.commit("o", [Write("k", b"{", 1)])
    session = Session(store).run("k", "default").save()
    assert session.state["k"] == "default"
    assert "'k'" in caplog.text
    damaged = store.load("o", ["k"])["k"]
    assert damaged.payload == b"{"
    session.set("k", "new").save().set("k", "newer").save()
    assert {key: record.payload for _, key, record in store.records()} == {
        "k": b'"newer"',
        f"k (unreadable, revision {damaged.revision})": b"{",
    }


class Meanwhile(MemoryStore):
    """A store in which something happens between a commit and its answer."""

    happens: Callable[[], object] | None = None

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        written = super().commit(owner, writes, max_bytes=max_bytes)
        happens, self.happens = self.happens, None
        if happens is not None:
            happens()
        return written


def test_what_follows_on_a_commit_under_way_is_not_added_twice() -> None:
    """Another session adds to our commit, and our script runs, before we hear that it is done."""
    store = Meanwhile()
    first, second = (Session(store).run("k", 0, add_up) for _ in range(2))

    def happens() -> None:
        second.set("k", 20).save()
        first.run("k")

    store.happens = happens
    first.set("k", 3).save()
    assert first.run("k").save().state["k"] == 23
    assert Session(store).run("k").state["k"] == 23


def test_a_look_at_older_state_changes_nothing(store: Store) -> None:
    """The script goes on while the saver, which has read session state, has yet to compare it."""
    session = Session(store).run("k", 0)
    read = session.keeper._snapshot

    def overtaken() -> Any:
        values = read()
        session.keeper._snapshot = read
        session.set("k", 2).run("k")
        return values

    session.set("k", 1)
    session.keeper._snapshot = overtaken
    session.save()
    assert store.load("o", ["k"])["k"].payload == b"2"


def test_a_look_while_a_value_is_taken_changes_nothing(store: Store) -> None:
    """Session state holds what came in, and the keeper has not been told yet."""
    first, second = (Session(store).run("k", 0, add_up) for _ in range(2))
    first.set("k", 5).save()
    second.keeper.adopt()
    second.set("k", second.keeper.incoming("k", 0)).save()
    second.keeper.taken("k", 5)
    second.save()
    assert Session(store).run("k").state["k"] == 5


@pytest.fixture(params=["memory", "sqlite"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Return what opens the store: once for all, or anew as another process does."""
    if request.param == "memory":
        store = MemoryStore()
        return lambda: store
    return lambda: SQLiteStore(tmp_path / "s.db")


def test_concurrent_sessions_lose_no_increment(shared: Callable[[], Store]) -> None:
    """Sessions that add at once, each saved by a thread of its own, add up exactly."""
    one = shared()
    sessions = [Session(one).run("k", 0, add_up) for _ in range(3)]
    sessions.append(Session(shared()).run("k", 0, add_up))
    rounds, working = 150, threading.Event()
    working.set()

    def script(session: Session) -> None:
        for _ in range(rounds):
            session.run("k", 0, add_up)
            session.state["k"] += 1

    def saver(session: Session) -> None:
        while working.is_set():
            session.keeper.save()
        session.save()

    scripts = [threading.Thread(target=script, args=(s,)) for s in sessions]
    savers = [threading.Thread(target=saver, args=(s,)) for s in sessions]
    for thread in (*scripts, *savers):
        thread.start()
    for thread in scripts:
        thread.join()
    working.clear()
    for thread in savers:
        thread.join()
    assert Session(shared()).run("k").state["k"] == rounds * len(sessions)
