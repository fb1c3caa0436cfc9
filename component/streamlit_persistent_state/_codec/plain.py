"""Values as bytes: JSON that a human can read, with tags where JSON has no such type.

A plain value is plain JSON. Anything else is ``{"$": tag, "v": ...}``; a dict that has the key
``"$"``, or a key that is not a text, is written as a list of pairs under the tag ``dict``. A tag
names one of the types below and nothing else: no name found in stored data is ever imported.

Values of the script's own types (dataclasses, enums, structs, models) are stored without a name
and come back through the type of the default that the script declares.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import marshal
import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from ._value import CounterText
from .errors import NotStorable, Unreadable

SCHEMA = 1
_TAG, _VALUE, _OWN, _KEPT = "$", "v", "own", "kept"
_EXACT_INT = 2**63

_json = msgspec.json.Encoder()


class Kept(NamedTuple):
    """A value with what a later merge has to know of its past.

    Attributes
    ----------
    value : object
    since : int
        Revision of the deletion it came after, 0 for none.
    marks : dict of str to int
        How much of the value each session has added to it; the last to add comes last.
    """

    value: Any
    since: int
    marks: dict[str, int]


def encode(
    value: object, *, since: int = 0, marks: dict[str, int] | None = None, default: object = None
) -> bytes:
    """Return `value` as bytes; `default` is what the script declares for the same key.

    Raises
    ------
    NotStorable
        The value, or something inside it, is of a type that cannot be stored.
    """
    try:
        if type(value) is type(default) and type(value) not in _WRITERS:
            found = {_TAG: _OWN, _VALUE: _plain(_own(value), "")}
        else:
            found = _plain(value, "")
        if since or marks:
            found = {_TAG: _KEPT, _VALUE: [found, since, marks or {}]}
        return _json.encode(found)
    except RecursionError:
        raise NotStorable("it is nested too deeply, or contains itself") from None
    except UnicodeEncodeError:
        raise NotStorable("it holds a lone surrogate, which UTF-8 cannot write") from None


def decode(payload: bytes, schema: int, *, default: object = None) -> Kept:
    """Return what `encode` was given.

    Raises
    ------
    Unreadable
        The payload is corrupt, of a newer version, or of a type other than the default's.
    """
    if schema > SCHEMA:
        raise Unreadable(f"schema {schema} is newer than {SCHEMA}, which this version reads")
    try:
        found = msgspec.json.decode(payload)
        since, marks = 0, {}
        if _is_tagged(found, _KEPT):
            found, since, marks = found[_VALUE]
            since, marks = int(since), msgspec.convert(marks, dict[str, int])
        if _is_tagged(found, _OWN):
            return Kept(_rebuilt(_read(found[_VALUE]), type(default)), since, marks)
        return Kept(_read(found), since, marks)
    except Unreadable:
        raise
    except Exception as error:
        # Whatever a damaged payload makes the readers below raise.
        raise Unreadable(f"{type(error).__name__} while reading it") from error


def _is_tagged(found: Any, tag: str) -> bool:
    return isinstance(found, dict) and found.keys() == {_TAG, _VALUE} and found[_TAG] == tag


def fingerprint(value: object) -> bytes:
    """Return bytes that change when the value, or a type inside it, changes.

    Raises
    ------
    NotStorable
        As for `encode`; for some values only `encode` raises.
    """
    try:
        # Exact for built-in types, and several times as fast as JSON. Only ever hashed.
        written = marshal.dumps(value, 2)  # type: ignore[arg-type]  # refuses what it cannot
    except ValueError:
        # Of a type of the script's own: it may stand in for its declared default.
        written = encode(value, default=value)
    return hashlib.blake2b(written, digest_size=16).digest()


def _plain(value: object, path: str) -> Any:
    writer = _WRITERS.get(type(value))
    if writer is None:
        where = f" at {path}" if path else ""
        raise NotStorable(f"{_name(value)}{where} cannot be stored. {_way_out(value, path)}")
    return writer(value, path)


def _way_out(value: object, path: str) -> str:
    if _is_own(value) and not path:
        return "Declare a default of that type, such as persist(key=Type(...))."
    return "Store a list, a dict, a number or a text made of it instead."


def _name(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _same(value: Any, path: str) -> Any:
    return value


def _tagged(tag: str, write: Callable[[Any], Any]) -> Callable[[Any, str], Any]:
    return lambda value, path: {_TAG: tag, _VALUE: write(value)}


def _items(tag: str) -> Callable[[Any, str], Any]:
    return lambda value, path: {_TAG: tag, _VALUE: _list(value, path)}


def _list(value: Any, path: str) -> list[Any]:
    return [_plain(item, f"{path}[{index}]") for index, item in enumerate(value)]


def _unordered(tag: str) -> Callable[[Any, str], Any]:
    def write(value: Any, path: str) -> Any:
        items = [_plain(item, f"{path}{{}}") for item in value]
        return {_TAG: tag, _VALUE: sorted(items, key=_json.encode)}

    return write


def _int(value: Any, path: str) -> Any:
    # Hexadecimal has no limit on digits.
    return value if -_EXACT_INT <= value < _EXACT_INT else {_TAG: "int", _VALUE: hex(value)}


def _float(value: Any, path: str) -> Any:
    return value if math.isfinite(value) else {_TAG: "float", _VALUE: repr(value)}


def _dict(value: Any, path: str) -> Any:
    if _TAG not in value and all(type(key) is str for key in value):
        return {key: _plain(item, f"{path}[{key!r}]") for key, item in value.items()}
    pairs = [
        [_plain(key, f"{path} key"), _plain(item, f"{path}[{key!r}]")]
        for key, item in value.items()
    ]
    return {_TAG: "dict", _VALUE: pairs}


def _datetime(value: Any) -> Any:
    zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    return [value.isoformat(), value.fold, zone]


def _time(value: Any) -> Any:
    zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    return [value.isoformat(), value.fold, zone]


_WRITERS: dict[type, Callable[[Any, str], Any]] = {
    type(None): _same,
    bool: _same,
    str: _same,
    int: _int,
    float: _float,
    list: _list,
    dict: _dict,
    tuple: _items("tuple"),
    set: _unordered("set"),
    frozenset: _unordered("frozenset"),
    bytes: _tagged("bytes", lambda value: base64.b64encode(value).decode()),
    bytearray: _tagged("bytearray", lambda value: base64.b64encode(value).decode()),
    complex: _tagged("complex", repr),
    date: _tagged("date", date.isoformat),
    datetime: _tagged("datetime", _datetime),
    time: _tagged("time", _time),
    timedelta: _tagged("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    Decimal: _tagged("decimal", str),
    UUID: _tagged("uuid", str),
    CounterText: _tagged("counter_text", lambda value: [value.counter, value.text]),
}


def _read(found: Any) -> Any:
    if isinstance(found, list):
        return [_read(item) for item in found]
    if not isinstance(found, dict):
        return found
    if _TAG not in found:
        return {key: _read(item) for key, item in found.items()}
    if found.keys() != {_TAG, _VALUE}:
        raise Unreadable("a tag is malformed")
    reader = _READERS.get(found[_TAG])
    if reader is None:
        raise Unreadable("it has an unknown tag")
    return reader(found[_VALUE])


def _read_list(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise Unreadable("a tag is malformed")
    return [_read(item) for item in found]


def _read_moment(kind: Any) -> Callable[[Any], Any]:
    def read(found: Any) -> Any:
        text, fold, zone = found
        moment = kind.fromisoformat(text).replace(fold=fold)
        return moment if zone is None else moment.replace(tzinfo=ZoneInfo(zone))

    return read


def _read_dict(found: Any) -> dict[Any, Any]:
    return {_read(key): _read(item) for key, item in found}


_READERS: dict[str, Callable[[Any], Any]] = {
    "int": lambda found: int(found, 16),
    "float": float,
    "dict": _read_dict,
    "tuple": lambda found: tuple(_read_list(found)),
    "set": lambda found: set(_read_list(found)),
    "frozenset": lambda found: frozenset(_read_list(found)),
    "bytes": lambda found: base64.b64decode(found, validate=True),
    "bytearray": lambda found: bytearray(base64.b64decode(found, validate=True)),
    "complex": complex,
    "date": date.fromisoformat,
    "datetime": _read_moment(datetime),
    "time": _read_moment(time),
    "timedelta": lambda found: timedelta(*found),
    "decimal": Decimal,
    "uuid": UUID,
    "counter_text": lambda found: CounterText(*found),
}


def _is_own(value: object) -> bool:
    kind = type(value)
    return (
        isinstance(value, (Enum, msgspec.Struct))
        or dataclasses.is_dataclass(kind)
        or hasattr(kind, "model_validate")
        or (isinstance(value, tuple) and hasattr(kind, "_fields"))
    )


def _own(value: Any) -> Any:
    """Return a value of the script's own type as plain entries."""
    if isinstance(value, Enum):
        return value.value
    if hasattr(type(value), "model_validate"):
        return value.model_dump(mode="json")
    if dataclasses.is_dataclass(type(value)) or isinstance(value, (msgspec.Struct, tuple)):
        return msgspec.to_builtins(value)
    raise NotStorable(f"{_name(value)} cannot be stored. {_way_out(value, '')}")


def _rebuilt(found: Any, kind: Any) -> Any:
    if issubclass(kind, Enum):
        return kind(found)
    if hasattr(kind, "model_validate"):
        return kind.model_validate(found)
    if kind in _WRITERS:
        raise Unreadable("it needs a default of its own type to be read")
    return msgspec.convert(found, kind, strict=True)
