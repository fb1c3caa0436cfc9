"""Tells whether a value, or anything inside it, has changed since it was last looked at."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from typing import Any

from .own import shape_of
from .plain import DUMPS, Part, Refused
from .refusal import unwritten
from .registry import codec_of, codec_of_base, qualified


def fingerprint(value: object) -> bytes:
    """Return bytes that change when the value, or a type inside it, changes.

    Two definitions of one type, of one name, give the same.

    Raises
    ------
    NotStorable
        As for `encode`; for some values only `encode` raises.
    """
    hashing = hashlib.blake2b(digest_size=16)
    try:
        _Walk(hashing).dump(value)
    except Exception as error:
        raise unwritten(value, error, _can_be_hashed) from None
    return hashing.digest()


def _can_be_hashed(part: object) -> bool:
    try:
        _Walk(hashlib.blake2b()).dump(part)
    except Exception:
        return False
    return True


class _Sink:
    """A file that is only ever hashed."""

    def __init__(self, hashing: Any) -> None:
        self.write = hashing.update


class _Walk(pickle.Pickler):
    """Walks a value at the speed of C, for what it writes to be hashed; nothing is ever unpickled.

    It is exact for built-in types, where a hash of JSON or of `marshal` is not: that one makes no
    difference between bytes, a bytearray and an array of numbers. What is not built in is taken
    apart below; methods for pickling that a type has are never called.
    """

    def __init__(self, hashing: Any) -> None:
        super().__init__(_Sink(hashing), 5)
        # Without it, equal values would be written in two ways: as two, and as one twice.
        self.fast = True
        self._takers: dict[type, Any] = {}

    def reducer_override(self, value: Any) -> Any:
        if value is tuple:  # as which everything below is written
            return NotImplemented
        kind = type(value)
        taker = self._takers.get(kind)
        if taker is None:
            taker = self._takers[kind] = _taker_of(value)
        return tuple, taker(value)


def _taker_of(value: object) -> Callable[[Any], tuple[Any, ...]]:
    """Return what makes of values of a type a name, and what they consist of."""
    kind = type(value)
    if kind is Part:
        return lambda part: (hashlib.blake2b(part.data, digest_size=16).digest(),)
    if dump := DUMPS.get(kind):
        return _named(kind.__name__, dump)
    if codec := codec_of(kind):
        return _named(codec.name, codec.dump)
    if shape := shape_of(kind):
        return _named(qualified(kind), shape.state)
    if codec := codec_of_base(kind):
        return _named(codec.name, codec.dump)
    raise Refused(f"{kind} is no type of data")


def _named(name: str, dump: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda value: (name, dump(value))
