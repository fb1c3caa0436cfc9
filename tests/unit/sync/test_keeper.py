"""How one session's values and a store are kept in step, also against other sessions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import pytest

from streamlit_persistent_state._codec.envelope import SCHEMA, Envelope, encode, pack
from streamlit_persistent_state._record import MISSING
from streamlit_persistent_state._sync import breaker
from streamlit_persistent_state._sync.entry import Merge, additions, last_writer
from streamlit_persistent_state._sync.keeper import Keeper
from streamlit_persistent_state._sync.ledger import Terms
from streamlit_persistent_state.errors import NotStorable, StoreUnavailable, ValueTooLarge
from streamlit_persistent_state.stores import MemoryStore, Record, SQLiteStore, Store, Write

LIMIT = 10_000
TERMS = Terms(LIMIT)


def add_up(base: Any, mine: Any, theirs: Any) -> Any:
    return theirs + mine - (0 if base is MISSING else base)


class Session:
    """A session of an app, reduced to a dict and the script's part in keeping it."""

    def __init__(self, store: Store, terms: Terms = TERMS) -> None:
        self.state: dict[str, Any] = {}
        self.keeper = Keeper(store, "o", lambda: dict(self.state), terms)

    def run(self, key: str, default: object = MISSING, merge: Merge = additions) -> Session:
        """Do what the start of a script run does for `key`."""
        self.begin()
        if key not in self.keeper.entries:
            self.keeper.declare(key, default, merge)
            self.keeper.restore([key])
        value = self.keeper.incoming(key, self.state.get(key, MISSING))
        if value is not MISSING:
            self.state[key] = value
        self.keeper.taken(key, value)
        return self

    def begin(self) -> None:
        self.keeper.adopt()
        self.keeper.offer()

    def add(self, key: str, by: int = 1) -> Session:
        """Do what `increment` does."""
        with self.keeper.adding(key, by):
            self.state[key] = self.state.get(key, 0) + by
        return self

    def set(self, key: str, value: object) -> Session:
        self.state[key] = value
        return self

    def save(self) -> Session:
        assert self.keeper.save()
        return self


