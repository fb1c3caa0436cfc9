"""Built-in types as JSON, with a tag where JSON has no such type, and back."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from ..errors import Unreadable
from .refusal import refusal

TAG, VALUE = "$", "v"
_EXACT_INT = 2**63

_json = msgspec.json.Encoder()


def write(value: object, path: str) -> Any:
    writer = WRITERS.get(type(value))
    if writer is None:
        raise refusal(value, path)
    return writer(value, path)


def _same(value: Any, path: str) -> Any:
    return value


def _tagged(tag: str, dump: Callable[[Any], Any]) -> Callable[[Any, str], Any]:
    return lambda value, path: {TAG: tag, VALUE: dump(value)}


def _items(tag: str) -> Callable[[Any, str], Any]:
    return lambda value, path: {TAG: tag, VALUE: _list(value, path)}


def _list(value: Any, path: str) -> list[Any]:
    return [write(item, f"{path}[{index}]") for index, item in enumerate(value)]


def _unordered(tag: str) -> Callable[[Any, str], Any]:
    def write_sorted(value: Any, path: str) -> Any:
        items = [write(item, f"{path}{{}}") for item in value]
        return {TAG: tag, VALUE: sorted(items, key=_json.encode)}

    return write_sorted


def _int(value: Any, path: str) -> Any:
    # Hexadecimal has no limit on digits.
    return value if -_EXACT_INT <= value < _EXACT_INT else {TAG: "int", VALUE: hex(value)}


def _float(value: Any, path: str) -> Any:
    return value if math.isfinite(value) else {TAG: "float", VALUE: repr(value)}


def _dict(value: Any, path: str) -> Any:
    if TAG not in value and all(type(key) is str for key in value):
        return {key: write(item, f"{path}[{key!r}]") for key, item in value.items()}
    pairs = [
        [write(key, f"{path} key"), write(item, f"{path}[{key!r}]")] for key, item in value.items()
    ]
    return {TAG: "dict", VALUE: pairs}


def _datetime(value: Any) -> Any:
    zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    return [value.isoformat(), value.fold, zone]


def _time(value: Any) -> Any:
    zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    return [value.isoformat(), value.fold, zone]


WRITERS: dict[type, Callable[[Any, str], Any]] = {
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
}


def read(found: Any) -> Any:
    if isinstance(found, list):
        return [read(item) for item in found]
    if not isinstance(found, dict):
        return found
    if TAG not in found:
        return {key: read(item) for key, item in found.items()}
    if found.keys() != {TAG, VALUE}:
        raise Unreadable("a tag is malformed")
    reader = _READERS.get(found[TAG])
    if reader is None:
        raise Unreadable("it has an unknown tag")
    return reader(found[VALUE])


def _read_list(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise Unreadable("a tag is malformed")
    return [read(item) for item in found]


def _read_moment(kind: Any) -> Callable[[Any], Any]:
    def read_moment(found: Any) -> Any:
        text, fold, zone = found
        moment = kind.fromisoformat(text).replace(fold=fold)
        return moment if zone is None else moment.replace(tzinfo=ZoneInfo(zone))

    return read_moment


def _read_dict(found: Any) -> dict[Any, Any]:
    return {read(key): read(item) for key, item in found}


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
}


def register(kind: type, tag: str, dump: Callable[[Any], Any], load: Callable[[Any], Any]) -> None:
    """Have values of exactly one more type written under a tag: `dump` makes plain JSON of one."""
    WRITERS[kind], _READERS[tag] = _tagged(tag, dump), load
