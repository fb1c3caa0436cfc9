"""What two sessions did to one widget comes together in one state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlit_persistent_state._checks import MAX_SAFE_INTEGER
from streamlit_persistent_state._record import MISSING
from streamlit_persistent_state._widget.binding import Binding
from streamlit_persistent_state._widget.record import Merger, read, record_of
from streamlit_persistent_state._widget.state import Span, State, merged
from streamlit_persistent_state._widget.value import CounterText, Limits
from streamlit_persistent_state._widget.wire import Watermark
from streamlit_persistent_state.errors import Unreadable

A, B, C = "a" * 16, "b" * 16, "c" * 16
BASE = State(CounterText(10, "base"), (Watermark(A, 1, 0, 1, 0),), 0, "f" * 16)


def state(counter: int, text: str = "base", *marks: Watermark, resets: int = 0) -> State:
    return State(CounterText(counter, text), marks, resets, BASE.id)


def message(counter: int, mount: str = A, seq: int | None = None) -> dict[str, Any]:
    seq = counter if seq is None else seq
    edits = {"seq": seq, "resets": 0, "counter": counter, "commits": 0, "text": ""}
    return {"mount": mount, **edits}


@given(st.integers(-50, 50), st.integers(-50, 50))
def test_steps_add_up(mine: int, theirs: int) -> None:
    """Whoever commits first."""
    both = merged(BASE, state(10 + mine), state(10 + theirs), BASE.value)
    assert both.value == CounterText(10 + mine + theirs, "base")


def test_the_text_that_changed_wins() -> None:
    """If both changed it, the later commit does: mine."""
    assert merged(BASE, state(10, "mine"), state(10), BASE.value).value.text == "mine"
    assert merged(BASE, state(10), state(10, "theirs"), BASE.value).value.text == "theirs"
    assert merged(BASE, state(10, "mine"), state(10, "theirs"), BASE.value).value.text == "mine"


def test_a_reset_beats_what_it_did_not_know_of() -> None:
    """In either session."""
    assert merged(BASE, state(0, "", resets=1), state(15), BASE.value).value == CounterText(0, "")
    assert merged(BASE, state(15), state(2, "", resets=1), BASE.value).value == CounterText(2, "")
    assert merged(BASE, state(15), state(2, "", resets=1), BASE.value).resets == 1


def test_edits_after_two_resets_at_the_same_time_add_up() -> None:
    """Both tabs show the defaults then, and what each has done to them since."""
    defaults = CounterText(1, "")
    mine, theirs = state(6, "mine", resets=1), state(4, "", resets=1)
    both = merged(BASE, mine, theirs, defaults)
    assert (both.value, both.resets) == (CounterText(9, "mine"), 1)


def test_what_a_page_tells_two_sessions_counts_once() -> None:
    """It lost its connection before the first had saved, and told all again to the second."""
    once = state(12, "b", Watermark(A, 3, 0, 3, 2))
    assert merged(BASE, once, once, BASE.value).value == once.value
    older, newer = (
        state(11, "a", Watermark(A, 2, 0, 2, 1)),
        state(14, "b", Watermark(A, 4, 0, 5, 2)),
    )
    assert merged(BASE, older, newer, BASE.value).value == newer.value
    assert merged(BASE, newer, older, BASE.value).value == newer.value
    beside = state(16, "b", Watermark(A, 4, 0, 5, 2), Watermark(B, 1, 0, 2, 0))
    assert merged(BASE, beside, older, BASE.value).value == beside.value
    assert merged(BASE, older, beside, BASE.value).value == beside.value


def test_a_reset_that_a_page_tells_two_sessions_counts_once() -> None:
    """With the edits after it."""
    once = state(12, "a", Watermark(A, 5, 1, 2, 1), resets=1)
    assert merged(BASE, once, once, CounterText(10, "")).value == once.value


def test_each_mount_keeps_its_newest_mark() -> None:
    """So that a message which is repeated to either session counts once."""
    mine = state(11, "base", Watermark(A, 3, 0, 3, 0))
    theirs = state(12, "base", Watermark(A, 1, 0, 1, 0), Watermark(B, 2, 0, 2, 0))
    assert merged(BASE, mine, theirs, BASE.value).marks == (
        Watermark(B, 2, 0, 2, 0),
        Watermark(A, 3, 0, 3, 0),
    )


def test_the_sum_stays_inside_what_a_browser_counts() -> None:
    """It stops at the largest safe integer."""
    most = state(MAX_SAFE_INTEGER)
    assert merged(BASE, most, most, BASE.value).value.counter == MAX_SAFE_INTEGER


def test_a_record_is_read_back() -> None:
    """With the value that stands in session state where the script has assigned one."""
    binding = Binding(CounterText(), BASE, Limits())
    binding.stored = BASE.value
    assert read(record_of("k", binding, BASE.value)) == BASE
    assigned = read(record_of("k", binding, {"counter": 3, "text": "set"}))
    assert assigned == state(3, "set", *BASE.marks)
    assert read(record_of("k", binding, "nonsense")) == BASE


@pytest.mark.parametrize(
    "record",
    [None, 5, {}, {"counter": 0}, {"counter": "0", "text": "", "id": A, "resets": 0, "marks": []},
     {"counter": 0, "text": "", "id": "x", "resets": 0, "marks": []},
     {"counter": 0, "text": "x" * 100_001, "id": A, "resets": 0, "marks": []},
     {"counter": 2**60, "text": "", "id": A, "resets": 0, "marks": []},
     {"counter": 0, "text": "", "id": A, "resets": 0, "marks": [{"mount": A}]}, MISSING],
)  # fmt: skip
def test_another_record_is_unreadable(record: Any) -> None:
    """One that was tampered with, or that persist() has written."""
    with pytest.raises(Unreadable):
        read(record)


def test_records_are_merged_since_their_base() -> None:
    """Without one, since the defaults; with what is no widget's, mine stays."""
    binding = Binding(CounterText(10, ""), state(13, ""), Limits())
    mine = record_of("k", binding, None)
    theirs = {**mine, "counter": 14, "id": B}
    merge = Merger(CounterText(10, ""))
    assert merge(MISSING, mine, theirs) == {**mine, "counter": 17, "id": B}
    assert merge({**mine, "counter": 12}, mine, theirs)["counter"] == 15
    assert merge(MISSING, mine, 5) == mine


