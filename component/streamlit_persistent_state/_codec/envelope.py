"""What surrounds a value in a record.

One line of JSON, which says what the value came after and who has committed it, then the value. A
record without that line is a value and nothing else.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from ..errors import Unreadable
from .body import decode, encode
from .fingerprint import fingerprint
from .parts import has_parts
from .plain import TAG, VALUE
from .types import Types

__all__ = [
    "SCHEMA",
    "Envelope",
    "Slot",
    "decode",
    "encode",
    "fingerprint",
    "pack",
    "unpack",
    "value_in",
]

SCHEMA = 2
"""Version of what `pack` writes. 1 had no header: what it said stood in a tag around the value."""

_KEPT = "kept"
_JSON, _PARTS = "json", "parts"
"""How a body is written: with binary parts beside the JSON, or without."""

_json = msgspec.json.Encoder()


class Slot(NamedTuple):
    """The last commit of one session in a record.

    Attributes
    ----------
    number : int
        The session counts its commits of the key: one that is repeated is recognised by it.
    at : float
        When that was, in seconds since 1970.
    """

    number: int
    at: float


class Envelope(NamedTuple):
    """What lies in a record: a value, and what a later commit has to know of its past.

    Attributes
    ----------
    body : bytes
        The value, as `encode` has written it.
    since : int
        Revision of the deletion it came after, 0 for none.
    deleted_at : float
        Time of that deletion, in seconds since 1970.
    slots : dict of str to Slot
        The last commit of each session that has written here.
    version : int
        Of the app's own type, 0 where it has none.
    """

    body: bytes
    since: int = 0
    deleted_at: float = 0.0
    slots: dict[str, Slot] = {}  # noqa: RUF012  # never changed in place
    version: int = 0


class _Header(msgspec.Struct, omit_defaults=True):
    """The first line of a payload; what a later version adds to it is not read, nor refused."""

    after: tuple[int, float] | None = None
    slots: dict[str, tuple[int, float]] = {}  # msgspec copies it
    codec: str = _JSON
    version: int = 0


_headers = msgspec.json.Decoder(_Header)


def pack(envelope: Envelope) -> bytes:
    """Return the payload of a record: a line of JSON, unless it would be empty, and the body."""
    body, since, deleted_at, slots, version = envelope
    after = (since, deleted_at) if since else None
    # A body with parts may hold line breaks: the header stands before it, and says so.
    header = _Header(after, dict(slots), _PARTS if has_parts(body) else _JSON, version)
    line = _json.encode(header)
    if line == b"{}":
        return body
    return b"".join([line, b"\n", body])


def unpack(payload: bytes, schema: int) -> Envelope:
    """Return what `pack` was given, or an earlier version has written.

    Raises
    ------
    Unreadable
        The payload is damaged, or of a newer version.
    """
    if schema > SCHEMA:
        raise Unreadable(f"schema {schema} is newer than {SCHEMA}, which this version reads")
    line, newline, rest = payload.partition(b"\n")
    # JSON as it is written here has no line break of its own.
    if not newline:
        return Envelope(payload) if schema == SCHEMA else _unpacked_first(payload)
    try:
        header = _headers.decode(line)
    except msgspec.DecodeError as error:
        raise Unreadable(f"its header is damaged: {error}") from error
    if header.codec not in (_JSON, _PARTS):
        raise Unreadable(f"its codec {header.codec!r} is not known here")
    slots = {session: Slot(*slot) for session, slot in header.slots.items()}
    since, deleted_at = header.after or (0, 0.0)
    return Envelope(rest, since, deleted_at, slots, header.version)


def _unpacked_first(payload: bytes) -> Envelope:
    """Return what lies in a record of schema 1."""
    try:
        found = msgspec.json.decode(payload)
        if not _is_tagged(found, _KEPT):
            return Envelope(payload)
        value, since, _ = found[VALUE]
        return Envelope(_json.encode(value), int(since), int(since) / 1e6)
    except Exception as error:
        # Whatever a damaged payload makes the lines above raise.
        raise Unreadable(f"{type(error).__name__} while reading it") from error


def value_in(payload: bytes, schema: int, *, types: Types | None = None) -> Any:
    """Return the value in a record.

    Raises
    ------
    Unreadable
        As for `unpack` and `decode`.
    """
    return decode(unpack(payload, schema).body, types=types)


def _is_tagged(found: Any, tag: str) -> bool:
    return isinstance(found, dict) and found.keys() == {TAG, VALUE} and found[TAG] == tag