class Faulty(MemoryStore):
    """A store that can be switched off or be full, or whose answers can be lost."""

    down = False
    full = False
    mute = False
    blind = False
    loads = 0

    def another(self) -> MemoryStore:
        """Return what another process sees of the same records."""
        return MemoryStore(self._owners, self._lock)

    def load(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        self.loads += 1
        self.check()
        if self.blind:
            raise StoreUnavailable("it cannot be read")
        return super().load(owner, keys)

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        self.check()
        if self.full:
            raise StoreUnavailable("it is full")
        written = super().commit(owner, writes, max_bytes=max_bytes)
        if self.mute:
            raise StoreUnavailable("nobody has heard its answer")
        return written

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


@pytest.mark.parametrize("way", ["merged", "increment"])
def test_an_edit_that_meets_the_merged_value_counts(store: Store, way: str) -> None:
    """What a session adds gives by chance just what it has yet to take from another."""
    merge = add_up if way == "merged" else additions
    first, second = (Session(store).run("k", 0, merge) for _ in range(2))
    for _ in range(2):
        for session in (first, second):
            if way == "merged":
                session.state["k"] += 1
            else:
                session.add("k")
            session.save()
    assert Session(store).run("k").state["k"] == 4
    assert first.run("k").state["k"] == second.run("k").state["k"] == 4


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
    assert session.keeper.trouble == "it is down"
    assert len(caplog.records) == 1
    store.down = False
    assert session.keeper.save(insist=True)
    assert not session.keeper.pending
    assert session.keeper.trouble is None
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


def test_a_default_that_cannot_be_stored_is_named(store: MemoryStore) -> None:
    """At once; session state has it all the same, and nothing is stored."""
    live = object()
    session = Session(store).run("k", default=live).save()
    assert session.state["k"] is live
    assert isinstance(session.keeper.problems()["k"], NotStorable)
    assert not store.load("o", ["k"])
    session.set("k", 1).save()
    assert not session.keeper.problems()
    assert Session(store).run("k", default=object()).state["k"] == 1


class Broken:
    """Raises whatever is done to it."""

    def __init__(self, error: type[Exception]) -> None:
        self.error = error

    def model_dump(self, mode: str) -> object:
        raise self.error("broken")

    @classmethod
    def model_validate(cls, found: object) -> Broken:
        return cls(ValueError)

    def __eq__(self, other: object) -> bool:
        raise self.error("not comparable")

    def __repr__(self) -> str:
        raise self.error("no words")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    "error", [TypeError, ValueError, RuntimeError, RecursionError, MemoryError]
)
def test_whatever_a_value_raises_refuses_that_value_alone(
    store: Store, error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    """Deep inside or as a whole: the other keys are saved, and one line is logged."""
    session = Session(store).run("good", 0).run("bad", Broken(error)).run("deep").save()
    for number in (1, 2, 3):
        session.set("good", number).set("bad", Broken(error)).set("deep", [{"x": Broken(error)}])
        session.save()
    assert session.keeper.problems().keys() == {"bad", "deep"}
    assert "at [0]['x']" in str(session.keeper.problems()["deep"])
    assert sum("'bad'" in line for line in caplog.messages) == 1
    assert Session(store).run("good").state["good"] == 3
    session.set("bad", None).set("deep", None).save()
    assert not session.keeper.problems()


def test_a_refused_value_that_gives_way_to_the_one_before_it_is_mended(store: Store) -> None:
    """Also where that is what the store holds already."""
    session = Session(store).run("k").set("k", [1]).save()
    for kept in ([1], "x"):
        session.set("k", kept).save()
        session.set("k", object()).save()
        assert session.keeper.problems()
        session.set("k", kept).save()
        assert not session.keeper.problems()


def test_a_value_that_is_too_large_is_refused(store: Store) -> None:
    """The message names the key, the size and the limit."""
    session = Session(store).run("k").set("k", "x" * LIMIT)
    session.save()
    problem = session.keeper.entries["k"].problem
    assert isinstance(problem, ValueTooLarge)
    assert str(problem) == (
        f"key 'k': the value takes {LIMIT + 2} bytes, more than max_value_bytes={LIMIT}. "
        "Keep less of it, or allow more with configure(max_value_bytes=...)."
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
    assert session.keeper.quarantined(["k"]) == {"k": [b"{"]}
    assert Session(store).run("k").state["k"] == "newer"


def test_a_store_that_fails_is_left_in_peace_for_a_moment(store: Faulty) -> None:
    """Each question may cost its whole time-out, and there may be very many sessions."""
    store.down = True
    others = [Session(store).run("k", 0).set("k", 1) for _ in range(5)]
    asked = store.loads
    assert not any(other.keeper.save() for other in others)
    for other in others:
        other.begin()
    assert store.loads == asked


def test_what_could_not_be_loaded_is_there_once_the_store_is(
    store: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the next run, for what the user has not changed meanwhile."""
    monkeypatch.setattr(breaker, "_FIRST_PAUSE", 0.0)
    store.commit("o", [Write("a", b"5", 1), Write("b", b"5", 1)])
    store.down = True
    session = Session(store).run("a", 0).run("b", 0).set("a", 6)
    session.keeper.save()
    session.keeper.is_page_load = False
    session.set("b", 7)
    store.down = False
    session.run("a", 0).run("b", 0).save()
    assert session.state == {"a": 5, "b": 7}
    assert Session(store).run("a").run("b").state == {"a": 5, "b": 7}


def test_what_a_session_starts_with_overwrites_nothing(
    store: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The empty text of a widget, say, that began while the store was down; an edit does."""
    monkeypatch.setattr(breaker, "_FIRST_PAUSE", 0.0)
    store.commit("o", [Write("a", b'"Ada"', 1), Write("b", b'"Bob"', 1)])
    store.down = True
    session = Session(store).run("a").run("b").set("a", "").set("b", "")
    assert not session.keeper.save()
    session.keeper.runs += 1
    session.keeper.is_page_load = False
    session.run("a").run("b").set("b", "Bea")
    assert not session.keeper.save()
    store.down = False
    session.save()
    assert session.run("a").run("b").state == {"a": "Ada", "b": "Bea"}
    assert Session(store).run("a").run("b").state == {"a": "Ada", "b": "Bea"}


def test_what_this_process_knows_is_restored_without_the_store(store: Faulty) -> None:
    """A new tab shows what another one has, although nothing can be loaded."""
    first = Session(store).run("k", 0).set("k", 5).save()
    store.down = True
    assert Session(store).run("k", 0).state["k"] == first.state["k"]


def test_every_lost_answer_is_remembered(store: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that was paused does an earlier write after later ones have failed."""
    monkeypatch.setattr(breaker, "_FIRST_PAUSE", 0.0)
    session = Session(store).run("k", [], lists)
    store.mute = True
    assert not session.set("k", ["a"]).keeper.save()
    store.mute, store.down = False, True
    assert not session.set("k", ["a", "b"]).keeper.save()
    store.down = False
    session.save()
    assert Session(store).run("k").state["k"] == ["a", "b"]


def test_a_store_that_takes_nothing_is_still_read(store: Faulty) -> None:
    """One that is full, say."""
    Session(store).run("k").set("k", 5).save()
    store.full = True
    assert not Session(store).run("other").set("other", 1).keeper.save()
    assert Session(store).run("k").state["k"] == 5


def test_after_a_pause_one_asks(store: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others do not wait for the store to time out as well."""
    monkeypatch.setattr(breaker, "_FIRST_PAUSE", 1e-9)
    asking, answered = threading.Event(), threading.Event()
    sessions = [Session(store).run("k", 0) for _ in range(2)]
    store.down = True
    sessions[0].keeper.refresh()
    asked = store.loads

    def wait() -> None:
        asking.set()
        assert answered.wait(10)

    monkeypatch.setattr(store, "check", wait)
    prober = threading.Thread(target=sessions[0].keeper.refresh)
    prober.start()
    assert asking.wait(10)
    sessions[1].keeper.refresh()
    assert store.loads == asked + 1
    answered.set()
    prober.join()
    sessions[1].keeper.refresh()
    assert store.loads == asked + 2


def test_values_of_an_owner_have_a_limit_together(store: Store) -> None:
    """What fits is saved; what does not is named, with the size and the limit."""
    session = Session(store, Terms(LIMIT, max_owner_bytes=100))
    session.run("small", 0).run("large").set("small", 5).set("large", "x" * 100).save()
    (problem,) = session.save().keeper.problems().values()
    assert isinstance(problem, ValueTooLarge)
    assert str(problem) == (
        "key 'large': with this value all values together take 195 bytes, more than "
        "max_owner_bytes=100. Keep less, or allow more with configure(max_owner_bytes=...)."
    )
    assert Session(store).run("small").run("large").state == {"small": 5}
    session.set("large", "x").save()
    assert Session(store).run("large").state["large"] == "x"


def test_a_value_that_does_not_pass_its_check_is_left_aside(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    """The default is used, the log names the key, the record stays; a check that fails counts."""
    store.commit("o", [Write("k", b"500", 1), Write("text", b'"x"', 1)])
    session = Session(store)
    session.keeper.declare("k", 30, check=lambda value: 0 <= value <= 100)
    session.keeper.declare("text", 30, check=lambda value: 0 <= value <= 100)
    session.keeper.restore(["k", "text"])
    session.run("k").run("text").save()
    assert session.state == {"k": 30, "text": 30}
    assert "'k' is quarantined: it does not pass its check" in caplog.text
    assert "'text' is quarantined: its check raised TypeError" in caplog.text
    assert store.load("o", ["k"])["k"].payload == b"500"


def test_increments_of_several_sessions_add_up(store: Store) -> None:
    """Whoever saves first, and with more increments before the sum is taken."""
    Session(store).run("k").set("k", 10).save()
    first, second = (Session(store).run("k") for _ in range(2))
    first.add("k").add("k", 2).save()
    second.add("k", 5).save()
    second.add("k").run("k").save()
    assert second.state["k"] == 19
    assert first.run("k").state["k"] == 19
    assert Session(store).run("k").state["k"] == 19
    assert first.keeper.entries["k"].conflict is MISSING


def test_equal_increments_add_up(store: Store) -> None:
    """Two sessions that come to the same number, each from the same start, have counted twice."""
    first, second = (Session(store).run("k", 0) for _ in range(2))
    for count in (2, 4):
        first.add("k").save()
        second.keeper.adopt()
        second.add("k").run("k").save()
        assert second.state["k"] == count
        assert first.run("k").state["k"] == count


def test_increments_count_from_the_default(store: Store) -> None:
    """Of two first sessions, neither counts the start of the other."""
    first, second = (Session(store).run("k", 100) for _ in range(2))
    first.add("k").save()
    second.add("k").save()
    assert Session(store).run("k", 100).state["k"] == 102


def test_an_increment_and_an_assignment(store: Store) -> None:
    """An assignment after it wins; one that undoes it leaves nothing to save."""
    first, second = (Session(store).run("k", 0) for _ in range(2))
    first.add("k").save()
    second.add("k").set("k", 50).save()
    assert Session(store).run("k").state["k"] == 50
    assert second.keeper.entries["k"].conflict == 1
    second.add("k").set("k", 50).save()
    second.add("k").save()
    assert Session(store).run("k").state["k"] == 51


def test_an_increment_on_top_of_another_kind_of_value(store: Store) -> None:
    """A text that became a number, or nothing at all, is no sum: the last writer wins."""
    Session(store).run("k").set("k", "text").save()
    first, second = (Session(store).run("k").run("new") for _ in range(2))
    for session, number in ((first, 5), (second, 7)):
        session.set("k", number).add("k").add("new", number)
    first.save()
    second.save()
    assert Session(store).run("k").run("new").state == {"k": 8, "new": 12}


def test_a_merged_value_that_cannot_be_stored(store: Store) -> None:
    """The other session's value stays; this one is told why."""
    first, second = (Session(store).run("k", 0, lambda *_: "x" * LIMIT) for _ in range(2))
    first.set("k", 1).save()
    second.set("k", 2).save()
    assert isinstance(second.keeper.problems()["k"], ValueTooLarge)
    assert not second.keeper.pending
    assert Session(store).run("k").state["k"] == 1


def test_a_lost_answer_counts_nothing_twice(store: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store has done what it could not say; others may have added since."""
    monkeypatch.setattr(breaker, "_FIRST_PAUSE", 0.0)
    for interfering in (False, True):
        for go_on in (False, True):
            key = f"k{interfering}{go_on}"
            one = Session(store).run(key, 0).run(f"list{key}", [], lists)
            other = Session(store).run(key, 0).run(f"list{key}", [], lists)
            store.mute = True
            one.add(key, 5).set(f"list{key}", ["a"])
            assert not one.keeper.save()
            store.mute = False
            if interfering:
                other.keeper.refresh()
                other.run(key).add(key, 2).save()
            if go_on:
                one.add(key, 1)
            one.save()
            again = Session(store).run(key).run(f"list{key}")
            assert again.state[key] == 5 + 2 * interfering + go_on
            assert again.state[f"list{key}"] == ["a"]


def lists(base: Any, mine: Any, theirs: Any) -> Any:
    return [*theirs, *mine]


def test_a_reset_beats_what_was_changed_before_it(store: Store) -> None:
    """Also where the key has been used again since, by increments or by a plain value."""
    for again in (None, 1, "text"):
        key = f"k{again}"
        first, second = (Session(store).run(key, 0) for _ in range(2))
        first.add(key, 5).save()
        second.run(key).add(key, 7)
        second.keeper._look()
        first.keeper.clear(key)
        first.set(key, 0).save()
        if again is not None:
            first.set(key, again).save()
        second.save()
        assert Session(store).run(key, 0).state[key] == (again or 0)
        assert second.run(key).state[key] == (again or 0)
        if again == 1:
            second.add(key).save()
            assert Session(store).run(key).state[key] == 2


def test_looking_around_finds_what_others_have_not_saved_yet(store: Faulty) -> None:
    """It is news until the script has run, whether or not that has taken it."""
    first, second = (Session(store).run("k", 0).save() for _ in range(2))
    assert not second.keeper.look_around()
    first.set("k", 1)
    assert second.keeper.look_around()
    assert second.keeper.look_around()
    assert second.run("k").state["k"] == 1
    assert not second.keeper.look_around()
    first.set("k", 2)
    assert second.keeper.look_around()
    second.begin()
    assert not second.keeper.look_around()
    assert not second.keeper.is_behind()
    assert second.run("k").state["k"] == 2


def test_looking_around_finds_what_other_processes_have_saved(store: Faulty) -> None:
    """Being behind alone changes nothing."""
    session = Session(store).run("k", 0).set("k", 1).save()
    assert not session.keeper.is_behind()
    held = store.load("o", ["k"])["k"]
    store.commit("o", [Write("k", b"5", 1, held.revision)])
    assert session.keeper.is_behind()
    assert session.state["k"] == 1
    assert session.keeper.look_around()
    assert session.run("k").state["k"] == 5
    assert not session.keeper.is_behind()


def test_what_a_commit_has_brought_is_news(shared: Callable[[], Store]) -> None:
    """The revision is known by then, and the script has yet to see the value."""
    one, other = (Session(shared()).run("k", 0) for _ in range(2))
    one.add("k").save()
    other.add("k").save()
    assert other.keeper.is_behind()
    assert other.keeper.look_around()
    assert other.run("k").state["k"] == 2
    assert not other.keeper.is_behind()


def test_looking_around_a_store_that_is_down(
    store: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no news, and nobody asks again at once."""
    session = Session(store).run("k", 0).save()
    asked: list[str] = []

    def revisions(owner: str, keys: Collection[str]) -> dict[str, int]:
        asked.append(owner)
        raise StoreUnavailable("it is down")

    monkeypatch.setattr(store, "revisions", revisions)
    assert not session.keeper.is_behind()
    assert not session.keeper.look_around()
    assert asked == ["o"]


@pytest.mark.parametrize("default", [MISSING, 10])
@pytest.mark.parametrize("again", [None, 3])
def test_what_is_added_after_a_deletion_counts(
    shared: Callable[[], Store], default: Any, again: int | None
) -> None:
    """Also where the session has not heard of it; what was added before is gone."""
    one, other = (Session(shared()).run("k", default) for _ in range(2))
    one.add("k", 5).save()
    other.keeper.refresh()
    other.run("k").add("k", 1).save()
    deleted = other.keeper.store.delete("o", ["k"])["k"]
    start = 0 if default is MISSING else default
    if again is not None:
        envelope = Envelope(encode(start + again), deleted.revision, deleted.updated_at)
        written = pack(envelope)
        other.keeper.store.commit("o", [Write("k", written, SCHEMA, deleted.revision)])
    one.add("k", 2).save()
    assert Session(shared()).run("k", default).state["k"] == start + (again or 0) + 2
    assert one.run("k").state["k"] == start + (again or 0) + 2


def test_a_conflict_can_be_seen(store: Store) -> None:
    """With what the other session had; the same change in both is none."""
    first, second = (Session(store).run("k", 0).run("same", 0) for _ in range(2))
    first.set("k", 1).set("same", 1).save()
    second.set("k", 2).set("same", 1).save()
    assert second.keeper.entries["k"].conflict == 1
    assert second.keeper.entries["same"].conflict is MISSING
    assert first.keeper.entries["k"].conflict is MISSING


def test_two_sessions_put_the_same_record_aside(store: MemoryStore) -> None:
    """The second finds that done, and saves its own value."""
    store.commit("o", [Write("k", b"{", 1)])
    first, second = (Session(store).run("k", "default") for _ in range(2))
    first.set("k", "one").save()
    second.set("k", "two").save().set("k", "three").save()
    assert first.keeper.quarantined(["k"]) == {"k": [b"{", "one"]}
    assert Session(store).run("k").state["k"] == "three"


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
    assert Session(store).run("k").state["k"] == 2


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


@pytest.mark.parametrize("way", ["merged", "increment"])
def test_concurrent_sessions_lose_no_increment(shared: Callable[[], Store], way: str) -> None:
    """Sessions that add at once, each saved by a thread of its own, add up exactly."""
    one, merge = shared(), add_up if way == "merged" else last_writer
    sessions = [Session(one).run("k", 0, merge) for _ in range(3)]
    sessions.append(Session(shared()).run("k", 0, merge))
    rounds, working = 150, threading.Event()
    working.set()

    def script(session: Session) -> None:
        for _ in range(rounds):
            session.run("k", 0, merge)
            if way == "merged":
                session.state["k"] += 1
            else:
                session.add("k")

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


class Replaced(Faulty):
    """A store that can lose all it has, or be put back as it was."""

    def lose_all(self) -> dict[str, dict[str, Record]]:
        held, self._owners = self._owners, {}
        return held or {}

    def put_back(self, held: dict[str, dict[str, Record]]) -> None:
        self._owners = held


def test_a_store_that_has_lost_all_is_saved_to() -> None:
    """What the process remembers of it is no reason to wait for ever; nothing counts twice."""
    store = Replaced()
    session = Session(store).run("k", 0).add("k").save()
    session.add("k")
    store.lose_all()
    session.save()
    assert Session(store).run("k").state["k"] == 2


def test_a_store_that_is_put_back_is_saved_to() -> None:
    """Its records are older than those of the one that stood in for it."""
    store = Replaced()
    session = Session(store).run("k", "").set("k", "one").save()
    held = store.lose_all()
    session.set("k", "two").save()
    store.put_back(held)
    session.set("k", "three").save()
    assert Session(store).run("k").state["k"] == "three"


def test_what_is_in_quarantine_already_keeps_nobody_from_saving(store: Store) -> None:
    """Also where all places of a key are taken."""
    sessions = [Session(store).run("k", "") for _ in range(7)]
    for number, session in enumerate(sessions):
        session.set("k", "abcab"[number % 5]).save()
    assert Session(store).run("k").state["k"] == "b"


def test_another_key_edited_while_keys_are_loaded_waits_for_its_turn(store: Faulty) -> None:
    """It was not loaded either, and is not committed before that."""
    store.down = True
    session = Session(store).run("a", "").run("b", "")
    session.keeper.is_page_load = False
    session.set("a", "mine")
    store.down = False
    load = store.load

    def load_slowly(owner: str, keys: Collection[str]) -> dict[str, Record]:
        store.load = load  # type: ignore[method-assign]
        session.set("b", "mine").keeper.look_at_new(session.state, is_all=False)
        return load(owner, keys)

    store.load = load_slowly  # type: ignore[method-assign]
    session.keeper.save(insist=True)
    session.save()
    assert Session(store).run("a").run("b").state == {"a": "mine", "b": "mine"}


def test_items_added_after_a_deletion_stay(store: Store) -> None:
    """By a session that had not heard of it; what was deleted stays away."""
    first = Session(store).run("k", []).set("k", [1]).save()
    second = Session(store).run("k", [])
    first.keeper.clear("k")
    second.state["k"].append(2)
    second.save()
    assert Session(store).run("k", []).state["k"] == [2]


def test_items_added_after_a_deletion_leave_those_of_others(store: Store) -> None:
    """By a session that has seen neither what was deleted nor what came after it."""
    first, second = Session(store).run("k", {}), Session(store).run("k", {})
    first.set("k", {"old": 1}).save()
    first.keeper.clear("k")
    first.state["k"] = {"first": 1}
    first.save()
    second.keeper.is_page_load = False
    second.state["k"]["second"] = 2
    second.save()
    assert Session(store).run("k", {}).state["k"] == {"first": 1, "second": 2}


def test_what_was_deleted_does_not_come_back_with_a_change(store: Store) -> None:
    """In the same process too, where the tab hears of the deletion with its next run."""
    first = Session(store).run("k", []).set("k", [1, 2]).save()
    second = Session(store).run("k", [])
    first.keeper.clear("k")
    del second.state["k"][0]
    assert second.run("k").state["k"] == []
    second.save()
    assert Session(store).run("k", []).state["k"] == []
    assert [2] in second.keeper.quarantined(["k"])["k"]
