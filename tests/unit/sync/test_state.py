"""The states of an entry: each can be left, and none is reached by an event that is not named."""

from __future__ import annotations

import pytest

from streamlit_persistent_state._record import Record
from streamlit_persistent_state._sync.entry import Entry
from streamlit_persistent_state._sync.state import TRANSITIONS, Event, State

MAY_WRITE = {State.EDITED, State.IN_DOUBT}


def test_every_state_is_reached_and_left() -> None:
    """Beginning with a key that was declared and not asked for."""
    reached, new = {State.NOT_ASKED}, {State.NOT_ASKED}
    while new:
        new = {to for (start, _), to in TRANSITIONS.items() if start in new} - reached
        reached |= new
    assert reached == set(State)
    for state in State:
        assert any(start is state and to is not state for (start, _), to in TRANSITIONS.items())


def test_every_event_happens() -> None:
    """None is named that leads nowhere."""
    assert {event for _, event in TRANSITIONS} == set(Event)


def test_only_what_was_seen_is_sent() -> None:
    """Neither what was not asked for nor what could not be loaded."""
    assert {state for state, event in TRANSITIONS if event is Event.SENDING} == MAY_WRITE


def test_what_was_not_loaded_stays_so_until_the_store_has_answered() -> None:
    """Whatever the script does meanwhile."""
    answers = {Event.TAKEN, Event.EMPTIED}
    for (state, event), to in TRANSITIONS.items():
        if state is State.NOT_LOADED and event not in answers:
            assert to is State.NOT_LOADED


def test_an_event_that_cannot_happen_is_an_error() -> None:
    """An answer to a commit that was not sent, say."""
    entry = Entry("k")
    for event in (Event.SENDING, Event.ACKNOWLEDGED, Event.LOST):
        with pytest.raises(KeyError):
            entry.on(event)
        assert entry.state is State.NOT_ASKED


def test_an_entry_goes_through_its_states() -> None:
    """From the declaration to a lost answer that is found written."""
    entry = Entry("k", "me")
    seen = [entry.state]

    def note() -> None:
        seen.append(entry.state)

    entry.on(Event.UNREACHED)
    note()
    entry.take(None)
    note()
    entry.edit(b"1", 1.0)
    note()
    entry.on(Event.SENDING)
    payload = entry.sealed(1.0)
    note()
    entry.on(Event.LOST)
    note()
    record = Record(payload, 2, 5, 1.0)
    assert entry.recognise(record, 1.0) is None
    assert entry.take(record) == 1
    entry.edit(None, 1.0)
    note()
    assert seen == [
        State.NOT_ASKED,
        State.NOT_LOADED,
        State.ABSENT,
        State.EDITED,
        State.IN_FLIGHT,
        State.IN_DOUBT,
        State.LOADED,
    ]
