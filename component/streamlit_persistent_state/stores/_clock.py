"""What all stores of this package share: time, revisions, and when a commit is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from .._process import current
from .._record import Record, Write
from ..errors import Conflict, InvalidArgument, OwnerFull
from ._contract import TOMBSTONE_SECONDS


class Clock:
    """One moment, in the two units that records use: now, or `at` in seconds since 1970."""

    def __init__(self, at: float | None = None) -> None:
        self.microseconds = int((current().now() if at is None else at) * 1e6)
        self.seconds = self.microseconds / 1e6


def next_revision(clock: Clock, previous: int) -> int:
    """Return a revision that no record of this key has had.

    It grows with time as well, so that a key written anew after all trace of it was swept does
    not repeat the revisions of its earlier life.
    """
    return max(clock.microseconds, previous + 1)


def new_records(writes: Sequence[Write], clock: Clock) -> dict[str, Record]:
    """Return what a commit leaves; raise if it names a key twice.

    Parameters
    ----------
    clock : Clock
        By which deletions are stamped: the store's own, where it has one.
    """
    written = {
        write.key: Record(
            write.payload,
            write.schema,
            next_revision(clock, write.expected),
            clock.seconds,
            write.expires_at if write.payload is not None else clock.seconds + TOMBSTONE_SECONDS,
        )
        for write in writes
    }
    if len(written) != len(writes):
        raise InvalidArgument("writes must name each key once")
    return written


def deletes(writes: Sequence[Write]) -> bool:
    """Whether any of `writes` deletes."""
    return any(write.payload is None for write in writes)


def is_live(record: Record, now: float) -> bool:
    return record.expires_at is None or record.expires_at > now


def renewed(record: Record, expires_at: float | None, after_write: float | None) -> float | None:
    """Return the expiry of a record that is renewed."""
    latest = math.inf if expires_at is None else expires_at
    if after_write is not None:
        latest = min(latest, record.updated_at + after_write)
    if record.expires_at is not None and record.expires_at > latest:
        return record.expires_at
    return None if latest == math.inf else latest


def conflicts(writes: Sequence[Write], held: Mapping[str, Record]) -> None:
    """Raise if a write is not made on top of what is held."""
    stale: dict[str, Record | None] = {}
    for write in writes:
        record = held.get(write.key)
        if write.expected != (record.revision if record else 0):
            stale[write.key] = record
    if stale:
        raise Conflict(stale)


def check_size(size: int, max_bytes: int | None) -> None:
    """Raise if the payloads of an owner would take more than they may."""
    if max_bytes is not None and size > max_bytes:
        raise OwnerFull(size, max_bytes)
