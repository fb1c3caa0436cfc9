"""Keeps what one session holds of one owner in step with the store. Knows no Streamlit.

A keeper looks at the session's values, encodes what has changed, and commits it on top of the
revisions it knows. What other sessions of this process have committed it learns without asking
the store.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from .._codec.envelope import SCHEMA
from .._codec.fingerprint import fingerprint
from .._codec.types import Types
from .._process import current
from .._record import GONE, MISSING, Record
from .._workers import Job
from ..errors import NotKept, StoreError
from ..stores import Store
from .breaker import arrived
from .entry import Check, Entry, Merge, additions, anything
from .habits import Habit
from .ledger import Ledger, Terms
from .state import Event

_UNCHANGEABLE = (type(None), bool, int, float, complex, str, bytes)
_SMALL = 2**16
"""Bytes up to which a value is looked into at the end of each run."""
_TABS = 32
"""How many sessions of one owner are asked to save before a new one begins."""
_PATIENCE = 0.1
"""Seconds that a new session waits for others of its owner to save."""
_EARLY = 0.5
"""Seconds for which what was loaded ahead of its declaration is as good as loaded then."""


class Keeper(Ledger):
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
    saving : Job
        Has it save in another thread.
    is_busy : callable
        Whether what the session is doing cannot be seen yet: it is about to change something.
    began : float
        When the run under way has begun, by the process's monotonic clock.
    habit : Habit
        What other sessions have declared, of which some is asked for ahead of its declaration.
    is_page_load : bool
        The script runs for the first time for a page, or again because it has said so itself: what
        it does is no user's doing yet.
    """

    def __init__(
        self, store: Store, owner: str, snapshot: Callable[[], Mapping[str, Any]], terms: Terms
    ) -> None:
        super().__init__(store, owner, terms)
        self.runs = 0
        self.began = current().monotonic()
        self.is_page_load = True
        self._snapshot = snapshot
        self.habit = Habit()
        self._early: dict[str, Record | None] = {}
        self._early_until = 0.0
        self._offered: dict[str, int] = {}
        self._seen: int | None = None
        self.saving = Job(self.save)
        self.is_busy: Callable[[], bool] = lambda: False
        self._shared.keepers[self] = None

    def declare(
        self,
        key: str,
        default: object,
        merge: Merge = additions,
        check: Check = anything,
        types: Types | None = None,
    ) -> Entry:
        """Return the entry of `key`, made if it is new."""
        entry = self.entries.get(key)
        if entry is not None and not types and (default is MISSING or entry.default is not None):
            return entry
        with self._lock:
            entry = self.entries.get(key)
            if entry is None:
                entry = self.entries[key] = Entry(key, self._session, merge, check)
                entry.born = self.runs
            if types is not None:
                entry.types = types.on_top_of(entry.types)
            if default is not MISSING:
                entry.declare(default)
            return entry

    def restore(self, keys: Collection[str]) -> None:
        """Load what the store has of newly declared `keys`, after what live sessions hold is there.

        Each entry's `incoming` is the value to take: the restored one, or the default.
        """
        records = self._loaded_early(keys)
        if records is None:
            self._have_others_save()
            with arrived(self.began):
                records = self._ask_ahead(keys)
        if records is not None:
            self.habit.learn(records)
        known = self._shared.latest(keys)
        with self._lock:
            for key in keys:
                entry = self.entries[key]
                if records is not None:
                    theirs = entry.take(records[key])
                elif key in known:
                    theirs = entry.take(known[key])
                else:
                    entry.on(Event.UNREACHED)
                    theirs = MISSING
                entry.restored = theirs is not MISSING
                entry.offer_stored(theirs)

    def _ask_ahead(self, keys: Collection[str]) -> dict[str, Record | None] | None:
        """Ask for `keys`, and at once for what is likely to be declared next."""
        more = self.habit.besides([*self.entries, *keys])
        self._early_until = current().monotonic() + _EARLY
        found = self._ask([*keys, *more])
        if found is None:
            return None
        self._early = {key: found[key] for key in more}
        return {key: found[key] for key in keys}

    def _loaded_early(self, keys: Collection[str]) -> dict[str, Record | None] | None:
        """Return what was loaded of `keys` a moment ago; None where anything is missing."""
        if current().monotonic() > self._early_until or not self._early.keys() >= set(keys):
            return None
        found = {key: self._early.pop(key) for key in keys}
        for key, record in self._shared.latest(keys).items():
            loaded = found[key]
            if loaded is None or loaded.revision < record.revision:
                found[key] = record
        return found

    def _have_others_save(self) -> None:
        if self._health.is_down:
            return
        # What everybody shares may have very many sessions; theirs is saved when their runs end.
        others = self._shared.others(self)
        if len(others) > _TABS:
            return
        process = current()
        deadline = process.monotonic() + _PATIENCE
        while others and (left := deadline - process.monotonic()) > 0:
            process.run_all([other.saving for other in others], left)
            others = [other for other in others if other.is_busy()]
            if others:
                process.sleep(_PATIENCE / 20)

    def release(self, owner: str) -> None:
        self._shared.keepers.pop(self, None)
        super().release(owner)
        self._shared.keepers[self] = None

    def succeed(self, old: Keeper) -> None:
        """Go on where another owner's keeper was, with its edits on top of this owner's values."""
        for entry in old.entries.values():
            self.declare(entry.key, MISSING, entry.merge, entry.check)
            self.entries[entry.key].types = entry.types
            self.entries[entry.key].default = entry.default
            self.entries[entry.key].live = entry.live
        self.restore(list(old.entries))
        for key, entry in self.entries.items():
            before = old.entries[key]
            entry.fresh, entry.born = False, -1
            # Where the other owner has a value, what the script began with is no edit.
            if before.start is not None and entry.stored is not None:
                entry.hold(entry.decoded(before.start))
                entry.shown = before.start
                entry.added = before.added
        try:
            old.forget()
        except StoreError as error:
            self.trouble = str(error)
        old.entries.clear()  # what it had not saved is on top of this owner's values

    def part(self) -> bool:
        """Look at session state no more, which is another owner's; whether anything is pending."""
        self._snapshot = dict
        self._shared.keepers.pop(self, None)
        return bool(self.pending)

    def refresh(self) -> None:
        """Ask the store what others have committed, and load only that."""
        self.adopt()
        if newer := self._newer():
            self._learn_from_store(newer)

    def _learn_from_store(self, keys: Collection[str]) -> None:
        for key, record in (self._ask(keys) or {}).items():
            if record is not None:
                self._learn(key, record)

    def incoming(self, key: str, current: Any) -> Any:
        """Return what session state shall take instead of what it holds now.

        MISSING says that it goes on with that, GONE that it is to hold nothing.

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
        """Note that session state holds the incoming `value` now, or nothing where that is GONE."""
        with self._lock:
            if value is GONE:
                self._begin_anew(key, next_run=False)
                value = MISSING
            entry = self.entries[key]
            self._turn += 1
            if entry.incoming is not MISSING:
                entry.shown = entry.offered
            entry.fresh, entry.taking = False, False
            entry.offer(MISSING, None)
            if value is not MISSING:
                is_kept = entry.hold(value)
                if is_kept and self.is_page_load and not entry.restored:
                    entry.start = entry.default

    @contextmanager
    def turning_down(self, key: str, instead: Any) -> Iterator[None]:
        """Let the block put `instead` into session state, where a widget cannot take the value.

        What is stored, or about to be, stays as it is.
        """
        with self._lock:
            yield
            self._turn += 1
            self.entries[key].turn_down(instead)

    def set_aside(self, key: str) -> None:
        """Have what was restored go into quarantine where it is overwritten now.

        That is no user's doing: a widget begins anew, or the script assigns what it begins with.
        """
        with self._lock:
            self.entries[key].set_aside()

    def overwrite(self, key: str) -> None:
        """Note that the script overwrites what was restored, without having looked at it."""
        with self._lock:
            self.entries[key].set_aside()
            self.entries[key].restored = False

    @contextmanager
    def adding(self, key: str, by: int) -> Iterator[None]:
        """Let the script put a value that is greater by `by` into session state."""
        with self._lock:
            yield
            self._turn += 1
            entry = self.entries[key]
            entry.added += by
            entry.steps.append((current().monotonic(), entry.added))

    def delete(self, key: str, *, next_run: bool) -> None:
        """Have the next save delete the record of a key that the script has deleted.

        Parameters
        ----------
        next_run : bool
            Whether the script begins anew with it in its next run, and not in this one.
        """
        with self._lock:
            self._begin_anew(key, next_run=next_run)
            self.entries[key].discard()

    def erase(self, key: str) -> None:
        """Have the next save delete all there is of a key, and keep nothing of it."""
        with self._lock:
            entry = self.entries[key]
            is_stored = entry.stored is not None or entry.refused is not None
            if is_stored or entry.pending is not None or not entry.is_known:
                self._begin_anew(key, next_run=False)
                entry.discard()
                self._erasing.add(key)
            self._quarantine.drop([key])

    def let_go(self, key: str, *, next_run: bool) -> None:
        """Go on without a key that the script has deleted; its record stays as it is.

        What the script begins with after that is no edit. An edit meets the record as one of
        another session.
        """
        with self._lock:
            self._begin_anew(key, next_run=next_run)
            self.entries[key].is_let_go = True

    def _begin_anew(self, key: str, *, next_run: bool) -> None:
        entry = self.entries[key]
        self._turn += 1
        entry.born = self.runs + next_run
        entry.restored, entry.problem = False, None
        entry.start_anew()

    def _has_seen_all(self) -> bool:
        """Whether the last run has ended with a look at everything; asked once for each."""
        with self._lock:
            seen, self._seen = self._seen, None
            return seen == self._turn

    def _look(self) -> bool:
        """Encode what has changed in session state since the last look; whether that is all."""
        while True:
            turn = self._turn
            # Waits for callbacks that are running, so no lock is held that they might want.
            values = self._snapshot()
            with self._lock:
                if turn != self._turn:
                    continue  # older than what the script has shown or taken since
                self._turn += 1
                is_all = True
                for entry in self.entries.values():
                    # A key that is not there was deleted or cleaned up: no reason to forget it.
                    if entry.key in values and not entry.fresh:
                        try:
                            self._look_at(entry, values[entry.key])
                        except RuntimeError:
                            # The script changed it while it was read; the next look sees it.
                            is_all = False
                return is_all

    def end_of_start(self) -> None:
        """Look at what the script has begun with, before a user can change it.

        No later look could tell the one from the other.
        """
        with self._lock:
            unseen = [entry for entry in self.entries.values() if self._may_begin(entry)]
        values: Mapping[str, Any] = {}
        with suppress(RuntimeError):  # somebody is looking at this moment, and looks once more
            values = self._snapshot() if unseen else {}
        with self._lock:
            self._turn += 1
            for entry in unseen:
                if entry.key in values and not entry.fresh:
                    with suppress(RuntimeError):  # a thread of the script's changes it
                        self._look_at(entry, values[entry.key])
            for entry in self.entries.values():
                entry.born = -1
            self.is_page_load = False
            self._early.clear()

    def _may_begin(self, entry: Entry) -> bool:
        """Whether what session state holds of it may be what the script begins with."""
        if self.is_page_load and not (entry.restored and entry.is_known):
            return True
        return entry.value is MISSING and entry.born == self.runs

    def look_at_new(self, values: Mapping[str, Any], *, is_all: bool) -> None:
        """Encode those values that have changed, of large ones only what was assigned.

        To look into every large value at the end of each run would hold it up.

        Parameters
        ----------
        is_all : bool
            Whether this is what the session holds at the end of its run: the save that follows
            need not look once more.
        """
        with self._lock:
            self._turn += 1
            for key, value in values.items():
                entry = self.entries[key]
                if value is MISSING or entry.fresh:
                    continue
                is_small = len(entry.pending or entry.stored or b"") <= _SMALL
                if value is not entry.value or is_small:
                    try:
                        self._look_at(entry, value)
                        continue
                    except RuntimeError:
                        pass  # of a thread of the script's; see save()
                is_all = False
            self._seen = self._turn if is_all else None

    def _look_at(self, entry: Entry, value: Any) -> None:
        if value is entry.value and type(value) in _UNCHANGEABLE:
            entry.mend(entry.digest)
            return
        digest = b""
        try:
            digest = fingerprint(value)
            if digest == entry.digest:
                # An increment that an assignment has undone is none.
                entry.value, entry.added = value, entry.looked
                entry.mend(digest)
                return
            if entry.problem is not None and digest == entry.problem_of:
                return
            is_first = entry.value is MISSING
            begins = is_first and entry.born == self.runs and not entry.added
            if begins and (entry.incoming is not MISSING or entry.is_let_go):
                # What a script or a widget starts with is no edit.
                entry.value, entry.digest, entry.shown = value, digest, entry.encoded(value)
                return
            mine = value
            is_offered = entry.taking and entry.incoming is not GONE
            taken = is_offered and digest == fingerprint(entry.incoming)
            if entry.incoming is not MISSING and not taken:
                mine = entry.rebased(value)
            entry.looked = entry.added
            if entry.is_let_go:
                entry.see_nothing()
            shown = self._encoded(entry, value)
            body = shown if mine is value or mine is GONE else self._encoded(entry, mine)
        except NotKept as error:
            entry.refuse(error, digest)
            return
        entry.value, entry.digest, entry.shown = value, digest, shown
        if entry.beaten is not MISSING:
            self._quarantine.put(entry.key, shown, SCHEMA)
            entry.beaten = MISSING
        if mine is GONE:
            return
        # What a script fills in as a page loads is saved, but what its user does comes after it.
        was_started = entry.pending is not None and entry.pending == entry.start
        if self.is_page_load and not entry.restored and not entry.added:
            entry.start = body
        is_first_edit, entry.untouched = (
            entry.untouched or was_started,
            begins or (self.is_page_load and not entry.is_known),
        )
        if is_first and entry.refused is not None:
            return  # what a script starts with is no reason to overwrite what it cannot read
        entry.problem = None
        if mine is value:
            entry.offer(MISSING, None)
        else:
            entry.offer(mine, body)
        unchanged = body == entry.stored
        entry.edit(None if unchanged and entry.pending is None else body, current().monotonic())
        if is_first_edit:
            entry.pending_since = entry.edited_at

    def problems(self) -> dict[str, NotKept]:
        """Return for each key whose value cannot be saved why that is."""
        with self._lock:
            return {k: e.problem for k, e in self.entries.items() if e.problem is not None}

    def adopt(self) -> None:
        """Learn what other sessions of this process have committed, and what did not load."""
        self._load_unseen(self.entries.keys())
        self._learn_latest(self.entries.keys())

    def offer(self) -> None:
        """Note what waits for the script while it runs: it takes it now, or does not care."""
        with self._lock:
            self._offered = self._waiting_for_script()

    def is_behind(self, *, if_unknown: bool = False) -> bool:
        """Whether others have changed something that the script has not seen; brings no values.

        Parameters
        ----------
        if_unknown : bool
            What to say where the store does not answer.
        """
        return self._has_news() or bool(self._newer(if_unknown=if_unknown))

    def _has_news(self) -> bool:
        with self._lock:
            return bool(self._waiting_for_script().items() - self._offered.items())

    def _waiting_for_script(self) -> dict[str, int]:
        return {k: e.revision for k, e in self.entries.items() if e.incoming is not MISSING}

    def look_around(self) -> bool:
        """Learn what others have changed, committed or not; whether that is news to the script."""
        self._have_others_save()
        if newer := self._newer():
            self._learn_from_store(newer)
        self._learn_latest(self.entries.keys())
        return self._has_news()

    def save(self, *, insist: bool = False) -> bool:
        """Look, and commit what has changed; whether the store has all of it.

        Parameters
        ----------
        insist : bool
            Ask the store also where it has just failed.
        """
        try:
            is_all = (self._has_seen_all() and not insist) or self._look()
        except RuntimeError:
            return False  # the script changed session state while it was read
        if self.is_held:
            return not self.pending
        return self.commit(insist) and is_all
