"""The entries of one owner in one session, and the store's records of them. Knows no Streamlit.

What is pending is committed on top of the revisions that are known. Where others were first, it is
put on top of what they have done.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from .._codec.envelope import SCHEMA, value_in
from .._process import current
from .._record import MISSING, Record, Write
from ..errors import (
    Conflict,
    NotKept,
    OwnerFull,
    StoreError,
    StoreUnavailable,
    Unreadable,
    ValueTooLarge,
)
from ..stores import Store
from .breaker import CircuitOpen, health_of
from .clock import clock_of
from .deletion import delete
from .entry import Entry
from .lifetime import Lifetime, Visit
from .notifications import publish
from .quarantine import Quarantine, names_of
from .shared import owner_of
from .state import Event, State
from .transfer import UNDER_WAY, Way, complete, ways_in


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
    expire_visitors_after : timedelta or None
        How long after the owner's last visit.
    visit : Visit or None
        What its user has done; None for an owner who does not visit.
    """

    max_value_bytes: int
    max_owner_bytes: int | None = None
    expire_after: timedelta | None = None
    expire_visitors_after: timedelta | None = None
    visit: Visit | None = None


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
    is_held : bool
        Nobody knows yet whose the entries are: nothing is asked or saved until `release`.
    """

    def __init__(self, store: Store, owner: str, terms: Terms) -> None:
        self.store = store
        self.entries: dict[str, Entry] = {}
        self.saved_at: float | None = None
        self.trouble: str | None = None
        self.publisher, self.is_echo, self.is_held = "", False, False
        self._session = current().token()
        self._written = 0
        self._terms = terms
        self._lock = threading.RLock()  # of the entries; never held while the store works
        self._turn = 0
        self._quarantine = Quarantine()
        self._erasing: set[str] = set()
        self._onward: list[Ledger] = []  # what goes where records of this owner have gone
        self._health, self._clock = health_of(store), clock_of(store)
        self._belong_to(owner)

    def _belong_to(self, owner: str) -> None:
        terms, self.owner = self._terms, owner
        self._shared = owner_of(self.store, owner)
        self.lifetime = Lifetime(
            self.store,
            owner,
            self._shared.span,
            terms.expire_after,
            terms.expire_visitors_after,
            terms.visit,
        )

    @contextmanager
    def _publishing(self) -> Iterator[None]:
        """Tell the pages of others if the block has written something, once its locks are free."""
        before = self._written
        yield
        if self._written != before and not self.is_echo:
            publish(self.store, self.owner, self.publisher)

    def hold(self, why: str) -> None:
        """Neither ask nor save anything for an owner who is only made up, until `release`."""
        self.is_held, self.trouble = True, why

    def release(self, owner: str) -> None:
        """Go on for the owner who was not known so far; what is stored loads with the next run."""
        with self._lock:
            self._belong_to(owner)
            self.is_held = False

    def _ask(
        self, keys: Collection[str], *, insist: bool = False
    ) -> dict[str, Record | None] | None:
        """Return what the store has of `keys`, None for each that it has nothing of.

        Returns
        -------
        dict or None
            None where the store has not answered.
        """
        if self.is_held:
            return None
        turn = self._shared.turn
        try:
            with self._health.reading(insist=insist):
                loaded = self._load_moved(keys)
        except StoreUnavailable as error:
            self.trouble = str(error)
            return None
        self.lifetime.learn(loaded.values())
        if not self.pending:
            self.trouble = None
        found = {key: loaded.get(key) for key in keys}
        self._shared.compare(found, turn)
        return found

    def _load_unseen(self, keys: Collection[str], *, insist: bool = False) -> bool:
        """Load those of `keys` that could not be loaded so far; whether none is left."""
        with self._lock:
            found = [self.entries[key] for key in keys if key in self.entries]
            unseen = [entry.key for entry in found if entry.state is State.NOT_LOADED]
        if not unseen:
            return True
        records = self._ask(unseen, insist=insist)
        if records is None:
            return False
        with self._lock:
            for key, record in records.items():
                if key in self.entries and self.entries[key].state is State.NOT_LOADED:
                    self._settle(self.entries[key], record)
                    self.entries[key].restored = self.entries[key].stored is not None
        return True

    def _load_moved(self, keys: Collection[str]) -> dict[str, Record]:
        """Load, after what is on its way to another owner has gone there."""
        while True:
            records = self.store.load(self.owner, [*keys, UNDER_WAY])
            noted = records.pop(UNDER_WAY, None)
            if not complete(self.store, self.owner, noted):
                self._shared.ways = ways_in(noted)
                return records

    def _learn_ways(self) -> bool:
        """Ask where records may have gone; whether that is known."""
        return not self._is_left_by_moves or self._ask([]) is not None

    @property
    def _is_left_by_moves(self) -> bool:
        return self._terms.visit is not None  # from users, and from everybody, nothing is moved

    def _send_on_unstored(self, insist: bool) -> bool:
        """Let go what its owner was to be the first to have, if he has gone; whether it is known.

        No tombstone speaks of what was never there.
        """
        if not self._is_left_by_moves:
            return True
        with self._lock:
            edited = [e for e in self.entries.values() if e.pending and not e.untouched]
            new = [entry.key for entry in edited if entry.stored is None]
        found = self._ask(new, insist=insist) if new else {}
        if found is None:
            return False
        with self._lock:
            for entry in [self.entries[key] for key in found if key in self.entries]:
                record = found[entry.key]
                is_new = record is None or (
                    record.payload is None and record.revision == entry.revision
                )
                if is_new and (way := self._way_of(entry, self._shared.ways.rest)):
                    self._send_on(entry.as_anothers(), way)
                    entry.edit(None, entry.edited_at)
                    entry.attempts.clear()
                    entry.offer_stored(MISSING)
        return True

    def _way_of(self, entry: Entry, ways: Iterable[Way]) -> Way | None:
        """Return where what is pending goes, which was done before its owner or record has gone."""
        if entry.pending is None or entry.untouched:
            return None
        # What was done on top of what is not saved goes along with it.
        since = entry.pending_since
        # What was done on top of the deletion that a move has left came after it, by any clock.
        unheard = (way for way in ways if way.at > entry.deleted_at)
        return next((way for way in unheard if since <= self._clock.local(way.at)), None)

    def _send_on(self, entry: Entry, way: Way) -> None:
        """Have what is pending in an entry saved for the owner that its record has gone to."""
        onward = next((o for o in self._onward if o.may_get(entry.key, way.target)), None)
        if onward is None:
            terms = self._terms
            if not way.visits:
                terms = replace(terms, visit=None, expire_visitors_after=None, max_owner_bytes=None)
            onward = Ledger(self.store, way.target, terms)
            onward.publisher = self.publisher
            self._onward.append(onward)
        entry.joined = int(way.at * 1e6)
        onward.entries[entry.key] = entry
        if entry.replaced is not None:
            # It lies there now, and is what this session would have replaced unseen.
            onward._quarantine.put(entry.key, entry.replaced, SCHEMA)

    def may_get(self, key: str, owner: str) -> bool:
        """Whether an entry of another ledger that goes to this owner has its place here."""
        return self.owner == owner and key not in self.entries

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
        if self.is_held:
            return []
        try:
            with self._health.reading():
                revisions = self.store.revisions(self.owner, list(known))
        except StoreUnavailable as error:
            self.trouble = str(error)
            return list(known) if if_unknown else []
        if not self.pending:
            self.trouble = None
        return [key for key, found in revisions.items() if found > known.get(key, found)]

    def _learn_latest(self, keys: Iterable[str]) -> None:
        for key, record in self._shared.latest(keys).items():
            self._learn(key, record)

    def _learn(self, key: str, record: Record) -> None:
        with self._lock:
            entry = self.entries[key]
            # What others commit on top of a write of ours is looked at once we know of the latter.
            is_newer = record.revision > entry.revision and entry.follows
            if is_newer and entry.state is not State.IN_FLIGHT:
                self._settle(entry, record)

    @property
    def pending(self) -> tuple[str, ...]:
        with self._lock:
            elsewhere = {key for onward in self._onward for key in onward.pending}
            return (*self._unsaved, *sorted(elsewhere - set(self._unsaved)))

    @property
    def _unsaved(self) -> tuple[str, ...]:
        """What this owner is yet to have."""
        with self._lock:
            waiting = self._quarantine.keys
            return tuple(
                entry.key
                for entry in self.entries.values()
                if entry.pending is not None or entry.is_deleted or entry.key in waiting
            )

    def commit(self, insist: bool) -> bool:
        """Commit what is pending; whether the store has all of it."""
        with self._publishing(), self._shared.committing:
            is_done = self._renew(insist) and self._commit(insist)
        for onward in list(self._onward):
            if onward.commit(insist):
                self._onward.remove(onward)
            else:
                self.trouble, is_done = onward.trouble, False
        return is_done

    def _renew(self, insist: bool) -> bool:
        """Let the owner's records live on where that is due; whether a commit may follow."""
        with self._lock:
            entries = self.entries.values()
            pending = [e for e in entries if e.pending is not None or e.is_deleted]
            edits = any(entry.is_deleted or not entry.untouched for entry in pending)
        if not self.lifetime.is_due(writes=bool(pending), edits=edits):
            return True
        try:
            with self._health.writing(insist=insist):
                self.lifetime.renew(edits=edits)
        except StoreUnavailable as error:
            if pending:
                self.trouble = str(error)
            return not pending
        return True

    def _commit(self, insist: bool) -> bool:
        if not self._delete_waiting(insist):
            return False
        at_once, attempts = None, self._health.attempts()
        while True:
            if not self._load_unseen(self._unsaved, insist=insist):
                return False
            if not self._send_on_unstored(insist):
                return False
            self._learn_latest(self._unsaved)
            entries, writes = self._to_commit(at_once), list[Write]()
            try:
                next(attempts)
                with self._health.writing(insist=insist):
                    if entries:
                        self._clock.measure(self.store)
                    if not (writes := self._writes(entries, at_once)):
                        return not self._unsaved
                    records = self.store.commit(
                        self.owner, writes, max_bytes=self._terms.max_owner_bytes
                    )
            except CircuitOpen as error:
                self.trouble = str(error)
                return False
            except Conflict as conflict:
                self._note(entries, Event.UNWRITTEN)
                if not self._learn_ways():
                    return False
                self._settle_all(conflict.current)
            except OwnerFull as full:
                self._note(entries, Event.UNWRITTEN)
                if at_once == 1 or len(writes) == 1:
                    self._refuse_full(entries, full)
                at_once = 1  # those that fit are saved, and the one that does not is named
                attempts = self._health.attempts()
            except StoreError as error:
                self._doubt(entries)
                self.trouble = str(error)
                return False
            except BaseException:
                self._doubt(entries)
                raise
            else:
                self.trouble = None
                self._quarantine.wrote(writes)
                self._acknowledge({entry: records[entry.key] for entry in entries})
                attempts = self._health.attempts()

    def _to_commit(self, at_once: int | None) -> list[Entry]:
        """Return the entries to commit now, those with small values first."""
        with self._lock:
            changed = [
                entry
                for entry in self.entries.values()
                # The user may have edited another one while those that were not known were loaded.
                if entry.pending is not None and entry.is_known
            ]
            return sorted(changed, key=lambda entry: len(entry.pending or b""))[:at_once]

    def _writes(self, entries: list[Entry], at_once: int | None) -> list[Write]:
        """Return the writes of entries, which are sent now, and what goes into quarantine."""
        now = self._now()
        with self._lock:
            for entry in entries:
                if entry.refused is not None and entry.refused.payload is not None:
                    payload, schema = entry.refused.payload, entry.refused.schema
                    self._quarantine.put(entry.key, payload, schema, is_replaced=True)
                if entry.replaced is not None:
                    self._quarantine.put(entry.key, entry.replaced, SCHEMA, is_replaced=True)
            self._note(entries, Event.SENDING)
            writes = [
                Write(entry.key, entry.sealed(now), SCHEMA, entry.revision, self._expiry())
                for entry in entries
            ]
            keys = {entry.key for entry in entries}
            if at_once is None or not entries:
                keys |= self._quarantine.keys
            return writes + self._quarantine.writes(keys, now)

    def _note(self, entries: Iterable[Entry], event: Event) -> None:
        with self._lock:
            for entry in entries:
                # One that the script has deleted meanwhile is in another state.
                if event is Event.SENDING or entry.state is State.IN_FLIGHT:
                    entry.on(event)

    def _doubt(self, entries: Iterable[Entry]) -> None:
        with self._lock:
            for entry in entries:
                if entry.state is State.IN_FLIGHT:
                    entry.doubt()

    def _refuse_full(self, entries: list[Entry], full: OwnerFull) -> None:
        with self._lock:
            if not entries:
                self._quarantine.drop(None)
            for entry in entries:
                self._quarantine.drop([entry.key])
                entry.edit(None, entry.edited_at)
                entry.refuse(
                    ValueTooLarge(
                        f"with this value all values together take {full.size} bytes, more than "
                        f"max_owner_bytes={full.max_bytes}. Keep less, or allow more with "
                        "configure(max_owner_bytes=...)."
                    ),
                    entry.digest,
                )

    def _now(self) -> float:
        """Return the time, in seconds since 1970."""
        return current().now()

    def _expiry(self) -> float | None:
        return self.lifetime.expiry()

    def _acknowledge(self, records: Mapping[Any, Record]) -> None:
        with self._lock:
            for entry, record in records.items():
                if entry.state is State.IN_FLIGHT:
                    entry.acknowledge(record)
                self._quarantine.spare(entry.key)
                self._shared.publish(entry.key, record)
            self.saved_at = current().now()
            self._written += 1

    def _settle_all(self, found: Mapping[str, Record | None]) -> None:
        with self._lock:
            self._quarantine.settle(found)
            for key, record in found.items():
                self._shared.correct(key, record)
                if key in self.entries:
                    self._settle(self.entries[key], record)

    def _settle(self, entry: Entry, record: Record | None) -> None:
        """Put what is pending on top of what another session has committed, or this one unheard."""
        before = entry.as_anothers()
        way = self._way_of(entry, self._shared.ways.gone.get(entry.key, ()))
        doubted = entry.recognise(record, self._now())
        if doubted is not None:
            self._quarantine.put(entry.key, doubted, SCHEMA)
        self._quarantine.spare(entry.key)
        was_known, since, acknowledged = entry.is_known, entry.heard_of, entry.acknowledged
        base, mine = entry.decoded(entry.stored), entry.decoded(entry.pending)
        ground = base if entry.replaced is None else entry.ground
        theirs = entry.take(record)
        deleted_at = self._clock.local(entry.deleted_at)
        is_deleted = entry.since > since and (was_known or deleted_at >= entry.edited_at)
        if entry.pending is None:
            entry.offer_stored(theirs)
        elif is_deleted and way is not None:
            self._send_on(before, way)
            entry.edit(None, entry.edited_at)
            entry.attempts.clear()
            entry.offer_stored(theirs)
        elif is_deleted:
            self._start_over(entry, theirs, base, ground, acknowledged, mine)
        elif entry.untouched and (theirs is not MISSING or entry.refused is not None):
            # What a script or a widget starts with is no reason to overwrite anything.
            entry.edit(None, entry.edited_at)
            entry.offer_stored(theirs)
        elif theirs is not MISSING:
            self._take_merged(entry, entry.merged(base, mine, theirs))

    def _start_over(
        self, entry: Entry, theirs: Any, base: Any, ground: Any, acknowledged: int, mine: Any
    ) -> None:
        """Go on after a deletion, which beats all but what was done after it."""
        pending, added, kept = entry.pending, 0, MISSING
        start = entry.default_value() if theirs is MISSING else theirs
        deleted_at = self._clock.local(entry.deleted_at)
        entry.edit(None, entry.edited_at)
        if entry.edited_at > deleted_at:
            added = entry.added_after(deleted_at, base, acknowledged, mine)
            if not added:
                kept = entry.done_after(ground, mine, start)
                if kept is MISSING and pending is not None:
                    self._quarantine.put(entry.key, pending, SCHEMA)
        entry.offer_stored(theirs)
        start = 0 if start is MISSING else start
        if added and type(start) is int:
            entry.acknowledged = entry.looked - added
            self._take_merged(entry, start + added)
        elif kept is not MISSING:
            self._take_merged(entry, kept)

    def _take_merged(self, entry: Entry, value: Any) -> None:
        try:
            body = self._encoded(entry, value)
        except NotKept as error:
            entry.edit(None, entry.edited_at)
            entry.refuse(error, entry.digest)
            return
        if body != entry.pending:
            entry.offer(value, body)
        entry.edit(None if body == entry.stored else body, entry.edited_at)

    def clear(self, key: str) -> None:
        """Delete the record of a key that is to have its default, or nothing, from now on.

        Raises
        ------
        StoreUnavailable
            Nothing was deleted.
        """
        self._refuse_to_delete_of_nobody()
        with self._publishing(), self._shared.committing:
            with self._health.writing():
                deleted = self._deleted([key], [key])
            with self._lock:
                self._turn += 1
                entry = self.entries[key]
                entry.start_anew()
                entry.lose()
                self._take_deleted(deleted)

    def _take_deleted(self, deleted: Mapping[str, Record]) -> None:
        for key, record in deleted.items():
            self._written += 1
            self._shared.publish(key, record)
            if key in self.entries:
                self.entries[key].take(record)

    def _delete_waiting(self, insist: bool) -> bool:
        """Delete what the script has deleted, before what came after that is committed.

        What it has held goes into quarantine, unless it is to be erased.
        """
        keys = [entry.key for entry in list(self.entries.values()) if entry.is_deleted]
        if not keys:
            return True
        erased = self._erasing & set(keys)
        try:
            with self._health.writing(insist=insist):
                for key, record in self.store.load(self.owner, keys).items():
                    if record.payload is not None and key not in erased:
                        self._quarantine.put(key, record.payload, record.schema)
                self._put_into_quarantine(keys)
                copies = [name for key in erased for name in names_of(key)]
                deleted = self._deleted([*keys, *copies], keys)
        except StoreError as error:
            self.trouble = str(error)
            return False
        with self._lock:
            for key in self.entries.keys() & set(keys):
                self.entries[key].is_deleted = False
            self._erasing -= erased
            self._take_deleted(deleted)
        return True

    def _put_into_quarantine(self, keys: Collection[str]) -> None:
        attempts = self._health.attempts()
        while writes := self._quarantine.writes(keys, self._now()):
            next(attempts)
            try:
                self.store.commit(self.owner, writes, max_bytes=self._terms.max_owner_bytes)
            except Conflict as conflict:
                self._quarantine.settle(conflict.current)
            except OwnerFull:
                self._quarantine.drop(keys)  # to delete makes room, and was asked for
            else:
                self._quarantine.wrote(writes)

    def quarantined(self, keys: Collection[str]) -> dict[str, list[Any]]:
        """Return what lies in quarantine of each key, the newest last; bytes for what nobody reads.

        Raises
        ------
        StoreUnavailable
            The store cannot be asked.
        """
        names = {name: key for key in keys for name in names_of(key)}
        with self._health.reading(insist=True):
            stored = self.store.load(self.owner, names)
        found: dict[str, list[Record]] = {}
        for name, record in stored.items():
            if record.payload is not None:
                found.setdefault(names[name], []).append(record)
        with self._lock:
            for key in self._quarantine.keys & set(keys):
                found.setdefault(key, []).extend(self._quarantine.waiting(key))
        return {
            key: [self._readable(key, record) for record in sorted(found[key], key=_age)]
            for key in keys
            if key in found
        }

    def forget(self, keys: Collection[str] | None = None) -> None:
        """Delete records, here and for the other sessions; the entries start anew.

        What is in quarantine of a key goes with it.

        Raises
        ------
        StoreUnavailable
            Nothing was deleted.
        """
        self._refuse_to_delete_of_nobody()
        named = keys and [*keys, *(name for key in keys for name in names_of(key))]
        unheard = {*self.entries, *(key for o in self._shared.others(self) for key in o.entries)}
        with self._publishing(), self._shared.committing:
            with self._health.writing(insist=True):
                deleted = self._deleted(named, unheard if keys is None else keys)
            with self._lock:
                self._turn += 1
                self._quarantine.drop(keys)
                self._written += len(deleted)
                for key, record in deleted.items():
                    self._shared.publish(key, record)
                for key in list(self.entries) if keys is None else keys:
                    self.entries.pop(key, None)

    def _deleted(self, keys: Collection[str] | None, unheard: Collection[str]) -> dict[str, Record]:
        """Delete records in the store; `unheard` are keys that may have none yet."""
        visit = self._terms.visit
        if visit is not None and not visit.has_acted and not self._shared.others(self):
            unheard = ()  # what a script deletes for a visitor who does nothing leaves no trace
        return delete(self.store, self.owner, keys, unheard=unheard)

    def _refuse_to_delete_of_nobody(self) -> None:
        if self.is_held:
            raise StoreUnavailable(f"{self.trouble}; nothing was deleted")

    def _readable(self, key: str, record: Record) -> Any:
        payload = record.payload or b""
        try:
            types = self.entries[key].types if key in self.entries else None
            return value_in(payload, record.schema, types=types)
        except Unreadable:
            return payload


def _age(record: Record) -> float:
    return record.updated_at
