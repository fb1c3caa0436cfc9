"""What docs/architecture.md draws is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import streamlit_persistent_state
from streamlit_persistent_state._sync.state import TRANSITIONS, Event, State

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def test_the_states_of_an_entry() -> None:
    """Each transition is drawn, and no other one."""
    drawn = {
        (State[before], Event[event]): State[after]
        for before, after, events in re.findall(r"^    (\w+) --> (\w+): ([\w, ]+)$", PAGE, re.M)
        for event in events.split(", ")
    }
    for state in State:
        drawn |= {(state, Event.TAKEN): State.LOADED, (state, Event.EMPTIED): State.ABSENT}
    assert drawn == TRANSITIONS


def test_all_modules_are_there() -> None:
    """That the page names."""
    package = Path(streamlit_persistent_state.__file__).parent
    named = set(re.findall(r"\b_?\w+(?:/\w+)*\.py\b", PAGE)) | set(
        re.findall(r"frontend/[\w/]+\.ts\b", PAGE)
    )
    assert len(named) > 10
    missing = [one for one in named if not any((root / one).exists() for root in (package, ROOT))]
    assert missing == []
