"""What another session has deleted goes from this one, also where there is no default."""

from __future__ import annotations

from typing import Any

import pytest

from streamlit_persistent_state import CounterText
from streamlit_persistent_state._record import GONE, MISSING
from streamlit_persistent_state._sync.merge import left_of
from streamlit_persistent_state._widget.binding import Binding
from streamlit_persistent_state._widget.record import Merger, read, record_of
from streamlit_persistent_state._widget.value import Limits
from streamlit_persistent_state.stores import MemoryStore
from tests.unit.sync.test_keeper import Session

MOUNT = "00000000000000aa"


class Bare(Session):
    """A session whose script declares no default."""

    def run(self, key: str, *_: Any, **__: Any) -> Bare:
        self.begin()
        self.keeper.runs += 1
        self.keeper.is_page_load = False
        if key not in self.keeper.entries:
            self.keeper.declare(key, MISSING)
            self.keeper.restore([key])
        value = self.keeper.incoming(key, self.state.get(key, MISSING))
        if value is GONE:
            self.state.pop(key)
        elif value is not MISSING:
            self.state[key] = value
        self.keeper.taken(key, value)
        return self


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.mark.parametrize("value", ["old", 5, ["old"], {"old": 1}])
def test_a_key_without_a_default_is_let_go(store: MemoryStore, value: object) -> None:
    """What is assigned after that is an edit, and nothing brings back what was deleted."""
    one = Bare(store).run("k").set("k", value).save()
    other = Bare(store).run("k")
    one.keeper.forget(["k"])
    assert other.run("k").state == {}
    other.save()
    assert Bare(store).run("k").state == {}
    other.set("k", "new").save()
    assert Bare(store).run("k").state == {"k": "new"}


@pytest.mark.parametrize("how", ["forget a key", "forget all", "reset", "delete"])
@pytest.mark.parametrize("process", ["the same", "another"])
@pytest.mark.parametrize("deleted_before", [False, True])
def test_what_was_not_stored_yet_is_let_go_too(
    store: MemoryStore, how: str, process: str, deleted_before: bool
) -> None:
    """A first write that another session has pending was before the deletion."""
    there = store if process == "the same" else MemoryStore(store._owners, store._lock)
    if deleted_before:
        Bare(store).run("k").set("k", "older").save().keeper.forget(["k"])
    one, other = Bare(store).run("k"), Bare(there).run("k").set("k", "old")
    other.keeper.look_at_new(other.state, is_all=False)
    if how == "reset":
        one.keeper.clear("k")
    elif how == "delete":
        one.keeper.delete("k", next_run=False)
        one.save()
    else:
        one.keeper.forget(None if how == "forget all" else ["k"])
    other.save()
    assert other.run("k").state == {}
    other.save()
    assert Bare(store).run("k").state == {}
    other.set("k", "new").save()
    assert Bare(store).run("k").state == {"k": "new"}


def test_what_is_done_to_a_deleted_value_lies_in_quarantine(store: MemoryStore) -> None:
    """Of a change that is no addition nobody can tell what belongs to the deleted value."""
    one = Bare(store).run("k").set("k", [1, 2]).save()
    other = Bare(store).run("k")
    one.keeper.forget(["k"])
    other.begin()
    del other.state["k"][0]
    assert other.run("k").state == {}
    other.save()
    assert Bare(store).run("k").state == {}
    assert other.keeper.quarantined(["k"]) == {"k": [[2]]}


def test_what_is_done_to_a_deleted_value_lies_there_at_once(store: MemoryStore) -> None:
    """Also where others have begun anew, so that nothing of this key is left to commit."""
    one = Session(store).run("k", []).set("k", [1, 2]).save()
    other = Session(store).run("k", [])
    other.keeper.is_page_load = False
    one.keeper.clear("k")
    Session(store).run("k", []).set("k", [3]).save()
    other.begin()
    del other.state["k"][0]
    assert other.run("k").state == {"k": [3]}
    other.save()
    assert other.keeper.quarantined(["k"]) == {"k": [[2]]}


