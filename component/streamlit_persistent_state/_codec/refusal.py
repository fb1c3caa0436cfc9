"""Why a value cannot be stored: which part of it, of which type, and what to do instead."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterator
from typing import Any

from ..errors import NotStorable
from .own import is_own_type

_UNKNOWN = "cannot be stored"
_ANY_WAY_OUT = (
    "Store a list, a dict, a number or a text made of it instead; a live object, such as a client "
    "or a model, belongs into a function with @st.cache_resource."
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
_TABLES = ("numpy", "pandas", "polars", "pyarrow")
_UPLOADS = "streamlit.runtime.uploaded_file_manager"


def refusal(value: object, place: str) -> NotStorable:
    """Return why `value`, which is at `place` inside what was to be stored, cannot be."""
    return _refusal(value, place, _UNKNOWN)


def broken(value: object, error: Exception, can_be_written: Callable[[Any], bool]) -> NotStorable:
    """Return why a value cannot be stored that made `error` be raised, by whoever did."""
    part, place = _culprit(value, can_be_written)
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
            way_out = _way_out(value, place or what != _UNKNOWN)
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


def _way_out(value: object, is_inside: object) -> str:
    kind = type(value)
    module = kind.__module__.partition(".")[0]
    if is_own_type(kind):
        if is_inside:
            return _ANY_WAY_OUT
        return "Declare a default of that type, such as persist(key=Type(...))."
    if module in _TABLES:
        return (
            "Keep what it is made of (the bytes of a file, a query, choices), or its entries as "
            "lists, dicts and numbers, and make it again in each run."
        )
    if kind.__module__ == _UPLOADS:
        return "Keep its bytes and its name: file.getvalue() and file.name."
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
    while True:
        for step, part in _parts(value):
            if not can_be_written(part):
                value, place = part, place + step
                break
        else:
            return value, place


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
    elif dataclasses.is_dataclass(kind):
        yield from ((f".{f.name}", getattr(value, f.name)) for f in dataclasses.fields(kind))
    elif hasattr(kind, "__struct_fields__"):
        yield from ((f".{name}", getattr(value, name)) for name in kind.__struct_fields__)
    elif is_own_type(kind):
        yield from ((f".{name}", part) for name, part in vars(value).items())
