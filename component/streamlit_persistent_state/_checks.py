"""Checks the arguments of public functions, and says what is allowed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from numbers import Integral
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from .errors import InvalidArgument

MAX_SAFE_INTEGER = 2**53 - 1
"""Largest integer a browser holds exactly (ECMAScript ``Number.MAX_SAFE_INTEGER``)."""

MAX_TEXT_CHARS = 100_000
"""Longest text the widget carries when ``max_chars`` does not say less."""

PREFIX = "streamlit_persistent_state"
"""Keys that start with this belong to the package."""

LIVE_KEY = f"{PREFIX}:live"
"""Of what has the page ask for news."""

LabelVisibility: TypeAlias = Literal["visible", "hidden", "collapsed"]
Host: TypeAlias = Literal["inline", "iframe"]
INTERVAL = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s|m)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_SHORTEST = 0.1

Scope: TypeAlias = Literal["session", "browser", "user", "app"]


@dataclass(frozen=True)
class Handler:
    """A user's callback with its arguments, as Streamlit's own widgets take it."""

    callback: Callable[..., object]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __call__(self) -> None:
        self.callback(*self.args, **self.kwargs)


class Liveness(NamedTuple):
    """How a page hears of what others change.

    Attributes
    ----------
    every : float or None
        Seconds between two questions to the store; None asks only when another tab tells.
    """

    is_on: bool
    every: float | None = None


def checked_live(live: object) -> Liveness:
    if isinstance(live, bool):
        return Liveness(live)
    seconds: float | None = None
    if isinstance(live, timedelta):
        seconds = live.total_seconds()
    elif isinstance(live, (int, float)):
        seconds = float(live)
    elif isinstance(live, str) and (found := INTERVAL.fullmatch(live)):
        seconds = float(found[1]) * _UNITS[found[2]]
    if seconds is None or not _SHORTEST <= seconds < math.inf:
        raise InvalidArgument(
            f"live must be True, False or a time of {_SHORTEST} s or more, such as '2s', "
            f"got {shown(live)}"
        )
    return Liveness(True, seconds)


def checked_int(name: str, value: object) -> int:
    """Return `value` as an int a browser can hold, or raise naming `name`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise InvalidArgument(f"{name} must be an int, got {shown(value)}")
    number = int(value)
    if abs(number) > MAX_SAFE_INTEGER:
        raise InvalidArgument(
            f"{name} must lie between -(2**53 - 1) and 2**53 - 1, where a browser counts exactly"
        )
    return number


def checked_text(name: str, value: object) -> str:
    """Return `value` if it is a text a browser and UTF-8 can carry, or raise naming `name`."""
    if not isinstance(value, str):
        raise InvalidArgument(f"{name} must be a str, got {shown(value)}")
    if len(value) > MAX_TEXT_CHARS:
        raise InvalidArgument(
            f"{name} has {len(value)} characters, at most {MAX_TEXT_CHARS} are allowed"
        )
    if not is_well_formed(value):
        raise InvalidArgument(f"{name} holds a lone surrogate, which UTF-8 cannot write")
    return str.__str__(value)  # of a subclass, such as an enum's, the plain text


def shown(value: object) -> str:
    """Describe `value` in an error message, however large or broken it is."""
    try:
        return f"{type(value).__name__}: {value!r:.80}"
    except Exception:
        return type(value).__name__


def is_well_formed(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def checked_key(key: object) -> str:
    if not isinstance(key, str):
        raise InvalidArgument(f"key must be a str, got {shown(key)}")
    return _checked_name(key)


@lru_cache(maxsize=1024)
def _checked_name(key: str) -> str:
    if not key:
        raise InvalidArgument("key must not be empty: it names the entry in st.session_state")
    if key.startswith(PREFIX):
        raise InvalidArgument(f"key {key!r} must not start with {PREFIX!r}, which is reserved")
    return checked_text("key", key)


def checked_group(group: object) -> str | None:
    if group is None:
        return None
    if not isinstance(group, str) or not group:
        raise InvalidArgument(f"group must be a name, such as 'chat', got {shown(group)}")
    return checked_text("group", group)


def checked_step(step: object) -> int:
    number = checked_int("step", step)
    if number < 1:
        raise InvalidArgument(f"step must be 1 or more, got {number}")
    return number


def checked_label(label: object) -> str:
    if not isinstance(label, str):
        raise InvalidArgument(f"label must be a str, got {shown(label)}")
    if not label.strip():
        raise InvalidArgument(
            "label must not be empty: screen readers read it. "
            'Hide it with label_visibility="collapsed".'
        )
    return checked_text("label", label)


def checked_choice(name: str, value: object, choices: Any) -> Any:
    allowed = get_args(choices)
    if value not in allowed:
        raise InvalidArgument(
            f"{name} must be one of {', '.join(map(repr, allowed))}, got {shown(value)}"
        )
    return value


def checked_bool(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidArgument(f"{name} must be True or False, got {shown(value)}")
    return value


def checked_optional_text(name: str, value: object) -> str | None:
    return None if value is None else checked_text(name, value)


def checked_handler(
    name: str, callback: object, args: Sequence[Any] | None, kwargs: Mapping[str, Any] | None
) -> Handler | None:
    if args is not None and not isinstance(args, (tuple, list)):
        raise InvalidArgument(f"args must be a tuple or a list, got {type(args).__name__}")
    if kwargs is not None and not isinstance(kwargs, Mapping):
        raise InvalidArgument(f"kwargs must be a dict, got {type(kwargs).__name__}")
    if callback is None:
        return None
    if not callable(callback):
        raise InvalidArgument(f"{name} must be a function or None, got {shown(callback)}")
    return Handler(callback, tuple(args or ()), dict(kwargs or {}))
