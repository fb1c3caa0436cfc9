"""Values as bytes: JSON that a human can read, with tags where JSON has no such type.

What surrounds a value tells a later merge of its past. The value itself is plain JSON plus binary
parts, as `pack` makes them.

Until schema 1 had names of types, values of the script's own types were stored without one; they
come back through the type of the default that the script declares.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from ..errors import Unreadable
from .pack import pack, unpack
from .parts import Parts, join
from .plain import TAG, VALUE
from .refusal import unwritten
from .types import Types
from .unnamed import rebuilt

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
    value: object,
    *,
    since: int = 0,
    marks: dict[str, int] | None = None,
    types: Types | None = None,
) -> bytes:
    """Return `value` as bytes; `types` are those of the script that it may be made of.

    Raises
    ------
    NotStorable
        The value, or something inside it, is of a type that cannot be stored, or raises while it
        is read, whatever that is.
    RuntimeError
        It was changed while it was read, by another thread.
    """
    types = types or Types()
    try:
        found, parts = pack(value, types)
        if since or marks:
            found = {TAG: _KEPT, VALUE: [found, since, marks or {}]}
        return join(_json.encode(found), parts)
    except Exception as error:
        raise unwritten(value, error, lambda part: _can_be_written(part, types)) from None


def _can_be_written(part: Any, types: Types) -> bool:
    try:
        _json.encode(pack(part, types)[0])
    except Exception:
        return False
    return True


def decode(payload: bytes, schema: int, *, types: Types | None = None) -> Kept:
    """Return what `encode` was given.

    Raises
    ------
    Unreadable
        The payload is corrupt, of a newer version, or of a type that `types` does not know.
    """
    if schema > SCHEMA:
        raise Unreadable(f"schema {schema} is newer than {SCHEMA}, which this version reads")
    types = types or Types()
    try:
        parts = Parts(payload)
        found = msgspec.json.decode(parts.json)
        since, marks = 0, {}
        if _is_tagged(found, _KEPT):
            found, since, marks = found[VALUE]
            since, marks = int(since), msgspec.convert(marks, dict[str, int])
        if _is_tagged(found, _OWN):
            return Kept(rebuilt(unpack(found[VALUE], parts, types), types.root), since, marks)
        return Kept(unpack(found, parts, types), since, marks)
    except Unreadable:
        raise
    except Exception as error:
        # Whatever a damaged payload makes the readers below raise.
        raise Unreadable(f"{type(error).__name__} while reading it") from error


def _is_tagged(found: Any, tag: str) -> bool:
    return isinstance(found, dict) and found.keys() == {TAG, VALUE} and found[TAG] == tag
