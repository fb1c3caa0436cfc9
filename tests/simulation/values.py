"""Values that say what was done to them: each act of a user puts a number of its own in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

COUNT, LOG, NAME, FORM, WIDGET = "count", "log", "name", "form", "widget"
KEYS = (COUNT, LOG, NAME, FORM)
DEFAULTS: dict[str, Any] = {COUNT: 0, LOG: [], NAME: "", FORM: {}}
"""What the script makes of a key that session state does not hold."""

BARE = frozenset({FORM})
"""Keys that it declares without a default."""

_BASE = {COUNT: 8, WIDGET: 4}
MOST = {COUNT: 200, WIDGET: 25}
"""How many acts a sum tells apart; a browser counts up to 2**53."""


def summand(key: str, act: int) -> int:
    """Return what an act adds: one digit of the sum, which counts how often it is in there."""
    return int(_BASE[key] ** act)


def acts_in(key: str, value: Any) -> Counter[int]:
    """Return which acts are in a value, and how often each."""
    if key in _BASE:
        return Counter(dict(_digits(value, _BASE[key])))
    return Counter(_leaves(value))


def _digits(value: int, base: int) -> Iterator[tuple[int, int]]:
    place = 0
    while value > 0:
        value, digit = divmod(value, base)
        if digit:
            yield place, digit
        place += 1


def _leaves(value: Any) -> Iterator[int]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif isinstance(value, str) and value.isdecimal():
        yield int(value)
    elif isinstance(value, int):
        yield value


class Change(NamedTuple):
    """What a user may do to a value.

    Attributes
    ----------
    do : callable
        Takes the value, the number of the act and a number that chooses; returns the value.
    """

    name: str
    do: Callable[[Any, int, int], Any]


def _append(value: list[Any], act: int, how: int) -> Any:
    value.append(act)
    return value


def _remove(value: list[Any], act: int, how: int) -> Any:
    if value:
        del value[how % len(value)]
    return value


def _replace(value: list[Any], act: int, how: int) -> Any:
    return [act]


def _name(value: str, act: int, how: int) -> Any:
    return str(act)


def _fill_in(value: dict[str, Any], act: int, how: int) -> Any:
    value[f"field {act}"] = act
    return value


def _note(value: dict[str, Any], act: int, how: int) -> Any:
    value.setdefault("notes", []).append(act)
    return value


def _empty(value: dict[str, Any], act: int, how: int) -> Any:
    if value:
        del value[sorted(value)[how % len(value)]]
    return value


CHANGES: dict[str, tuple[Change, ...]] = {
    LOG: (
        Change("append", _append),
        Change("append", _append),
        Change("append", _append),
        Change("remove", _remove),
        Change("replace", _replace),
    ),
    NAME: (Change("assign", _name),),
    FORM: (Change("fill in", _fill_in), Change("note", _note), Change("empty", _empty)),
}
