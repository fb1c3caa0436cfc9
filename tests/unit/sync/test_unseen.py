"""What was not seen is never overwritten, and what was not answered never counts twice."""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import Any

import pytest

from streamlit_persistent_state import CounterText
from streamlit_persistent_state._codec.envelope import SCHEMA, encode, value_in
from streamlit_persistent_state._process import Process, running_in
from streamlit_persistent_state._record import MISSING
from streamlit_persistent_state._sync import breaker
from streamlit_persistent_state._sync import entry as entries
from streamlit_persistent_state._sync.entry import Merge, additions, last_writer
from streamlit_persistent_state._sync.state import State
from streamlit_persistent_state._widget.record import Merger
from streamlit_persistent_state.stores import MemoryStore, Record, Write
from tests.unit.sync.test_keeper import Faulty, Session, add_up

CART = [f"item {number}" for number in range(50)]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a store that has failed asked again at once."""
    monkeypatch.setattr(breaker, "_FIRST_PAUSE", 0.0)


@pytest.fixture
def store() -> Faulty:
    store = Faulty()
    store.commit("o", [Write("cart", encode(CART), SCHEMA)])
    return store


def unloaded(store: Faulty, default: object = MISSING, key: str = "cart") -> Session:
    """Return a session whose page has loaded while the store was down."""
    store.down = True
    session = Session(store).run(key, default)
    assert not session.keeper.save() or not session.keeper.pending
    session.keeper.is_page_load = False
    return session


def stored(store: Faulty, key: str = "cart") -> Any:
    record = store.load("o", [key])[key]
    assert record.payload is not None
    return value_in(record.payload, record.schema)


def test_what_a_user_adds_to_a_key_that_did_not_load_is_added_to_what_is_kept(
    store: Faulty,
) -> None:
    """The store is back before the next save, or before the next run."""
    for back_first in (False, True):
        session = unloaded(store, [])
        store.down = not back_first
        session.state["cart"].append(f"new {back_first}")
        session.keeper.save()
        store.down = False
        session.save()
        assert session.run("cart").state["cart"] == stored(store)
    assert stored(store) == [*CART, "new False", "new True"]


def test_what_a_script_begins_with_gives_way(store: Faulty) -> None:
    """Also where it reruns itself before its user has done anything."""
    store.down = True
    session = Session(store).run("cart", [])
    session.state["cart"].append("a greeting")
    assert not session.keeper.save()
    session.keeper.runs += 1
    session.run("cart").state["cart"].append("another")
    assert not session.keeper.save()
    store.down = False
    session.save()
    assert session.run("cart").state["cart"] == CART == stored(store)
    assert session.keeper.entries["cart"].restored


def test_a_user_who_changes_what_did_not_load_wins_and_nothing_is_lost(store: Faulty) -> None:
    """What was kept is in quarantine, and in conflicts."""
    session = unloaded(store, ["start"])
    session.set("cart", ["mine"])
    store.down = False
    session.save()
    assert stored(store) == ["mine"]
    assert session.keeper.entries["cart"].conflict == CART
    assert session.keeper.quarantined(["cart"]) == {"cart": [CART]}


def test_what_a_user_replaces_unseen_is_kept_though_another_writes_it_once_more(
    store: Faulty,
) -> None:
    """Another session has undone a change of its own: same value, new revision."""
    other = Session(store.another()).run("cart")
    session = unloaded(store, ["start"]).set("cart", ["mine"])
    store.down = False
    session.keeper.adopt()
    other.set("cart", [*CART, "new"]).keeper.look_at_new(other.state, is_all=False)
    other.set("cart", CART).save()
    session.save()
    assert stored(store) == ["mine"]
    assert session.keeper.quarantined(["cart"]) == {"cart": [CART]}


def test_increments_of_a_key_that_did_not_load_add_up(store: Faulty) -> None:
    """Also where a deletion stands before what is kept."""
    store.commit("o", [Write("k", b"5", 1)])
    revision = store.delete("o", ["k"])["k"].revision
    Session(store).run("k").set("k", 40).save()
    assert store.load("o", ["k"])["k"].revision > revision
    session = unloaded(store, 0, "k").add("k", 2)
    store.down = False
    session.save()
    assert stored(store, "k") == 42


def test_nothing_is_sent_for_a_key_before_it_is_loaded(store: Faulty) -> None:
    """A store that can be written and not be read."""
    session = unloaded(store, [])
    session.state["cart"].append("new")
    store.down, store.blind = False, True
    assert not session.keeper.save(insist=True)
    assert session.keeper.pending == ("cart",)
    assert session.keeper.entries["cart"].state is State.NOT_LOADED
    store.blind = False
    assert stored(store) == CART


def test_two_tabs_that_append_keep_both(store: Faulty) -> None:
    """Whoever saves first; both see both, and nothing is a conflict."""
    one, other = (Session(store).run("cart") for _ in range(2))
    one.state["cart"].append("one")
    other.state["cart"].append("other")
    one.save()
    other.save()
    assert stored(store) == [*CART, "one", "other"]
    assert one.run("cart").state["cart"] == other.run("cart").state["cart"] == stored(store)
    assert other.keeper.entries["cart"].conflict is MISSING
    assert not other.keeper.quarantined(["cart"])
    one.state["cart"].append("three")
    other.keeper.adopt()
    other.state["cart"].append("four")
    one.save()
    assert other.run("cart").save().state["cart"][-2:] == ["three", "four"]


@pytest.mark.parametrize("way", ["changed", "widget", "last", "check"])
def test_where_both_cannot_be_kept_the_later_wins_and_the_other_is_kept(
    store: Faulty, way: str
) -> None:
    """In conflicts and in quarantine."""
    one, other = (Session(store) for _ in range(2))
    for session in (one, other):
        merge = last_writer if way == "last" else additions
        entry = session.keeper.declare(
            "cart", MISSING, merge, lambda cart: way != "check" or len(cart) < 52
        )
        session.keeper.restore(["cart"])
        entry.is_a_widgets = way == "widget"
        session.run("cart")
    one.state["cart"].append("one")
    other.state["cart"].append("other")
    if way == "changed":
        del other.state["cart"][0]
    one.save()
    other.save()
    assert stored(store)[-1] == "other"
    assert other.keeper.entries["cart"].conflict == [*CART, "one"]
    assert other.keeper.quarantined(["cart"]) == {"cart": [[*CART, "one"]]}


def test_quarantine_keeps_the_oldest_three(store: Faulty) -> None:
    """What comes later has no place, and nothing is pushed out; forget removes all."""
    for number in range(5):
        one, other = (Session(store).run("k", 0) for _ in range(2))
        one.set("k", 100 + number).save()
        other.set("k", 200 + number).save()
    assert Session(store).run("k").keeper.quarantined(["k"]) == {"k": [100, 101, 102]}
    names = [key for _, key, record in store.records() if "quarantine" in key]
    assert len(names) == 3
    assert all(record.expires_at for _, key, record in store.records() if key in names)
    other.keeper.forget(["k"])
    assert not [key for _, key, _ in store.records() if key != "cart"]
    one, other = (Session(store).run("k", 0) for _ in range(2))
    one.set("k", 1).save()
    other.set("k", 2).save()
    assert other.keeper.quarantined(["k"]) == {"k": [1]}


@pytest.mark.parametrize("way", ["add_up", "widget", "additions"])
def test_a_commit_that_others_have_built_on_counts_once(store: Faulty, way: str) -> None:
    """It was written, its answer was lost, others went on, and then it is tried again."""
    ways: dict[str, Merge] = {"add_up": add_up, "widget": Merger(CounterText())}
    merge = ways.get(way, additions)
    one, other = Session(store), Session(store.another())
    for session in (one, other):
        session.keeper.declare("k", MISSING, merge)
        session.keeper.restore(["k"])
        session.run("k")

    def value(number: int, text: str) -> Any:
        if way == "widget":
            told = {"resets": 0, "marks": [], "ended": []}
            return {"counter": number, "text": "", "id": "0" * 16, **told}
        return number if way == "add_up" else list(text)

    one.set("k", value(0, "")).save()
    other.keeper.refresh()
    other.run("k")
    store.mute = True
    assert not one.set("k", value(2, "ab")).keeper.save()
    store.mute = False
    for round_number in range(3):
        other.keeper.refresh()
        other.run("k")
        now = other.state["k"]
        if way == "widget":
            now = {**now, "counter": now["counter"] + 10}
        elif way == "add_up":
            now += 10
        else:
            now = [*now, str(round_number)]
        other.set("k", now).save()
    one.set("k", value(3, "abc")).save()
    expected = value(33, "ab012c")
    assert stored(store, "k") == expected
    assert one.run("k").state["k"] == expected


def test_a_commit_in_doubt_for_too_long_is_not_tried_blindly(
    store: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others have written so often that the record no longer tells: it goes into quarantine."""
    monkeypatch.setattr(entries, "SLOTS", 2)
    one = Session(store).run("k", 0, add_up)
    one.set("k", 1).save()
    store.mute = True
    assert not one.set("k", 5).keeper.save()
    store.mute = False
    for _ in range(3):
        other = Session(store.another()).run("k", 0, add_up)
        other.set("k", other.state["k"] + 10).save()
    one.set("k", 6).save()
    assert stored(store, "k") == 36
    assert one.keeper.quarantined(["k"]) == {"k": [5]}


