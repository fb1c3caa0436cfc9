"""Why a value cannot be stored: which part of it, of which type, and what to do instead."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

from ..errors import NotStorable
from .own import field_names, is_own_type
from .plain import Refused
from .registry import codec_of

_DEEPEST = 100
"""Levels at which the place of what cannot be stored is looked for."""
_TOO_DEEP = object()
_UNKNOWN = "cannot be stored"
_ANY_WAY_OUT = (
    "If it is data, make its type a dataclass, or say with codecs.register how it is kept; a live "
    "object, such as a client or a model, belongs into a function with @st.cache_resource."
)
_PLACE_CHARS = 200
_REASON_CHARS = 200

_LIVE_MODULES = (
    "_asyncio",
    "_io",
    "_queue",
    "_socket",
    "_ssl",
    "_thread",
    "asyncio",
    "concurrent",
    "io",
    "multiprocessing",
    "queue",
    "selectors",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "threading",
)
_LIVE_TYPES = (
    types.AsyncGeneratorType,
    types.CoroutineType,
    types.GeneratorType,
    types.ModuleType,
)
_LIVE_METHODS = (
    "__aenter__",
    "__enter__",
    "__next__",
    "acquire",
    "cursor",
    "forward",
    "generate",
    "invoke",
    "predict",
)


def refusal(value: object, place: str) -> NotStorable:
    """Return why `value`, which is at `place` inside what was to be stored, cannot be."""
    return _refusal(value, place, _UNKNOWN)


def unwritten(value: object, error: Exception, can_be_written: Callable[[Any], bool]) -> Exception:
    """Return what to raise instead of `error`, that writing or reading a value has raised."""
    if isinstance(error, NotStorable):
        return error
    if type(error) is RuntimeError and "during iteration" in str(error):
        return error
    # Types of the script's own run code of the script's own.
    return broken(value, error, can_be_written)


def broken(value: object, error: Exception, can_be_written: Callable[[Any], bool]) -> NotStorable:
    """Return why a value cannot be stored that made `error` be raised, by whoever did."""
    part, place = _culprit(value, can_be_written)
    if part is _TOO_DEEP:
        return NotStorable("it is nested too deeply, or contains itself")
    if isinstance(error, Refused):
        return refusal(part, place)
    if isinstance(error, UnicodeEncodeError):
        return _refusal(part, place, "holds a lone surrogate, which UTF-8 cannot write", "")
    if isinstance(error, TypeError) and not is_own_type(type(part)):
        return refusal(part, place)
    said = shortened(_said(error), _REASON_CHARS)
    return _refusal(part, place, f"cannot be stored, since reading it raised {said}")


def _refusal(value: object, place: str, what: str, way_out: str | None = None) -> NotStorable:
    kind, place = _name(type(value)), shortened(place, _PLACE_CHARS)
    where = f" at {place}" if place else ""
    if way_out is None:
        try:
            way_out = _way_out(value)
        except Exception:  # of a metaclass
            way_out = _ANY_WAY_OUT
    return NotStorable(f"{kind}{where} {what}. {way_out}".rstrip(), kind=kind, place=place)


def _said(error: Exception) -> str:
    try:
        return f"{type(error).__name__}: {error}".rstrip(": ")
    except Exception:
        return type(error).__name__


def shortened(text: str, chars: int) -> str:
    return text if len(text) <= chars else f"{text[: chars // 2]}…{text[-chars // 2 :]}"


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _way_out(value: object) -> str:
    kind = type(value)
    module = kind.__module__.partition(".")[0]
    if is_own_type(kind):
        return (
            "Declare a default of that type, or name the type: "
            f"persist(..., types=[{kind.__qualname__}])."
        )
    if _is_live(kind, module):
        return (
            "It is a live object, which ends with this process: make it in a function with "
            "@st.cache_resource, and call that in each run."
        )
    return _ANY_WAY_OUT


def _is_live(kind: type, module: str) -> bool:
    return (
        module in _LIVE_MODULES
        or issubclass(kind, _LIVE_TYPES)
        or any(hasattr(kind, name) for name in _LIVE_METHODS)
    )


def _culprit(value: object, can_be_written: Callable[[Any], bool]) -> tuple[object, str]:
    """Return the innermost part of a value that cannot be written, and its place."""
    place = ""
    for _ in range(_DEEPEST):
        for step, part in _parts(value):
            if not can_be_written(part):
                value, place = part, place + step
                break
        else:
            return value, place
    return _TOO_DEEP, ""


def _parts(value: object) -> Iterator[tuple[str, Any]]:
    """Yield the parts of a value, each with the step that leads to it."""
    try:
        yield from _parts_of(value)
    except Exception:
        return  # it is the value itself that cannot be read


def _parts_of(value: Any) -> Iterator[tuple[str, Any]]:
    kind = type(value)
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        yield from ((f".{name}", getattr(value, name)) for name in kind._fields)
    elif isinstance(value, (list, tuple)):
        yield from ((f"[{index}]", part) for index, part in enumerate(value))
    elif isinstance(value, (set, frozenset)):
        yield from (("{}", part) for part in value)
    elif isinstance(value, dict):
        yield from ((" key", key) for key in value)
        yield from ((f"[{key!r}]", part) for key, part in value.items())
    elif is_own_type(kind) and not issubclass(kind, Enum):
        held = {name: getattr(value, name, None) for name in field_names(kind)}
        yield from ((f".{name}", part) for name, part in (held | _vars(value)).items())
    elif codec := codec_of(kind):
        yield " inside", codec.dump(value)


def _vars(value: object) -> dict[str, Any]:
    return getattr(value, "__dict__", {})
