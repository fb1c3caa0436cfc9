"""How the state of a widget lies in a record: plain entries, readable by a human."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec

from .._codec.plain import register
from ..errors import InvalidValue, Unreadable
from .binding import Binding
from .state import State, merged
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
    ended: tuple[_StoredWatermark, ...] = ()

    def state(self) -> State:
        value = CounterText(self.counter, self.text)
        marks, ended = _watermarks(self.marks), _watermarks(self.ended)
        return State(value, marks, self.resets, self.id, ended)


def _watermarks(stored: tuple[_StoredWatermark, ...]) -> tuple[Watermark, ...]:
    return tuple(Watermark(m.mount, m.seq, m.resets, m.counter, m.commits) for m in stored)


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
        "ended": [to_builtins(mark) for mark in state.ended],
    }


def read(record: object) -> State:
    """Return the state in a stored record.

    Raises
    ------
    Unreadable
        It is not a widget's.
    """
    try:
        return msgspec.convert(record, _Stored, strict=True).state()
    except (msgspec.ValidationError, InvalidValue) as error:
        raise Unreadable(f"it is not a widget's: {error}") from None


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
        """Return what a widget begins with once its record, which may be missing, is deleted."""
        state = State(self.defaults)
        with suppress(Unreadable):
            state = read(deleted).anew(self.defaults)
        return _entries(state.value, state)
