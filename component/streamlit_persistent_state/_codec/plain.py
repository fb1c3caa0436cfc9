"""Built-in types as JSON, with a tag where JSON has no such type, and back.

A plain value is plain JSON. Anything else is ``{"$": tag, "v": ...}``; a dict that has the key
``"$"``, or a key that is not a text, is written as a list of pairs under the tag ``dict``.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, Protocol, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from ..errors import Unreadable

TAG, VALUE = "$", "v"
_EXACT_INT = 2**63
_INLINE = 1024
"""Bytes that stand in the JSON, where a human sees them; more are a part beside it."""

_json = msgspec.json.Encoder()


class Part(NamedTuple):
    """Bytes that stand beside the JSON.

    Attributes
    ----------
    data : buffer
        Bytes, or what shows its memory as such.
    method : {"zlib", "zstd"}
        How they are compressed, if that pays. ``"zstd"`` is faster, and needs pyarrow.
    """

    data: Any
    method: str = "zlib"


class To(Protocol):
    """Where a value is written."""

    def writer_of(self, value: object) -> Writer:
        """Return what writes a value of a type that is not built in.

        Raises
        ------
        Refused
            Nothing does.
        """
        ...

    def add(self, part: Part) -> int:
        """Put bytes beside the JSON; return their number."""
        ...


class From(Protocol):
    """Where a value is read from."""

    def read_tagged(self, tag: object, found: Any) -> Any:
        """Return what stands under a tag that is none of a built-in type."""
        ...

    def part(self, number: int) -> bytes:
        """Return bytes that stand beside the JSON."""
        ...


Writer: TypeAlias = Callable[[Any, To], Any]
Reader: TypeAlias = Callable[[Any, From], Any]


class Refused(Exception):
    """A value, or something inside it, is of a type that cannot be stored."""


def write(value: object, to: To) -> Any:
    return (WRITERS.get(type(value)) or to.writer_of(value))(value, to)


def tagged(tag: str, dump: Callable[[Any], Any]) -> Writer:
    """Return a writer for what `dump` makes a value out of that can be written itself."""
    return lambda value, to: {TAG: tag, VALUE: write(dump(value), to)}


def _same(value: Any, to: To) -> Any:
    return value


def _list(value: Any, to: To) -> list[Any]:
    known, other = WRITERS.get, to.writer_of
    return [(known(type(item)) or other(item))(item, to) for item in value]


def _items(tag: str) -> Writer:
    return lambda value, to: {TAG: tag, VALUE: _list(value, to)}


def _unordered(tag: str) -> Writer:
    return lambda value, to: {TAG: tag, VALUE: sorted(_list(value, to), key=_json.encode)}


def _int(value: Any, to: To) -> Any:
    # Hexadecimal has no limit on digits.
    return value if -_EXACT_INT <= value < _EXACT_INT else {TAG: "int", VALUE: hex(value)}


def _float(value: Any, to: To) -> Any:
    return value if math.isfinite(value) else {TAG: "float", VALUE: repr(value)}


def _dict(value: Any, to: To) -> Any:
    if TAG not in value and all(type(key) is str for key in value):
        known, other = WRITERS.get, to.writer_of
        return {key: (known(type(item)) or other(item))(item, to) for key, item in value.items()}
    return {TAG: "dict", VALUE: [[write(key, to), write(item, to)] for key, item in value.items()]}


def _moment(value: Any) -> Any:
    zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    return [value.isoformat(), value.fold, zone]


def _bytes(tag: str) -> Writer:
    def write_bytes(value: Any, to: To) -> Any:
        if len(value) <= _INLINE:
            return {TAG: tag, VALUE: base64.b64encode(value).decode()}
        return {TAG: tag, VALUE: to.add(Part(value))}

    return write_bytes


def _part(value: Any, to: To) -> Any:
    view = memoryview(value.data).cast("B")
    if len(view) <= _INLINE:
        return {TAG: "bytes", VALUE: base64.b64encode(view).decode()}
    return {TAG: "bytes", VALUE: to.add(Part(view, value.method))}


WRITERS: dict[type, Writer] = {
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
    bytes: _bytes("bytes"),
    bytearray: _bytes("bytearray"),
    Part: _part,
}
NATIVE = frozenset(WRITERS) - {Part}
"""What JSON, or a tag of its own above, is written for."""

DUMPS: dict[type, Callable[[Any], Any]] = {}
"""What makes native values of values of other types that are written the same everywhere."""


_NESTED = frozenset({list, dict})


def read(found: Any, source: From) -> Any:
    # Most of what a value contains is neither, and not worth a call.
    if type(found) is list:
        return [read(x, source) if type(x) in _NESTED else x for x in found]
    if type(found) is not dict:
        return found
    if TAG not in found:
        return {k: read(x, source) if type(x) in _NESTED else x for k, x in found.items()}
    if found.keys() != {TAG, VALUE}:
        raise Unreadable("a tag is malformed")
    tag = found[TAG]
    reader = _READERS.get(tag) if isinstance(tag, str) else None
    if reader is None:
        return source.read_tagged(tag, found[VALUE])
    return reader(found[VALUE], source)


def _read_list(found: Any, source: From) -> list[Any]:
    if not isinstance(found, list):
        raise Unreadable("a tag is malformed")
    return [read(item, source) for item in found]


def _moment_of(kind: Any) -> Callable[[Any], Any]:
    def moment_of(found: Any) -> Any:
        text, fold, zone = found
        moment = kind.fromisoformat(text).replace(fold=fold)
        return moment if zone is None else moment.replace(tzinfo=ZoneInfo(zone))

    return moment_of


def _read_dict(found: Any, source: From) -> dict[Any, Any]:
    return {read(key, source): read(item, source) for key, item in found}


def _read_bytes(found: Any, source: From) -> bytes:
    if isinstance(found, int):
        return source.part(found)
    return base64.b64decode(found, validate=True)


_READERS: dict[str, Reader] = {
    "int": lambda found, source: int(found, 16),
    "float": lambda found, source: float(found),
    "dict": _read_dict,
    "tuple": lambda found, source: tuple(_read_list(found, source)),
    "set": lambda found, source: set(_read_list(found, source)),
    "frozenset": lambda found, source: frozenset(_read_list(found, source)),
    "bytes": _read_bytes,
    "bytearray": lambda found, source: bytearray(_read_bytes(found, source)),
}


def register(kind: type, tag: str, dump: Callable[[Any], Any], load: Callable[[Any], Any]) -> None:
    """Have values of exactly one more type written under a tag.

    Parameters
    ----------
    dump, load : callable
        Make of a value one that can be written itself, and back.
    """
    WRITERS[kind], DUMPS[kind] = tagged(tag, dump), dump
    _READERS[tag] = lambda found, source: load(read(found, source))


register(complex, "complex", repr, complex)
register(date, "date", date.isoformat, date.fromisoformat)
register(datetime, "datetime", _moment, _moment_of(datetime))
register(time, "time", _moment, _moment_of(time))
register(
    timedelta,
    "timedelta",
    lambda value: [value.days, value.seconds, value.microseconds],
    lambda found: timedelta(*found),
)
register(Decimal, "decimal", str, Decimal)
register(UUID, "uuid", str, UUID)
