"""The entries of one owner in one session, and the store's records of them. Knows no Streamlit.

What is pending is committed on top of the revisions that are known. Where others were first, it is
put on top of what they have done.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from .._codec.envelope import SCHEMA, fingerprint
from .._process import current
from .._record import MISSING, Record, Write
from ..errors import (
    Conflict,
    NotKept,
    OwnerFull,
    StoreError,
    StoreUnavailable,
    ValueTooLarge,
)
from ..stores import Store
from .breaker import CircuitOpen, health_of
from .entry import QUARANTINE, Entry
from .notifications import publish
from .shared import owner_of

_ATTEMPTS = 100


@dataclass(frozen=True)
class Terms:
    """What an owner may store.

    Attributes
    ----------
    max_value_bytes : int
        Largest encoded value of a key.
    max_owner_bytes : int or None
        What all values of the owner together may take.
    expire_after : timedelta or None
        How long a record is kept after its last write.
    """

    max_value_bytes: int
    max_owner_bytes: int | None = None
    expire_after: timedelta | None = None


class Ledger:
    """What a session has changed, and what the store has acknowledged.

    Parameters
    ----------
    store : Store
    owner : str
        Whose records these are.

    Attributes
    ----------
    publisher : str
        Names the session to those who wait for news.
    is_echo : bool
        The script runs because of what others have changed. What it changes by that is no news,
        or two pages could have each other run for ever.
    trouble : str or None
        Why nothing is saved at present.
    """

    def __init__(self, store: Store, owner: str, terms: Terms) -> None:
        self.store, self.owner = store, owner
        self.entries: dict[str, Entry] = {}
        self.saved_at: float | None = None
        self.trouble: str | None = None
        self.publisher, self.is_echo = "", False
        self._session = current().token()
        self._written = 0
        self._terms = terms
        self._lock = threading.RLock()  # of the entries; never held while the store works
        self._turn = 0
        self._in_flight: set[str] = set()
        self._not_loaded: set[str] = set()
        self._deleting: set[str] = set()
        self._shared = owner_of(store, owner)
        self._health = health_of(store)

    @contextmanager
    def _publishing(self) -> Iterator[None]:
        """Tell the pages of others if the block has written something, once its locks are free."""
        before = self._written
        yield
        if self._written != before and not self.is_echo:
            publish(self.store, self.owner, self.publisher)

    def _load(self, keys: Collection[str]) -> dict[str, Record]:
        try:
            with self._health.reading():
                records = self.store.load(self.owner, keys)
        except StoreUnavailable as error:
            self.trouble = str(error)
            self._not_loaded |= set(keys)
            return {}
        self._not_loaded -= set(keys)
        if not self.pending:
            self.trouble = None
        return records

    def _encoded(self, entry: Entry, value: Any) -> bytes:
        payload = entry.encoded(value)
        if len(payload) > self._terms.max_value_bytes:
            raise ValueTooLarge(
                f"the value takes {len(payload)} bytes, more than "
                f"max_value_bytes={self._terms.max_value_bytes}. Keep less of it, or allow more "
                "with configure(max_value_bytes=...)."
            )
        return payload

    def _newer(self, *, if_unknown: bool = False) -> list[str]:
        """Return the keys of which the store has a newer record.

        Parameters
        ----------
        if_unknown : bool
            Return all of them where the store does not say.
        """
        known = {key: entry.revision for key, entry in list(self.entries.items())}
        try:
            with self._health.reading():
                revisions = self.store.revisions(self.owner, list(known))
        except StoreUnavailable as error:
            self.trouble = str(error)
            return list(known) if if_unknown else []
        return [key for key, found in revisions.items() if found > known.get(key, found)]

    def _learn_latest(self, keys: Iterable[str]) -> None:
        for key in self._shared.latest.keys() & set(keys):
            self._learn(key, self._shared.latest[key])

    def _learn(self, key: str, record: Record) -> None:
        with self._lock:
            entry = self.entries[key]
            # What others commit on top of a write of ours is looked at once we know of the latter.
            if record.revision <= entry.revision or key in self._in_flight | self._deleting:
                return
            if entry.is_let_go:
                return
            if entry.pending is not None:
                self._settle({key: record})
                return
            value = entry.take(record)
            entry.incoming = entry.default_value() if value is MISSING else value

    @property
    def pending(self) -> tuple[str, ...]:
        with self._lock:
            deleting = self._deleting
            entries = self.entries.values()
            return tuple(e.key for e in entries if e.pending is not None or e.key in deleting)

    def _commit(self, insist: bool) -> bool:
        at_once = None
        if not self._commit_deletions(insist):
            return False
        for _ in range(_ATTEMPTS):
            self._learn_latest(self.pending)
            writes, quarantined = self._writes(at_once)
            if not writes:
                return True
            try:
                with self._health.writing(insist=insist):
                    records = self.store.commit(
                        self.owner, [*writes, *quarantined], max_bytes=self._terms.max_owner_bytes
                    )
            except CircuitOpen as error:
                self.trouble = str(error)
                return False
            except Conflict as conflict:
                self._settle(conflict.current)
            except OwnerFull as full:
                at_once = 1  # those that fit are saved, and the one that does not is named
                if len(writes) == 1:
                    self._refuse_full(writes[0], full)
            except StoreError as error:
                for write in writes:
                    self.entries[write.key].in_doubt.add(fingerprint(write.payload))
                self.trouble = str(error)
                return False
            else:
                self.trouble = None
                self._acknowledge({write.key: records[write.key] for write in writes})
            finally:
                self._in_flight = set()
        return False

    def _commit_deletions(self, insist: bool) -> bool:
        """Delete the records of keys that the script has deleted, before what came after that."""
        keys = list(self._deleting)
        if not keys:
            return True
        try:
            with self._health.writing(insist=insist):
                deleted = self.store.delete(self.owner, keys)
        except StoreError as error:
            self.trouble = str(error)
            return False
        with self._lock:
            for key in keys:
                self._deleting.discard(key)
                if key in deleted and key in self.entries:
                    entry = self.entries[key]
                    is_pending = entry.pending is not None
                    entry.take(deleted[key])
                    if is_pending:
                        entry.pending = entry.encoded(entry.value)
                    self._shared.publish(key, deleted[key])
                    self._written += 1
        return True

    def _writes(self, at_once: int | None) -> tuple[list[Write], list[Write]]:
        """Return what to commit now, small values first, and what goes into quarantine for it."""
        with self._lock:
            changed = [entry for entry in self.entries.values() if entry.pending is not None]
            changed = sorted(changed, key=lambda entry: len(entry.pending or b""))[:at_once]
            self._in_flight = {entry.key for entry in changed}
            writes = [
                Write(entry.key, entry.pending or b"", SCHEMA, entry.revision, self._expiry())
                for entry in changed
            ]
            return writes, [
                entry.quarantined._replace(expires_at=self._expiry())
                for entry in changed
                if entry.quarantined is not None
            ]

    def _refuse_full(self, write: Write, full: OwnerFull) -> None:
        with self._lock:
            entry = self.entries[write.key]
            if entry.pending == write.payload:
                entry.pending = None
            entry.refuse(
                ValueTooLarge(
                    f"with this value all values together take {full.size} bytes, more than "
                    f"max_owner_bytes={full.max_bytes}. Keep less, or allow more with "
                    "configure(max_owner_bytes=...)."
                ),
                entry.digest,
            )

    def _quarantine_of(self, keys: Collection[str]) -> list[str]:
        starts = tuple(f"{key}{QUARANTINE}" for key in keys)
        return [key for _, key, _ in self.store.records(self.owner) if key.startswith(starts)]

    def _expiry(self) -> float | None:
        if self._terms.expire_after is None:
            return None
        return current().now() + self._terms.expire_after.total_seconds()

    def _acknowledge(self, records: Mapping[str, Record]) -> None:
        with self._lock:
            for key, record in records.items():
                entry = self.entries[key]
                entry.acknowledge(record)
                if entry.pending == record.payload:
                    entry.pending = None
                self._shared.publish(key, record)
            self.saved_at = current().now()
            self._written += 1

    def _settle(self, current: Mapping[str, Record | None]) -> None:
        """Put the pending changes on top of what another session has committed meanwhile."""
        with self._lock:
            for key, record in current.items():
                entry = self.entries.get(key)
                if entry is None:
                    self._is_quarantined(key)
                    continue
                if record is not None and entry.doubts(record):
                    self._acknowledge({key: record})
                    continue
                base, acknowledged, since = entry.base(), entry.acknowledged, entry.since
                mine = MISSING if entry.pending is None else entry.decoded(entry.pending)
                theirs = MISSING if record is None else entry.take(record)
                if record is None:
                    entry.revision, entry.payload = 0, None
                elif entry.since > since:
                    self._start_over(entry, theirs, base, acknowledged, mine)
                elif entry.pending is None:
                    entry.incoming = entry.default_value() if theirs is MISSING else theirs
                elif theirs is not MISSING and entry.untouched:
                    entry.incoming, entry.pending = theirs, None
                elif theirs is not MISSING:
                    self._take_merged(entry, entry.merged(base, acknowledged, mine, theirs))

    def _is_quarantined(self, key: str) -> None:
        """Note that another session has kept an unreadable record already."""
        for entry in self.entries.values():
            if entry.quarantined is not None and entry.quarantined.key == key:
                entry.quarantined = None

    def _start_over(
        self, entry: Entry, theirs: Any, base: Any, acknowledged: int, mine: Any
    ) -> None:
        """Go on after a deletion, which beats all but what was added after it."""
        entry.incoming = entry.default_value() if theirs is MISSING else theirs
        added = 0
        if mine is not MISSING:
            added = entry.added_since(entry.since, base, acknowledged, mine)
        start = 0 if entry.incoming is MISSING else entry.incoming
        if added and type(start) is int:
            entry.acknowledged = entry.looked - added
            self._take_merged(entry, start + added)

    def _take_merged(self, entry: Entry, value: Any) -> None:
        try:
            payload = self._encoded(entry, value)
        except NotKept as error:
            entry.refuse(error, entry.digest)
            entry.pending = None
            return
        if payload != entry.pending:
            entry.incoming = value
            entry.pending = None if payload == entry.payload else payload

    def clear(self, key: str) -> None:
        """Delete the record of a key that is to have its default, or nothing, from now on.

        Raises
        ------
        StoreUnavailable
            Nothing was deleted.
        """
        with self._publishing(), self._shared.committing:
            with self._health.writing():
                deleted = self.store.delete(self.owner, [key])
            with self._lock:
                self._turn += 1
                entry = self.entries[key]
                entry.pending, entry.incoming, entry.added = None, MISSING, entry.looked
                entry.quarantined = None
                entry.hold(entry.default_value())
                if key in deleted:
                    entry.take(deleted[key])
                    self._shared.publish(key, deleted[key])
                    self._written += 1

    def forget(self, keys: Collection[str] | None = None) -> None:
        """Delete records, here and for the other sessions; the entries start anew.

        What is in quarantine of a key goes with it.

        Raises
        ------
        StoreUnavailable
            Nothing was deleted.
        """
        with self._publishing(), self._shared.committing:
            with self._health.writing(insist=True):
                deleted = self.store.delete(
                    self.owner, keys and [*keys, *self._quarantine_of(keys)]
                )
            with self._lock:
                self._turn += 1
                self._written += len(deleted)
                for key, record in deleted.items():
                    self._shared.publish(key, record)
                for key in list(self.entries) if keys is None else keys:
                    self.entries.pop(key, None)
