"""Keeps what one session holds of one owner in step with the store. Knows no Streamlit.

A keeper looks at the session's values, encodes what has changed, and commits it on top of the
revisions it knows. What other sessions of this process have committed it learns without asking
the store.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any
from weakref import WeakSet, WeakValueDictionary

from ._codec import SCHEMA, decode, encode, fingerprint
from ._entry import MISSING, Entry, Merge, last_writer
from ._record import Record, Write
from .errors import Conflict, NotStorable, StoreError, StoreUnavailable, Unreadable, ValueTooLarge
from .stores import Store

_log = logging.getLogger(__name__)

_UNCHANGEABLE = (type(None), bool, int, float, complex, str, bytes)
_ATTEMPTS = 100
_TABS = 32
"""How many sessions of one owner are asked to save before a new one begins."""
_PATIENCE = 1.0
"""Seconds that a new session waits for others of its owner that are busy in a callback."""


class _Owner:
    """What the sessions of this process that share an owner tell each other."""

    def __init__(self) -> None:
        self.latest: dict[str, Record] = {}
        self.keepers: WeakSet[Keeper] = WeakSet()


_owners: WeakValueDictionary[tuple[int, str], _Owner] = WeakValueDictionary()
_owners_lock = threading.Lock()


def _owner(store: Store, name: str) -> _Owner:
    with _owners_lock:
        found = _owners.get((id(store), name))
        if found is None:
            found = _owners[id(store), name] = _Owner()
        return found


def is_live(store: Store, owner: str) -> bool:
    """Whether a session of this process works for `owner`."""
    with _owners_lock:
        found = _owners.get((id(store), owner))
    return found is not None and len(found.keepers) > 0


class Keeper:
    """The keys of one owner in one session.

    Parameters
    ----------
    store : Store
    owner : str
        Whose records these are.
    snapshot : callable
        Returns what session state holds; may be called from any thread.
    max_value_bytes : int
        Largest encoded value.
    expire_after : timedelta or None
        How long a record is kept after its last write.
    """

    def __init__(
        self,
        store: Store,
        owner: str,
        snapshot: Callable[[], Mapping[str, Any]],
        *,
        max_value_bytes: int,
        expire_after: timedelta | None = None,
    ) -> None:
        self.store, self.owner = store, owner
        self.entries: dict[str, Entry] = {}
        self.saved_at: float | None = None
        self.in_first_run = True
        self._snapshot = snapshot
        self._max_value_bytes, self._expire_after = max_value_bytes, expire_after
        self._lock = threading.RLock()  # of the entries; never held while the store works
        self._committing = threading.Lock()
        self._turn = 0
        self._in_flight: set[str] = set()
        self._warned = False
        self._shared = _owner(store, owner)
        self._shared.keepers.add(self)

    def declare(self, key: str, default: object, merge: Merge = last_writer) -> Entry:
        """Return the entry of `key`, made if it is new."""
        with self._lock:
            entry = self.entries.get(key)
            if entry is None:
                entry = self.entries[key] = Entry(key, merge=merge)
            if default is not MISSING and entry.default is None:
                try:
                    entry.example, entry.default = default, encode(default, default=default)
                except NotStorable as error:
                    raise NotStorable(f"the default of key {key!r}: {error}") from None
            return entry

    def restore(self, keys: Collection[str]) -> None:
        """Load what the store has of newly declared `keys`, after what live sessions hold is there.

        Each entry's `incoming` is the value to take: the restored one, or the default.
        """
        self._have_others_save()
        records = self._load(keys)
        with self._lock:
            for key in keys:
                entry = self.entries[key]
                entry.incoming = self._read(entry, records.get(key))
                entry.restored = entry.payload is not None and entry.incoming is not MISSING
                if entry.incoming is MISSING:
                    entry.incoming = entry.default_value()

    def _have_others_save(self) -> None:
        # What everybody shares may have very many sessions; theirs is saved when their runs end.
        others = [keeper for keeper in self._shared.keepers if keeper is not self]
        if len(others) > _TABS:
            return
        asked = [threading.Thread(target=other.save, daemon=True) for other in others]
        for thread in asked:
            thread.start()
        deadline = time.monotonic() + _PATIENCE
        for thread in asked:
            thread.join(max(0.0, deadline - time.monotonic()))

    def succeed(self, old: Keeper) -> None:
        """Go on where another owner's keeper was, with its edits on top of this owner's values."""
        for entry in old.entries.values():
            self.declare(entry.key, MISSING, entry.merge)
            self.entries[entry.key].example = entry.example
            self.entries[entry.key].default = entry.default
        self.restore(list(old.entries))
        for key, entry in self.entries.items():
            before = old.entries[key]
            entry.fresh = False
            # Where the other owner has a value, what the script began with is no edit.
            if before.start is not None and entry.payload is not None:
                entry.value = decode(before.start, SCHEMA, default=entry.example)
                entry.mark = fingerprint(entry.value)
        try:
            old.forget()
        except StoreError as error:
            self._warn(error)

    def refresh(self) -> None:
        """Ask the store what others have committed."""
        for key, record in self._load(list(self.entries)).items():
            self._learn(key, record)

    def _load(self, keys: Collection[str]) -> dict[str, Record]:
        try:
            return self.store.load(self.owner, keys)
        except StoreUnavailable as error:
            self._warn(error)
            return {}

    def _read(self, entry: Entry, record: Record | None) -> Any:
        """Take over a record of the store; returns its value, or MISSING."""
        if record is None:
            return MISSING
        entry.revision, entry.payload = record.revision, record.payload
        if record.payload is None:
            return MISSING
        try:
            value = decode(record.payload, record.schema, default=entry.example)
        except Unreadable as error:
            entry.payload, entry.aside = None, record
            _log.warning("The stored value of key %r is left aside: %s", entry.key, error)
            return MISSING
        return value

    def incoming(self, key: str, current: Any) -> Any:
        """Return what session state shall take instead of what it holds now, or MISSING.

        Parameters
        ----------
        current : object
            What session state holds, MISSING for nothing.
        """
        with self._lock:
            entry = self.entries[key]
            self._turn += 1
            if current is not MISSING and not entry.fresh:
                self._look_at(entry, current)
            return entry.incoming

    def taken(self, key: str, value: Any) -> None:
        """Note that session state holds the incoming `value` now."""
        with self._lock:
            entry = self.entries[key]
            self._turn += 1
            entry.fresh, entry.incoming = False, MISSING
            if value is not MISSING:
                entry.value, entry.mark = value, fingerprint(value)
                if self.in_first_run and not entry.restored:
                    entry.start = entry.default

    def _look(self) -> None:
        """Encode what has changed in session state since the last look."""
        while True:
            turn = self._turn
            # Waits for callbacks that are running, so no lock is held that they might want.
            values = self._snapshot()
            with self._lock:
                if turn != self._turn:
                    continue  # older than what the script has shown or taken since
                self._turn += 1
                for entry in self.entries.values():
                    # A key that is not there was deleted or cleaned up: no reason to forget it.
                    if entry.key in values and not entry.fresh:
                        self._look_at(entry, values[entry.key])
                return

    def _look_at(self, entry: Entry, value: Any) -> None:
        if value is entry.value and type(value) in _UNCHANGEABLE:
            return
        try:
            mark = fingerprint(value)
            if mark == entry.mark:
                entry.value = value
                return
            mine = value
            if entry.incoming is not MISSING and mark != fingerprint(entry.incoming):
                mine = entry.merge(entry.value, value, entry.incoming)
            payload = encode(mine, default=entry.example)
            if len(payload) > self._max_value_bytes:
                raise ValueTooLarge(
                    f"the value takes {len(payload)} bytes, more than "
                    f"max_value_bytes={self._max_value_bytes}"
                )
        except (NotStorable, ValueTooLarge) as error:
            if entry.problem is None:
                _log.error("Key %r is not saved: %s", entry.key, error)
            entry.problem = type(error)(f"key {entry.key!r}: {error}")
            return
        if self.in_first_run and not entry.restored:
            entry.start = payload
        entry.value, entry.mark, entry.problem = value, mark, None
        entry.incoming = MISSING if mine is value else mine
        unchanged = payload == entry.payload
        entry.pending = None if unchanged and entry.pending is None else payload

    def adopt(self) -> None:
        """Learn what other sessions of this process have committed."""
        for key in self.entries.keys() & self._shared.latest.keys():
            self._learn(key, self._shared.latest[key])

    def _learn(self, key: str, record: Record) -> None:
        with self._lock:
            entry = self.entries[key]
            # What others commit on top of a write of ours is looked at once we know of the latter.
            if record.revision <= entry.revision or key in self._in_flight:
                return
            if entry.pending is not None:
                self._settle({key: record})
                return
            value = self._read(entry, record)
            entry.incoming = entry.default_value() if value is MISSING else value

    @property
    def pending(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(e.key for e in self.entries.values() if e.pending is not None)

    def save(self) -> bool:
        """Look, and commit what has changed; whether the store has all of it."""
        try:
            self._look()
        except RuntimeError:
            # The script changed a dict or a set while it was read; the next look sees it.
            return False
        with self._committing:
            return self._commit()

    def _commit(self) -> bool:
        for _ in range(_ATTEMPTS):
            with self._lock:
                changed = [entry for entry in self.entries.values() if entry.pending is not None]
                writes = [
                    Write(entry.key, entry.pending, SCHEMA, entry.revision, self._expiry())
                    for entry in changed
                    if entry.pending is not None
                ]
                aside = [entry.put_aside() for entry in changed if entry.aside is not None]
                self._in_flight = {write.key for write in writes}
            if not writes:
                return True
            try:
                records = self.store.commit(self.owner, [*writes, *aside])
            except Conflict as conflict:
                self._settle(conflict.current)
            except StoreError as error:
                self._warn(error)
                return False
            else:
                self._acknowledge(records, writes)
            finally:
                self._in_flight = set()
        return False

    def _expiry(self) -> float | None:
        if self._expire_after is None:
            return None
        return time.time() + self._expire_after.total_seconds()

    def _acknowledge(self, records: Mapping[str, Record], writes: Iterable[Write]) -> None:
        with self._lock:
            for write in writes:
                entry, record = self.entries[write.key], records[write.key]
                entry.revision, entry.payload, entry.aside = record.revision, record.payload, None
                if entry.pending == write.payload:
                    entry.pending = None
                self._publish(write.key, record)
            self.saved_at, self._warned = time.time(), False

    def _publish(self, key: str, record: Record) -> None:
        known = self._shared.latest.get(key)
        if known is None or known.revision < record.revision:
            self._shared.latest[key] = record

    def _settle(self, current: Mapping[str, Record | None]) -> None:
        """Put the pending changes on top of what another session has committed meanwhile."""
        with self._lock:
            for key, record in current.items():
                entry = self.entries[key]
                base = self._decoded(entry)
                theirs = MISSING if record is None else self._read(entry, record)
                if record is None:
                    entry.revision, entry.payload = 0, None
                elif record.payload is None:
                    # Deleted: that beats what was edited before.
                    entry.pending, entry.incoming = None, entry.default_value()
                elif theirs is not MISSING and entry.pending is not None:
                    mine = decode(entry.pending, SCHEMA, default=entry.example)
                    both = entry.merge(base, mine, theirs)
                    payload = encode(both, default=entry.example)
                    if payload != entry.pending:
                        entry.pending, entry.incoming = payload, both

    def _decoded(self, entry: Entry) -> Any:
        """Return what the store held when this session last heard of it."""
        if entry.payload is None:
            return MISSING
        return decode(entry.payload, SCHEMA, default=entry.example)

    def forget(self, keys: Collection[str] | None = None) -> None:
        """Delete records, here and for the other sessions; the entries start anew.

        Raises
        ------
        StoreUnavailable
            Nothing was deleted.
        """
        with self._committing:
            deleted = self.store.delete(self.owner, keys)
            with self._lock:
                self._turn += 1
                for key, record in deleted.items():
                    self._publish(key, record)
                for key in list(self.entries) if keys is None else keys:
                    self.entries.pop(key, None)

    def _warn(self, error: StoreError) -> None:
        if not self._warned:
            self._warned = True
            _log.warning("The session goes on unsaved for now: %s", error)
