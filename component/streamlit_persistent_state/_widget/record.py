"""How the state of a widget lies in a record: plain entries, readable by a human."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec

from .._codec.plain import register
from ..errors import InvalidValue, Unreadable
from .binding import Binding, State, merged
from .value import CounterText, to_value
from .wire import Count, MountId, Total, Watermark, to_builtins

register(
    CounterText,
    "counter_text",
    dump=lambda value: [value.counter, value.text],
    load=lambda found: CounterText(*found),
)


class _StoredWatermark(msgspec.Struct, frozen=True):
    mount: MountId
    seq: Count
    resets: Count
    counter: Total
    commits: Count


class _Stored(msgspec.Struct, frozen=True):
    counter: Total
    text: str
    id: MountId
    resets: Count
    marks: tuple[_StoredWatermark, ...]


def record_of(key: str, binding: Binding, assigned: object) -> dict[str, Any]:
    """Return what is to be stored; `assigned` is what stands in session state now."""
    state = binding.state
    value = state.value
    if assigned is not binding.stored:
        with suppress(InvalidValue):  # raised by the next mount, where it points at the user's line
            value = to_value(key, assigned)
    return _entries(value, state)


def _entries(value: CounterText, state: State) -> dict[str, Any]:
    return {
        "counter": value.counter,
        "text": value.text,
        "id": state.id,
        "resets": state.resets,
        "marks": [to_builtins(mark) for mark in state.marks],
    }


def read(record: object) -> State:
    """Return the state in a stored record.

    Raises
    ------
    Unreadable
        It is not a widget's.
    """
    try:
        stored = msgspec.convert(record, _Stored, strict=True)
        value = CounterText(stored.counter, stored.text)
    except (msgspec.ValidationError, InvalidValue) as error:
        raise Unreadable(f"it is not a widget's: {error}") from None
    marks = tuple(Watermark(m.mount, m.seq, m.resets, m.counter, m.commits) for m in stored.marks)
    return State(value, marks, stored.resets, stored.id)


@dataclass(frozen=True)
class Merger:
    """Merges two records since a third, which may be missing."""

    defaults: CounterText

    def __call__(self, base: Any, mine: Any, theirs: Any) -> Any:
        """Return `theirs` with what was done in `mine` since `base`."""
        try:
            their_state = read(theirs)
        except Unreadable:
            return mine
        try:
            base_state = read(base)
        except Unreadable:
            base_state = State(self.defaults)
        state = merged(base_state, read(mine), their_state, self.defaults)
        return _entries(state.value, state)

    def anew(self, deleted: Any) -> Any:
        """Return what a widget begins with once its record, which may be missing, is deleted.

        Its page stays, so what that has told so far must not count again.
        """
        marks: tuple[Watermark, ...] = ()
        with suppress(Unreadable):
            marks = read(deleted).marks
        state = State(self.defaults, marks)
        return _entries(state.value, state)

    def since(self, start: Any, stored: Any) -> Any:
        """Return what is stored as the base of a session that began with `start`.

        What its page had told before the deletion is in neither of them.
        """
        try:
            begun, state = read(start), read(stored)
        except Unreadable:
            return stored
        told = [mark for mark in begun.marks if mark.seq > state.mark(mark.mount).seq]
        state = state.marked(*told)
        return _entries(state.value, state)