def test_what_a_full_record_has_dropped_is_not_taken_off_again() -> None:
    """More pages have told than a record remembers: what is missing there is in its value."""
    others = tuple(Watermark(f"{number:016x}", 1, 0, 1, 0) for number in range(32))
    base = State(CounterText(36, "base"), others, 0, BASE.id)
    heard = Binding(CounterText(), replace(BASE, value=CounterText(1)), Limits())
    heard.apply(message(1))
    heard.adopt(base)
    heard.apply(message(4))
    theirs = base.holding(Span(Watermark(A), Watermark(A, 4, 0, 4, 0)))
    theirs = replace(theirs, value=CounterText(40, "base"))
    assert heard.value.counter == 39
    assert merged(base, heard.state, theirs, BASE.value).value.counter == 40
    assert merged(base, theirs, heard.state, BASE.value).value.counter == 40


def test_what_the_store_has_lost_is_not_said_to_be_there() -> None:
    """Two sessions go on in another store: neither takes off what it never held."""
    mine, theirs = (
        State(CounterText(12, "base"), (*BASE.marks, Watermark(B, 1, 0, 2, 0)), 0, BASE.id),
        State(CounterText(13, "base"), (*BASE.marks, Watermark(C, 1, 0, 3, 0)), 0, BASE.id),
    )
    empty = State(CounterText())
    first = merged(BASE, mine, empty, CounterText())
    second = merged(BASE, theirs, empty, CounterText())
    assert (first.value.counter, first.marks) == (2, (Watermark(B, 1, 0, 2, 0),))
    assert merged(empty, second, first, CounterText()).value.counter == 5


def test_what_a_reset_has_ended_is_not_taken_off_again() -> None:
    """A page told two sessions of a step; another session's reset has beaten it in both."""
    page = Watermark(B, 1, 0, 5, 0)
    reset = BASE.reset(CounterText())
    late = merged(BASE, state(15, "base", *BASE.marks, page), reset, CounterText())
    assert (late.value.counter, late.mark(B)) == (0, page)
    binding = Binding(CounterText(), late, Limits())
    binding.apply(message(7, B, seq=2))
    assert binding.value.counter == 2
    assert merged(reset, binding.state, late, CounterText()).value.counter == 2


def test_a_widget_that_takes_no_edits_adds_none_up() -> None:
    """Its page has told two sessions of what neither has applied."""
    first, second = (Binding(BASE.value, BASE, Limits(), disabled=True) for _ in range(2))
    for binding in (first, second):
        binding.apply(message(4, seq=2))
    found = merged(BASE, first.state, second.state, BASE.value)
    assert (found.value, found.mark(A)) == (BASE.value, Watermark(A, 2, 0, 4, 0))
