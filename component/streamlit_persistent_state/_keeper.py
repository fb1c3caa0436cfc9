"""Keeps what one session holds of one owner in step with the store. Knows no Streamlit.

A keeper looks at the session's values, encodes what has changed, and commits it on top of the
revisions it knows. What other sessions of this process have committed it learns without asking
the store.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ._codec import SCHEMA, encode, fingerprint
from ._entry import MISSING, Check, Entry, Merge, anything, last_writer
from ._record import Record, Write
from ._shared import Resting, health_of, owner_of
from .errors import (
    Conflict,
    NotStorable,
    OwnerFull,
    StoreError,
    StoreUnavailable,
    ValueTooLarge,
)
from .stores import Store

_log = logging.getLogger(__name__)

_UNCHANGEABLE = (type(None), bool, int, float, complex, str, bytes)
_ATTEMPTS = 100
_TABS = 32
"""How many sessions of one owner are asked to save before a new one begins."""
_PATIENCE = 1.0
"""Seconds that a new session waits for others of its owner that are busy in a callback."""


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


class Keeper:
    """The keys of one owner in one session.

    Parameters
    ----------
    store : Store
    owner : str
        Whose records these are.
    snapshot : callable
        Returns what session state holds; may be called from any thread.

    Attributes
    ----------
    runs : int
        How many runs of the script have begun since the one that made this keeper.
    trouble : str or None
        Why nothing is saved at present.
    """

    def __init__(
        self, store: Store, owner: str, snapshot: Callable[[], Mapping[str, Any]], terms: Terms
    ) -> None:
        self.store, self.owner = store, owner
        self.entries: dict[str, Entry] = {}
        self.saved_at: float | None = None
        self.runs = 0
        self.trouble: str | None = None
        self._session = secrets.token_hex(8)
        self._snapshot = snapshot
        self._terms = terms
        self._lock = threading.RLock()  # of the entries; never held while the store works
        self._turn = 0
        self._in_flight: set[str] = set()
        self._not_loaded: set[str] = set()
        self._waiting: dict[str, int] = {}
        self._shared = owner_of(store, owner)
        self._health = health_of(store)
        self._shared.keepers.add(self)

    def declare(
        self, key: str, default: object, merge: Merge = last_writer, check: Check = anything
    ) -> Entry:
        """Return the entry of `key`, made if it is new."""
        with self._lock:
            entry = self.entries.get(key)
            if entry is None:
                entry = self.entries[key] = Entry(key, self._session, merge, check)
                entry.born = self.runs
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
        records = self._load(keys) or self._known(keys)
        with self._lock:
            for key in keys:
                entry = self.entries[key]
                record = records.get(key)
                entry.incoming = MISSING if record is None else entry.take(record)
                entry.restored = entry.payload is not None and entry.incoming is not MISSING
                if entry.incoming is MISSING:
                    entry.incoming = entry.default_value()

    def _known(self, keys: Collection[str]) -> dict[str, Record]:
        """Return what this process knows of keys that could not be loaded."""
        latest = self._shared.latest
        return {key: latest[key] for key in self._not_loaded & set(keys) & latest.keys()}

    def _have_others_save(self) -> None:
        if self._health.takes_nothing:
            return
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
            self.declare(entry.key, MISSING, entry.merge, entry.check)
            self.entries[entry.key].example = entry.example
            self.entries[entry.key].default = entry.default
        self.restore(list(old.entries))
        for key, entry in self.entries.items():
            before = old.entries[key]
            entry.fresh, entry.born = False, -1
            # Where the other owner has a value, what the script began with is no edit.
            if before.start is not None and entry.payload is not None:
                entry.value = entry.decoded(before.start)
                entry.mark = fingerprint(entry.value)
                entry.added = before.added
        try:
            old.forget()
        except StoreError as error:
            self.trouble = str(error)

    def refresh(self) -> None:
        """Ask the store what others have committed."""
        for key, record in self._load(list(self.entries)).items():
            self._learn(key, record)

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
            entry.taking = entry.incoming is not MISSING
            return entry.incoming

    def taken(self, key: str, value: Any) -> None:
        """Note that session state holds the incoming `value` now."""
        with self._lock:
            entry = self.entries[key]
            self._turn += 1
            entry.fresh, entry.taking, entry.incoming = False, False, MISSING
            if value is not MISSING:
                entry.value, entry.mark = value, fingerprint(value)
                if self.runs == 0 and not entry.restored:
                    entry.start = entry.default

    @contextmanager
    def adding(self, key: str, by: int) -> Iterator[None]:
        """Let the script put a value that is greater by `by` into session state."""
        with self._lock:
            yield
            self._turn += 1
            self.entries[key].added += by

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
                # An increment that an assignment has undone is none.
                entry.value, entry.added = value, entry.looked
                return
            is_first = entry.value is MISSING
            begins = is_first and entry.born == self.runs and not entry.added
            if begins and entry.incoming is not MISSING:
                # What a script or a widget starts with is no edit.
                entry.value, entry.mark = value, mark
                return
            mine = value
            taken = entry.taking and mark == fingerprint(entry.incoming)
            if entry.incoming is not MISSING and not taken:
                mine = entry.rebased(value)
            entry.looked = entry.added
            payload = self._encoded(entry, mine)
        except (NotStorable, ValueTooLarge) as error:
            self._refuse(entry, error)
            return
        entry.value, entry.mark = value, mark
        if self.runs == 0 and not entry.restored and not entry.added:
            entry.start = payload
        entry.untouched = begins
        if is_first and entry.aside is not None:
            return  # what a script starts with is no reason to overwrite what it cannot read
        entry.problem = entry.told = None
        entry.incoming = MISSING if mine is value else mine
        unchanged = payload == entry.payload
        if entry.pending is None:
            entry.pending_since = time.time()
        entry.pending = None if unchanged and entry.pending is None else payload

    def _refuse(self, entry: Entry, error: NotStorable | ValueTooLarge) -> None:
        if entry.problem is None:
            _log.error("Key %r is not saved: %s", entry.key, error)
        entry.problem = type(error)(f"key {entry.key!r}: {error}")

    def complain(self, keys: Collection[str]) -> None:
        """Raise what keeps one of `keys` from being saved, unless that was said before."""
        for key in keys:
            entry = self.entries[key]
            problem = entry.problem
            if problem is not None and entry.told != str(problem):
                entry.told = str(problem)
                raise problem

    def _encoded(self, entry: Entry, value: Any) -> bytes:
        payload = entry.encoded(value)
        if len(payload) > self._terms.max_value_bytes:
            raise ValueTooLarge(
                f"the value takes {len(payload)} bytes, more than "
                f"max_value_bytes={self._terms.max_value_bytes}"
            )
        return payload

    def adopt(self) -> None:
        """Learn what other sessions of this process have committed, and what did not load."""
        if self._not_loaded:
            for key, record in self._load(self._not_loaded & self.entries.keys()).items():
                self._learn(key, record)
        self._learn_latest(self.entries.keys())

    def is_behind(self) -> bool:
        """Whether others have changed something that the script has not seen; brings no values."""
        with self._lock:
            unseen = self._waiting_for_script().items() - self._waiting.items()
        return bool(unseen) or bool(self._newer())

    def _waiting_for_script(self) -> dict[str, int]:
        return {k: e.revision for k, e in self.entries.items() if e.incoming is not MISSING}

    def _newer(self) -> list[str]:
        try:
            with self._health.reading():
                revisions = self.store.revisions(self.owner, list(self.entries))
        except StoreUnavailable as error:
            self.trouble = str(error)
            return []
        return [key for key, found in revisions.items() if found > self.entries[key].revision]

    def look_around(self) -> bool:
        """Learn what others have changed, committed or not; whether that is news to the script."""
        self._have_others_save()
        if newer := self._newer():
            for key, record in self._load(newer).items():
                self._learn(key, record)
        self._learn_latest(self.entries.keys())
        with self._lock:
            waiting = self._waiting_for_script()
            news, self._waiting = waiting.items() - self._waiting.items(), waiting
        return bool(news)

    def _learn_latest(self, keys: Iterable[str]) -> None:
        for key in self._shared.latest.keys() & set(keys):
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
            value = entry.take(record)
            entry.incoming = entry.default_value() if value is MISSING else value

    @property
    def pending(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(e.key for e in self.entries.values() if e.pending is not None)

    def save(self, *, insist: bool = False) -> bool:
        """Look, and commit what has changed; whether the store has all of it.

        Parameters
        ----------
        insist : bool
            Ask the store also where it has just failed.
        """
        try:
            self._look()
        except RuntimeError:
            # The script changed a dict or a set while it was read; the next look sees it.
            return False
        with self._shared.committing:
            return self._commit(insist)

    def _commit(self, insist: bool) -> bool:
        at_once = None
        for _ in range(_ATTEMPTS):
            self._learn_latest(self.pending)
            writes, aside = self._writes(at_once)
            if not writes:
                return True
            try:
                with self._health.writing(insist=insist):
                    records = self.store.commit(
                        self.owner, [*writes, *aside], max_bytes=self._terms.max_owner_bytes
                    )
            except Resting as error:
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

    def _writes(self, at_once: int | None) -> tuple[list[Write], list[Write]]:
        """Return what is to be committed now, small values first, and what is put aside for it."""
        with self._lock:
            changed = [entry for entry in self.entries.values() if entry.pending is not None]
            changed = sorted(changed, key=lambda entry: len(entry.pending or b""))[:at_once]
            self._in_flight = {entry.key for entry in changed}
            writes = [
                Write(entry.key, entry.pending or b"", SCHEMA, entry.revision, self._expiry())
                for entry in changed
            ]
            return writes, [entry.put_aside() for entry in changed if entry.aside is not None]

    def _refuse_full(self, write: Write, full: OwnerFull) -> None:
        with self._lock:
            entry = self.entries[write.key]
            if entry.pending == write.payload:
                entry.pending = None
            self._refuse(
                entry,
                ValueTooLarge(
                    f"with this value all values together take {full.size} bytes, more than "
                    f"max_owner_bytes={full.max_bytes}"
                ),
            )

    def _expiry(self) -> float | None:
        if self._terms.expire_after is None:
            return None
        return time.time() + self._terms.expire_after.total_seconds()

    def _acknowledge(self, records: Mapping[str, Record]) -> None:
        with self._lock:
            for key, record in records.items():
                entry = self.entries[key]
                entry.acknowledge(record)
                if entry.pending == record.payload:
                    entry.pending = None
                self._shared.publish(key, record)
            self.saved_at = time.time()

    def _settle(self, current: Mapping[str, Record | None]) -> None:
        """Put the pending changes on top of what another session has committed meanwhile."""
        with self._lock:
            for key, record in current.items():
                entry = self.entries.get(key)
                if entry is None:
                    self._is_put_aside(key)
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

    def _is_put_aside(self, key: str) -> None:
        """Note that another session has kept an unreadable record already."""
        for entry in self.entries.values():
            if entry.aside is not None and entry.put_aside().key == key:
                entry.aside = None

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
        except (NotStorable, ValueTooLarge) as error:
            self._refuse(entry, error)
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
        with self._shared.committing:
            with self._health.writing():
                deleted = self.store.delete(self.owner, [key])
            with self._lock:
                self._turn += 1
                entry = self.entries[key]
                entry.pending, entry.incoming, entry.added = None, MISSING, entry.looked
                entry.value = entry.default_value()
                entry.mark = b"" if entry.value is MISSING else fingerprint(entry.value)
                if key in deleted:
                    entry.take(deleted[key])
                    self._shared.publish(key, deleted[key])

    def forget(self, keys: Collection[str] | None = None) -> None:
        """Delete records, here and for the other sessions; the entries start anew.

        Raises
        ------
        StoreUnavailable
            Nothing was deleted.
        """
        with self._shared.committing:
            with self._health.writing(insist=True):
                deleted = self.store.delete(self.owner, keys)
            with self._lock:
                self._turn += 1
                for key, record in deleted.items():
                    self._shared.publish(key, record)
                for key in list(self.entries) if keys is None else keys:
                    self.entries.pop(key, None)
