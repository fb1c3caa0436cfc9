"""Records that go from one owner to another: when somebody logs in.

A move takes several steps, and any of them may fail. So the source notes first what goes where.
Whoever comes to read it completes that before: nobody else ever gets what was on its way.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from .._process import current
from .._record import Record, Write
from ..errors import Conflict
from ..stores import Store
from .breaker import health_of
from .lifetime import Lifetime
from .quarantine import Quarantine, key_of

UNDER_WAY = "\0transfer"
"""The key under which an owner notes what is on its way to another."""

_SCHEMA = 1


class _Transfer(msgspec.Struct, frozen=True):
    """A move that has begun.

    Attributes
    ----------
    target : str
        The other owner.
    revisions : dict of str to int
        The keys that move, each with the revision of the target's record when that began.
    keeps_expiry : bool
        Whether a record lives as long there as it would have here.
    expires_at : float or None
        Until when it lives otherwise.
    """

    target: str
    revisions: dict[str, int]
    keeps_expiry: bool = True
    expires_at: float | None = None

    def written(self, key: str, record: Record) -> Write:
        """Return what the target gets."""
        expires_at = record.expires_at if self.keeps_expiry else self.expires_at
        return Write(key, record.payload or b"", record.schema, self.revisions[key], expires_at)


def move(
    store: Store,
    source: str,
    target: str,
    keys: Collection[str] | None = None,
    *,
    lifetime: Lifetime | None = None,
) -> None:
    """Give `target` the records of `source` that it has none of its own for.

    Parameters
    ----------
    keys : collection of str, optional
        Which records; None moves all.
    lifetime : Lifetime, optional
        How long records of the target live; None is as long as they would have at the source.

    Raises
    ------
    StoreUnavailable
        Some or all records are still where they were. None is lost, and nobody sees them before
        the rest has followed.
    """
    health = health_of(store)
    while True:
        with health.reading():
            found = _records(store, source, keys)
        if complete(store, source, found.pop(UNDER_WAY, None)):
            continue
        if not found:
            return
        with health.reading():
            theirs = store.load(target, found)
            before = store.load(source, [UNDER_WAY]).get(UNDER_WAY)
        # What the target had already stays with the source: it may be of use there.
        revisions = {key: _revision(theirs.get(key)) for key in found if not _has(theirs, key)}
        if not revisions:
            return
        until = None if lifetime is None else lifetime.expiry()
        note = msgspec.json.encode(_Transfer(target, revisions, lifetime is None, until))
        try:
            with health.writing():
                write = Write(UNDER_WAY, note, _SCHEMA, _revision(before))
                noted = store.commit(source, [write])
        except Conflict:
            continue
        complete(store, source, noted[UNDER_WAY])
        return


def complete(store: Store, source: str, noted: Record | None) -> bool:
    """Finish a move that `source` has noted under `UNDER_WAY`; whether there was one.

    Raises
    ------
    StoreUnavailable
        It is not finished: nothing of the source is to be read.
    """
    if noted is None or noted.payload is None:
        return False
    try:
        transfer = msgspec.json.decode(noted.payload, type=_Transfer)
    except msgspec.MsgspecError:
        return False  # damaged: nobody knows what was to go where
    health = health_of(store)
    with health.reading():
        left = store.load(source, list(transfer.revisions))
    writes = {
        key: transfer.written(key, record)
        for key, record in left.items()
        if record.payload is not None
    }
    quarantine = Quarantine()
    while batch := [*writes.values(), *quarantine.writes(quarantine.keys, current().now())]:
        try:
            with health.writing():
                store.commit(transfer.target, batch)
        except Conflict as conflict:
            quarantine.settle(conflict.current)
            for key in writes.keys() & conflict.current.keys():
                mine, theirs = writes.pop(key), conflict.current[key]
                if theirs is None:
                    writes[key] = mine._replace(expected=0)
                elif theirs.payload != mine.payload:
                    # Maybe the copy, changed since; or something of its own, which stays.
                    quarantine.put(key_of(key), mine.payload or b"", mine.schema)
        else:
            break
    with health.writing():
        store.delete(source, [*transfer.revisions, UNDER_WAY])
    return True


def _records(store: Store, owner: str, keys: Collection[str] | None) -> dict[str, Record]:
    if keys is None:
        return {key: record for _, key, record in store.records(owner)}
    found = store.load(owner, [*keys, UNDER_WAY])
    return {key: record for key, record in found.items() if record.payload is not None}


def _revision(record: Record | None) -> int:
    return 0 if record is None else record.revision


def _has(records: Mapping[str, Record], key: str) -> bool:
    return key in records and records[key].payload is not None
