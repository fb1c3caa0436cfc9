"""Finds parameters that are misspelt, where any name can be a key."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, get_args

from .._checks import INTERVAL, Scope

_ALIKE = 0.8


def _is_check(value: object) -> bool:
    return callable(value) or (isinstance(value, tuple) and all(isinstance(v, type) for v in value))


def _are_types(value: object) -> bool:
    if not isinstance(value, (list, tuple)) or not value:
        return False
    return all(isinstance(one, type) for one in value)


def _is_live(value: object) -> bool:
    return isinstance(value, bool) or (
        isinstance(value, str) and INTERVAL.fullmatch(value) is not None
    )


# What can hardly be meant as the start of a key. A number of seconds, or a name, is that.
_TAKES: Mapping[str, Callable[[Any], bool]] = {
    "scope": lambda value: value in get_args(Scope),
    "merge": callable,
    "check": _is_check,
    "types": _are_types,
}
# Of these a longer name, such as "lives" or "alive", is a word of its own.
_TAKES_IF_SHORT: Mapping[str, Callable[[Any], bool]] = {
    "live": _is_live,
    "group": lambda value: isinstance(value, str),
}


def parameter_like(name: str, value: object) -> str | None:
    """Return the parameter of `persist` that is meant, if `name` looks like a slip of the pen."""
    for parameter in _alike(name):
        takes = _TAKES.get(parameter) or _TAKES_IF_SHORT[parameter]
        if takes(value):
            return parameter
    return None


@lru_cache(maxsize=4096)  # asked for each default in each run
def _alike(name: str) -> tuple[str, ...]:
    short = (parameter for parameter in _TAKES_IF_SHORT if len(name) <= len(parameter))
    return tuple(one for one in (*_TAKES, *short) if _is_like(name.lower(), one))


def _is_like(name: str, parameter: str) -> bool:
    has_swapped = sorted(name) == sorted(parameter) and name[0] == parameter[0]
    return has_swapped or difflib.SequenceMatcher(None, name, parameter).ratio() >= _ALIKE