def test_slots_go_an_hour_after_a_session(store: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    """And there are never more than a few dozen."""
    monkeypatch.setattr(entries, "SLOTS", 4)
    for number in range(9):
        session = Session(store).run("k").set("k", number).save()
    assert len(session.keeper.entries["k"].slots) == 4
    monkeypatch.setattr(entries, "SLOT_SECONDS", -1.0)
    session.set("k", "last").save()
    assert list(session.keeper.entries["k"].slots) == [session.keeper.entries["k"].session]


class Slow(Faulty):
    """A store that answers a load once it is told how."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go_on = threading.Semaphore(0), threading.Event()

    def check(self) -> None:
        self.asked.release()
        assert self.go_on.wait(10)
        super().check()


def test_pages_that_load_share_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """To a store that has just failed; each has it asked since it came, and none waits twice."""
    monkeypatch.setattr(breaker, "_FIRST_PAUSE", 100.0)
    store = Slow()
    store.go_on.set()
    store.down = True
    Session(store).run("k", 0)
    assert store.loads == 1
    store.go_on.clear()
    done: list[Session] = []
    waits, wait = threading.Semaphore(0), breaker._Probe.wait

    def waited(probe: breaker._Probe) -> None:
        waits.release()
        wait(probe)

    monkeypatch.setattr(breaker._Probe, "wait", waited)

    def visit() -> None:
        done.append(Session(store).run("k", 0))

    first = threading.Thread(target=visit)
    first.start()
    for _ in range(2):  # of the page that has failed, and of this one
        assert store.asked.acquire(timeout=10)
    others = [threading.Thread(target=visit) for _ in range(5)]
    for other in others:
        other.start()
    for _ in others:
        assert waits.acquire(timeout=10)
    assert store.loads == 2
    store.go_on.set()
    for thread in (first, *others):
        thread.join(10)
    assert store.loads == 2
    assert [session.state["k"] for session in done] == [0] * 6


def test_a_page_that_loads_asks_although_the_store_has_just_failed(store: Faulty) -> None:
    """It has recovered meanwhile, and nobody knows that yet."""
    unloaded(store, [])
    store.down = False
    assert Session(store).run("cart").state["cart"] == CART


class Machine(Process):
    """A machine with a clock that is off, and a time that passes when it is told to."""

    elapsed = 0.0

    def __init__(self, ahead: float = 0.0) -> None:
        self._ahead = ahead

    def now(self) -> float:
        return 1e9 + Machine.elapsed + self._ahead

    def monotonic(self) -> float:
        return Machine.elapsed


class Elsewhere(MemoryStore):
    """A store on such a machine, which tells the time."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self.machine = machine

    def now(self) -> float:
        return self.machine.now()

    def delete(self, owner: str, keys: Collection[str] | None = None) -> dict[str, Record]:
        with running_in(self.machine):
            return super().delete(owner, keys)


@pytest.mark.parametrize("ahead", [60.0, -60.0])
@pytest.mark.parametrize("way", ["number", "list"])
def test_a_clock_that_is_a_minute_off_takes_nothing_and_brings_nothing_back(
    ahead: float, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deletion beats what was done before it, unsaved, and nothing that was done after it."""
    monkeypatch.setattr(Machine, "elapsed", 0.0)
    store = Elsewhere(Machine(ahead))
    with running_in(Machine()):
        session = Session(store).run("k", 0 if way == "number" else [])

        def does(number: int) -> None:
            if way == "number":
                session.add("k", number)
            else:
                session.set("k", [number])
            session.keeper._look()
            Machine.elapsed += 1

        does(1)
        session.save()
        does(2)
        store.delete("o", ["k"])
        session.save()
        assert session.run("k").state["k"] == (0 if way == "number" else [])
        does(4)
        session.save()
        store.delete("o", ["k"])
        Machine.elapsed += 1
        does(8)
        session.save()
        assert session.run("k").state["k"] == (8 if way == "number" else [8])


def test_two_that_begin_anew_after_a_deletion_keep_both(store: Faulty) -> None:
    """Neither has heard of the other, nor of the deletion."""
    one, other = Session(store).run("cart", []), Session(store.another()).run("cart", [])
    store.another().delete("o", ["cart"])
    one.set("cart", ["one"]).save()
    other.set("cart", ["other"]).save()
    assert stored(store) == ["one", "other"]
