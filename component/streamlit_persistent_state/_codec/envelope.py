"""Values as bytes: JSON that a human can read, with tags where JSON has no such type.

A plain value is plain JSON. Anything else is ``{"$": tag, "v": ...}``; a dict that has the key
``"$"``, or a key that is not a text, is written as a list of pairs under the tag ``dict``. A tag
names one of the types below and nothing else: no name found in stored data is ever imported.

Values of the script's own types (dataclasses, enums, structs, models) are stored without a name
and come back through the type of the default that the script declares.

In a record a value lies in an envelope: one line of JSON, which says what it came after and who has
committed it, then the value. A record without that line is a value and nothing else.
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

SCHEMA = 2
"""Version of what `pack` writes. 1 had no header: what it said stood in a tag around the value."""

_OWN, _KEPT = "own", "kept"
_JSON = "json"

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
    codec : str
        How the body is written.
    version : int
        Of the app's own type, 0 where it has none.
    parts : tuple of bytes
        Large binary parts that the body refers to.
    """

    body: bytes
    since: int = 0
    deleted_at: float = 0.0
    slots: dict[str, Slot] = {}  # noqa: RUF012  # never changed in place
    codec: str = _JSON
    version: int = 0
    parts: tuple[bytes, ...] = ()


class _Header(msgspec.Struct, omit_defaults=True):
    """The first line of a payload; what a later version adds to it is not read, nor refused."""

    after: tuple[int, float] | None = None
    slots: dict[str, tuple[int, float]] = {}  # msgspec copies it
    codec: str = _JSON
    version: int = 0
    parts: list[int] = []


_headers = msgspec.json.Decoder(_Header)


def pack(envelope: Envelope) -> bytes:
    """Return the payload of a record: a line of JSON, unless it would be empty, and the body."""
    body, since, deleted_at, slots, codec, version, parts = envelope
    sizes = [len(part) for part in parts]
    after = (since, deleted_at) if since else None
    header = _Header(after, dict(slots), codec, version, sizes)
    line = _json.encode(header)
    if line == b"{}":
        return body
    return b"".join([line, b"\n", body, *parts])


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
    if header.codec != _JSON:
        raise Unreadable(f"its codec {header.codec!r} is not known here")
    at = len(rest) - sum(header.parts)
    if at < 0:
        raise Unreadable("a part of it is missing")
    body, parts = rest[:at], []
    for size in header.parts:
        parts.append(rest[at : at + size])
        at += size
    slots = {session: Slot(*slot) for session, slot in header.slots.items()}
    since, deleted_at = header.after or (0, 0.0)
    return Envelope(body, since, deleted_at, slots, header.codec, header.version, tuple(parts))


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


def encode(value: object, *, default: object = None) -> bytes:
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
            return _json.encode({TAG: _OWN, VALUE: write(entries(value), "")})
        return _json.encode(write(value, ""))
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


def decode(body: bytes, *, default: object = None) -> Any:
    """Return what `encode` was given.

    Raises
    ------
    Unreadable
        The body is corrupt, or of a type other than the default's.
    """
    try:
        found = msgspec.json.decode(body)
        if _is_tagged(found, _OWN):
            return rebuilt(read(found[VALUE]), type(default))
        return read(found)
    except Unreadable:
        raise
    except Exception as error:
        # Whatever a damaged body makes the readers below raise.
        raise Unreadable(f"{type(error).__name__} while reading it") from error


def value_in(payload: bytes, schema: int, *, default: object = None) -> Any:
    """Return the value in a record.

    Raises
    ------
    Unreadable
        As for `unpack` and `decode`.
    """
    return decode(unpack(payload, schema).body, default=default)


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
