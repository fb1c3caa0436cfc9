"""Tells whether a value, or anything inside it, has changed since it was last looked at."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeAlias

from .own import shape_of
from .plain import DUMPS, Part, Refused
from .refusal import unwritten
from .registry import codec_of, codec_of_base, qualified

_Taker: TypeAlias = Callable[[Any], tuple[Any, ...]]


def fingerprint(value: object) -> bytes:
    """Return bytes that change when the value, or a type inside it, changes.

    Two definitions of one type, of one name, give the same.

    Raises
    ------
    NotStorable
        As for `encode`; for some values only `encode` raises.
    """
    try:
        return _digest(value)
    except Exception as error:
        raise unwritten(value, error, _can_be_hashed) from None


def _can_be_hashed(part: object) -> bool:
    try:
        _digest(part)
    except Exception:
        return False
    return True


def _digest(value: object) -> bytes:
    hashing = hashlib.blake2b(digest_size=16)
    sink: Any = SimpleNamespace(write=hashing.update)
    walk = _Walk(sink, 5)
    # Without it, equal values would be written in two ways: as two, and as one twice.
    walk.fast = True
    walk.dump(value)
    return hashing.digest()


class _Walk(pickle.Pickler):
    """Walks a value at the speed of C, for what it writes to be hashed; nothing is ever unpickled.

    It is exact for built-in types, where a hash of JSON or of `marshal` is not: that one makes no
    difference between bytes, a bytearray and an array of numbers. What is not built in is taken
    apart below; methods for pickling that a type has are never called.
    """

    _takers: dict[type, _Taker] | None = None

    def reducer_override(self, value: Any) -> Any:
        if value is tuple:  # as which everything below is written
            return NotImplemented
        kind = type(value)
        if self._takers is None:  # most values have no need of it
            self._takers = {}
        taker = self._takers.get(kind)
        if taker is None:
            taker = self._takers[kind] = _taker_of(value)
        return tuple, taker(value)


def _taker_of(value: object) -> _Taker:
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


def _named(name: str, dump: Callable[[Any], Any]) -> _Taker:
    return lambda value: (name, dump(value))
