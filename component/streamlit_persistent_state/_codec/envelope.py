"""Values as bytes: JSON that a human can read, with tags where JSON has no such type.

A plain value is plain JSON. Anything else is ``{"$": tag, "v": ...}``; a dict that has the key
``"$"``, or a key that is not a text, is written as a list of pairs under the tag ``dict``. A tag
names one of the types below and nothing else: no name found in stored data is ever imported.

Values of the script's own types (dataclasses, enums, structs, models) are stored without a name
and come back through the type of the default that the script declares.
"""

from __future__ import annotations

import hashlib
import marshal
from typing import Any, NamedTuple

import msgspec

from ..errors import NotStorable, Unreadable
from .own import entries, is_own_type, rebuilt
from .plain import TAG, VALUE, WRITERS, read, write
from .refusal import broken

SCHEMA = 1
_OWN, _KEPT = "own", "kept"

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
        The value, or something inside it, is of a type that cannot be stored, or raises while it
        is read, whatever that is.
    RuntimeError
        It was changed while it was read, by another thread.
    """
    try:
        if type(value) is type(default) and is_own_type(type(value)):
            found = {TAG: _OWN, VALUE: write(entries(value), "")}
        else:
            found = write(value, "")
        if since or marks:
            found = {TAG: _KEPT, VALUE: [found, since, marks or {}]}
        return _json.encode(found)
    except RecursionError:
        raise NotStorable("it is nested too deeply, or contains itself") from None
    except NotStorable:
        raise
    except Exception as error:
        if _was_changed(error):
            raise
        # Types of the script's own run code of the script's own.
        raise broken(value, error, _can_be_written) from None


def _was_changed(error: Exception) -> bool:
    return type(error) is RuntimeError and "during iteration" in str(error)


def _can_be_written(part: Any) -> bool:
    """Whether a part of a value can be stored, in a value of the script's own type at least."""
    try:
        if type(part) in WRITERS:
            written = write(part, "")
        else:
            written = entries(part) if is_own_type(type(part)) else msgspec.to_builtins(part)
        _json.encode(written)
    except Exception:
        return False
    return True


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
            found, since, marks = found[VALUE]
            since, marks = int(since), msgspec.convert(marks, dict[str, int])
        if _is_tagged(found, _OWN):
            return Kept(rebuilt(read(found[VALUE]), type(default)), since, marks)
        return Kept(read(found), since, marks)
    except Unreadable:
        raise
    except Exception as error:
        # Whatever a damaged payload makes the readers below raise.
        raise Unreadable(f"{type(error).__name__} while reading it") from error


def _is_tagged(found: Any, tag: str) -> bool:
    return isinstance(found, dict) and found.keys() == {TAG, VALUE} and found[TAG] == tag


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
    except MemoryError as error:
        raise broken(value, error, _can_be_written) from None
    except ValueError:
        # Of a type of the script's own: it may stand in for its declared default.
        written = encode(value, default=value)
    return hashlib.blake2b(written, digest_size=16).digest()