def test_what_others_had_removed_is_not_new_after_a_deletion(store: MemoryStore) -> None:
    """The screen still showed it as it was changed; in another process all was deleted then."""
    one = Session(store).run("k", {}).set("k", {"old": 0, "notes": [1]}).save()
    other = Session(store).run("k", {})
    other.keeper.is_page_load = False
    one.set("k", {"notes": [1]}).save()
    other.begin()
    store.delete("o", ["k"])
    other.state["k"]["notes"].append(2)
    other.save()
    assert Session(store).run("k", {}).state["k"] == {"notes": [2]}


def test_two_that_begin_anew_with_what_does_not_fit_lose_nothing(store: MemoryStore) -> None:
    """The other value is in quarantine, as where nothing was deleted."""
    one = Session(store).run("k", {}).set("k", {"old": 0}).save()
    other = Session(store).run("k", {})
    other.keeper.is_page_load = False
    store.delete("o", ["k"])
    one.set("k", {"notes": [1]}).keeper.look_at_new(one.state, is_all=False)
    other.set("k", {"notes": [2]}).keeper.look_at_new(other.state, is_all=False)
    one.save()
    other.save()
    assert Session(store).run("k", {}).state["k"] == {"notes": [2]}
    assert other.keeper.quarantined(["k"]) == {"k": [{"notes": [1]}]}


def test_edits_on_a_stale_screen_do_not_bring_it_back(store: MemoryStore) -> None:
    """Several of them, each saved, before the script shows what is left."""
    one = Session(store).run("k", {}).set("k", {"old": 0}).save()
    other = Session(store).run("k", {})
    other.keeper.is_page_load = False
    one.keeper.clear("k")
    for number in (1, 2):
        other.state["k"].setdefault("notes", []).append(number)
        other.save()
    assert other.run("k").state["k"] == {"notes": [1, 2]}
    assert Session(store).run("k", {}).state["k"] == {"notes": [1, 2]}


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "found"),
    [
        ([1], [1, 2], [], [2]),
        ({"a": 1}, {"a": 1, "b": 2}, {}, {"b": 2}),
        ({"a": 1, "n": [1]}, {"a": 1, "n": [1, 2]}, {"n": [1]}, {"n": [1, 2]}),
        ({"n": [1]}, {"n": [1, 2]}, {}, {"n": [2]}),
        ({"a": 1}, {"a": 2}, {}, MISSING),
        ({"a": 1}, {}, {"b": 1}, MISSING),
        ({"a": 1, "n": [1]}, {"a": 1, "n": [1, 2], "b": 1}, {"b": 2}, MISSING),
        ([1, 2], [2], [], MISSING),
    ],
)
def test_additions_to_what_was_deleted_are_left_of_it(
    base: object, mine: object, theirs: object, found: object
) -> None:
    """And no other change is."""
    assert left_of(base, mine, theirs) == found


def clicked(binding: Binding, number: int) -> dict[str, Any]:
    message = {"mount": MOUNT, "seq": number, "resets": 0, "counter": number}
    binding.apply({**message, "commits": 0, "text": ""})
    return record_of("k", binding, None)


def test_a_widget_counts_from_its_default_after_a_deletion() -> None:
    """Clicks that its page has told before are not counted again; those since the base are."""
    defaults = CounterText(10, "")
    merge = Merger(defaults)
    binding = Binding(defaults, read(merge.anew(MISSING)), Limits())
    old = clicked(binding, 3)
    start = merge.anew(old)
    assert (start["counter"], start["marks"], start["resets"]) == (10, old["marks"], 0)
    assert start["id"] != old["id"]
    found = merge(old, clicked(binding, 4), start)
    assert found["counter"] == 11
    binding.adopt(read(found))
    assert clicked(binding, 5)["counter"] == 12


def test_a_reset_before_a_deletion_is_none_after_it() -> None:
    """A widget that was reset often does not beat what others have done since the deletion."""
    defaults = CounterText()
    merge = Merger(defaults)
    old = {**merge.anew(MISSING), "counter": 3, "resets": 2}
    theirs = {**merge.anew(MISSING), "counter": 5}
    assert merge(old, {**old, "counter": 4}, theirs)["counter"] == 6
    reset = merge(old, {**old, "counter": 1, "resets": 3}, theirs)
    assert (reset["counter"], reset["resets"]) == (1, 1)
