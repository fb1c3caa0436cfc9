"""Records that go from one owner to another: when somebody logs in.

A move takes several steps, and any of them may fail. The first takes the records away from the
source and puts them into a note there, in one commit. Whoever comes to read the source completes
what the note says before: nobody else ever gets what was on its way.

What a session of the source has changed by then and not saved yet was done before the move, and
belongs to the target as well. So the note goes on saying, as long as a tombstone lasts, what has
gone where and when.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress

import msgspec

from .._codec.envelope import SCHEMA, pack, unpack
from .._process import current
from .._record import Record, Write
from ..errors import Conflict, Unreadable
from ..stores import Store
from ..stores._contract import TOMBSTONE_SECONDS
from .breaker import health_of
from .lifetime import Lifetime
from .quarantine import Quarantine, key_of

UNDER_WAY = "\0transfer"
"""The key under which an owner notes what is on its way to another, and what has gone there."""

_SCHEMA = 2
_MOST = 8
"""How many moves of one key are remembered."""


class Way(msgspec.Struct, frozen=True):
    """Where records have gone.

    Attributes
    ----------
    target : str
        The other owner.
    visits : bool
        Whether that is a browser, as the source is.
    at : float
        When, by the store's clock, in seconds since 1970: the tombstones say the same.
    """

    target: str
    visits: bool
    at: float


class Ways(msgspec.Struct, frozen=True):
    """What has gone away from an owner, the oldest first: each log-in may lead to somebody else.

    Attributes
    ----------
    gone : dict of str to tuple of Way
        By key.
    rest : tuple of Way
        Where the owner itself went, with whatever nobody had saved yet.
    """

    gone: dict[str, tuple[Way, ...]] = {}
    rest: tuple[Way, ...] = ()


class _Copy(msgspec.Struct, frozen=True):
    """A record on its way; what the target has there must be at the revision `expected`."""

    payload: bytes
    schema: int
    expected: int
    expires_at: float | None

    @classmethod
    def of(cls, record: Record, theirs: Record | None, expires_at: float | None) -> _Copy:
        """Return what the target gets that has deleted `theirs`, or had none."""
        payload, schema = record.payload or b"", record.schema
        # What the source has deleted before is no deletion of the target's, and the other way.
        after = (0, 0.0) if theirs is None else (theirs.revision, theirs.updated_at)
        with suppress(Unreadable):
            found = unpack(payload, schema)
            payload, schema = pack(found._replace(since=after[0], deleted_at=after[1])), SCHEMA
        return cls(payload, schema, after[0], expires_at)


class _Note(msgspec.Struct, frozen=True):
    """What an owner notes.

    Attributes
    ----------
    ways : Ways
        Of the moves that are over.
    target, visits, whole
        Of the one that is under way; no target where none is.
    copies : dict of str to _Copy
        What moves.
    """

    ways: Ways = Ways()
    target: str = ""
    visits: bool = False
    whole: bool = False
    copies: dict[str, _Copy] = {}

    def done(self, at: float) -> Ways:
        """Return what has gone where once the move is over that has begun `at`."""
        way, oldest = Way(self.target, self.visits, at), at - TOMBSTONE_SECONDS

        def young(ways: Iterable[Way]) -> tuple[Way, ...]:
            return tuple(one for one in ways if one.at > oldest)[-_MOST:]

        gone = {key: young(ways) for key, ways in self.ways.gone.items()}
        gone.update({key: young((*gone.get(key, ()), way)) for key in self.copies})
        rest = (*self.ways.rest, way) if self.whole else self.ways.rest
        return Ways({key: ways for key, ways in gone.items() if ways}, young(rest))


def ways_in(noted: Record | None) -> Ways:
    """Return what the record under `UNDER_WAY` says of moves that are over."""
    return _read(noted).ways


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
        Which records; None moves all, and what sessions of the source are yet to save.
    lifetime : Lifetime, optional
        How long records of the target live; None is as long as they would have at the source.

    Raises
    ------
    StoreUnavailable
        Some or all records are still where they were. None is lost, and nobody sees them before
        the rest has followed.
    """
    health = health_of(store)
    attempts = health.attempts()
    while True:
        next(attempts)
        with health.reading():
            found = _records(store, source, keys)
            noted = store.load(source, [UNDER_WAY]).get(UNDER_WAY)
        if complete(store, source, noted):
            continue
        with health.reading():
            theirs = store.load(target, found)
        # What the target had already stays with the source: it may be of use there.
        moving = {key: record for key, record in found.items() if not _has(theirs, key)}
        ways = ways_in(noted)
        if not moving and (keys is not None or (ways.rest and ways.rest[-1].target == target)):
            return
        until = None if lifetime is None else lifetime.expiry()
        copies = {
            key: _Copy.of(record, theirs.get(key), record.expires_at if lifetime is None else until)
            for key, record in moving.items()
        }
        note = _Note(ways, target, lifetime is None, keys is None, copies)
        writes = [
            Write(UNDER_WAY, msgspec.msgpack.encode(note), _SCHEMA, _revision(noted)),
            *(Write(key, None, record.schema, record.revision) for key, record in moving.items()),
        ]
        try:
            with health.writing():
                done = store.commit(source, writes)
        except Conflict:
            continue
        complete(store, source, done[UNDER_WAY])


def complete(store: Store, source: str, noted: Record | None) -> bool:
    """Finish a move that `source` has noted under `UNDER_WAY`; whether there was one.

    Raises
    ------
    StoreUnavailable
        It is not finished: nothing of the source is to be read.
    """
    note = _read(noted)
    if noted is None or not note.target:
        return False
    health = health_of(store)
    writes = {
        key: Write(key, copy.payload, copy.schema, copy.expected, copy.expires_at)
        for key, copy in note.copies.items()
    }
    quarantine, attempts = Quarantine(), health.attempts()
    while batch := [*writes.values(), *quarantine.writes(quarantine.keys, current().now())]:
        next(attempts)
        try:
            with health.writing():
                store.commit(note.target, batch)
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
    over = msgspec.msgpack.encode(_Note(note.done(noted.updated_at)))
    until = current().now() + TOMBSTONE_SECONDS
    with suppress(Conflict), health.writing():  # or somebody else has finished it as well
        store.commit(source, [Write(UNDER_WAY, over, _SCHEMA, noted.revision, until)])
    return True


def _read(noted: Record | None) -> _Note:
    if noted is None or noted.payload is None:
        return _Note()
    try:
        return msgspec.msgpack.decode(noted.payload, type=_Note)
    except msgspec.MsgspecError:
        return _Note()  # damaged: nobody knows what was to go where


def _records(store: Store, owner: str, keys: Collection[str] | None) -> dict[str, Record]:
    if keys is None:
        found = {key: record for _, key, record in store.records(owner) if key != UNDER_WAY}
    else:
        found = store.load(owner, keys)
    return {key: record for key, record in found.items() if record.payload is not None}


def _revision(record: Record | None) -> int:
    return 0 if record is None else record.revision


def _has(records: Mapping[str, Record], key: str) -> bool:
    return key in records and records[key].payload is not None
