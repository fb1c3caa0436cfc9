"""Known faults are planted, and the simulation finds each: it would find them if they came back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import pytest

from streamlit_persistent_state._record import Record, Write
from streamlit_persistent_state._sync import ledger, shared
from streamlit_persistent_state._sync.entry import Entry
from streamlit_persistent_state._sync.ledger import Ledger
from streamlit_persistent_state._sync.quarantine import Quarantine
from streamlit_persistent_state._sync.state import Event
from streamlit_persistent_state._widget.state import State as WidgetState
from streamlit_persistent_state.stores import Store
from tests.simulation.plans import draw
from tests.simulation.shrink import broken_by
from tests.simulation.world import carry_out

MOST_STEPS = 20_000
LENGTH = 60

Plant = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The store fails all the time, and each failure is logged."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def commit_blind(patch: pytest.MonkeyPatch) -> None:
    """What was never loaded is committed on top of whatever is there."""

    def load(self: Ledger, keys: Collection[str], *, insist: bool = False) -> bool:
        unseen = [self.entries[key] for key in keys if not self.entries[key].is_known]
        found = self._ask([entry.key for entry in unseen], insist=insist)
        for entry in unseen if found is not None else []:
            record = (found or {}).get(entry.key)
            entry.revision = record.revision if record is not None else 0
            entry.on(Event.EMPTIED)
            if entry.pending is not None:
                entry.on(Event.EDIT)
        return found is not None

    patch.setattr(Ledger, "_load_unseen", load)


def repeat_as_new(patch: pytest.MonkeyPatch) -> None:
    """A commit whose answer was lost is made again, as if it had never been sent."""

    def recognise(self: Entry, record: Record | None, now: float) -> None:
        self.attempts.clear()

    patch.setattr(Entry, "recognise", recognise)


def drop_theirs(patch: pytest.MonkeyPatch) -> None:
    """Of two values that meet, the other one is lost."""
    patch.setattr(Entry, "_met", lambda self, base, mine, theirs, body: mine)


def bring_back(patch: pytest.MonkeyPatch) -> None:
    """What was done before a deletion is written after it."""

    def start_over(self: Ledger, entry: Entry, *rest: Any) -> None:
        self._take_merged(entry, rest[-1])

    patch.setattr(Ledger, "_start_over", start_over)


def clear_too_early(patch: pytest.MonkeyPatch) -> None:
    """What is sent counts as saved before the store has answered."""
    original = Ledger._writes

    def writes(self: Ledger, entries: list[Entry], at_once: int | None) -> list[Write]:
        found = original(self, entries, at_once)
        for entry in entries:
            entry.pending = None
        return found

    patch.setattr(Ledger, "_writes", writes)


def share_the_cache(patch: pytest.MonkeyPatch) -> None:
    """What a process has seen committed for one owner, it tells another."""

    def owner_of(store: Store, name: str) -> shared.Owner:
        return shared.owner_of(store, "everybody")

    patch.setattr(ledger, "owner_of", owner_of)


def overwrite_quarantine(patch: pytest.MonkeyPatch) -> None:
    """The newest value in quarantine takes the place of an older one."""

    def settle(self: Quarantine, current: Mapping[str, Record | None]) -> None:
        for one in self._waiting:
            record = current.get(one.name)
            if one.name in current:
                one.expected = record.revision if record is not None else 0

    patch.setattr(Quarantine, "settle", settle)


def hear_again(patch: pytest.MonkeyPatch) -> None:
    """What a page tells with each run is not remembered."""
    patch.setattr(WidgetState, "holding", lambda self, *spans: self)


def leave_what_is_deleted(patch: pytest.MonkeyPatch) -> None:
    """The record of a key that the script has deleted stays, and the next value replaces it."""
    patch.setattr(Entry, "discard", Entry.lose)


@pytest.mark.parametrize(
    ("plant", "promises"),
    [
        (commit_blind, {"acknowledged", "exact"}),
        (repeat_as_new, {"exact"}),
        (drop_theirs, {"acknowledged"}),
        (bring_back, {"deleted"}),
        (clear_too_early, {"acknowledged"}),
        (share_the_cache, {"owners apart"}),
        (overwrite_quarantine, {"acknowledged"}),
        (hear_again, {"exact"}),
        (leave_what_is_deleted, {"acknowledged"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_planted_fault_is_found(
    plant: Plant, promises: Collection[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a bounded number of steps, and as the promise that it breaks."""
    plant(monkeypatch)
    for seed in range(MOST_STEPS // LENGTH):
        if broken_by(draw(seed, LENGTH), carry_out) in promises:
            return
    pytest.fail(f"{MOST_STEPS} steps have not found it")
