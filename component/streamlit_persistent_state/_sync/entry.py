"""One key of one owner in one session: what session state holds, and what the store does."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

from .._codec.envelope import SCHEMA, Envelope, Slot, decode, encode, fingerprint, pack, unpack
from .._codec.types import Types
from .._record import GONE, MISSING, Record
from ..errors import NotKept, NotStorable, Unreadable
from .merge import (
    Merge,
    MergesAnew,
    additions,
    is_all_new,
    is_combined,
    is_same,
    last_writer,
    left_of,
    on_top,
)
from .state import TRANSITIONS, Event, State

__all__ = ["Attempt", "Check", "Entry", "Merge", "additions", "anything", "last_writer"]

_log = logging.getLogger(__name__)

_DIGITS = re.compile(r"\d+")

SLOTS = 64
"""How many sessions' last commits a record tells apart."""

SLOT_SECONDS = 3600.0
"""How long a record holds the slot of a session that commits no more."""

_DOUBTS = 16
"""How many different values of one key may be in doubt at once."""

Check: TypeAlias = Callable[[Any], bool]


def anything(value: object) -> bool:
    """Return True."""
    return True


class Attempt(NamedTuple):
    """A commit that was sent.

    Attributes
    ----------
    body : bytes
        The value.
    looked : int
        How much of this session's increments is in it.
    at : float
        When it was sent first, in seconds since 1970.
    """

    body: bytes
    looked: int
    at: float


@dataclass(eq=False)
class Entry:
    """One key of a keeper.

    Attributes
    ----------
    session : str
        Names this session in the slots of records.
    merge : callable
        Makes one value of (base, mine, theirs).
    default : bytes or None
        What the script declared, as bytes so that nobody changes it in place; None for no default.
    types : Types
        Those of the script that its value may be made of, as the present run defines them.
    live : object
        What the script declared and cannot be kept.
    is_a_widgets : bool
        A widget of Streamlit has the key: its values are not mixed with others.
    state : State
    revision, stored : int, bytes or None
        Of the record this session's value is based on, 0 for none, and the value in it.
    updated_at, since, deleted_at, slots : float, int, float, dict
        Of that record.
    joined : int
        At which revision it came from another owner, to whom earlier deletions were none.
    refused : Record or None
        What the store has and this session cannot take: it goes into quarantine as it is
        overwritten.
    replaced : bytes or None
        What another session has committed, and the next commit of this one replaces: it too.
    ground : object
        What the value was made from that replaces it.
    number, sent, attempts : int, Attempt or None, dict
        This session's commits are counted: the last one, and by number those that the store has not
        answered. One that was paused may do them much later.
    value, digest : object, bytes
        What session state held when the keeper last looked, and its fingerprint: tells a change in
        place.
    shown : bytes or None
        That value as it was then.
    added, looked, acknowledged : int
        This session's increments, how much of them is in `value`, and in the record.
    steps : list of (float, int)
        When increments that the store has not acknowledged were made, and their sum by then.
    pending : bytes or None
        Encoded, and not acknowledged by the store.
    edited_at, pending_since : float
        When that was last seen to change, and first, by the process's monotonic clock.
    is_deleted : bool
        The script has deleted it, and the record is yet to be deleted.
    incoming, offered : object, bytes or None
        What session state shall take at its next run.
    taking : bool
        Session state may hold it already.
    is_anew : bool
        Others have deleted what session state holds until then.
    born : int
        In which run of its keeper it was declared.
    untouched : bool
        Its value is no user's doing: it gives way to what is stored.
    start : bytes or None
        What the script itself has put there when the page was loaded, where nothing was stored.
    fresh : bool
        Session state has not taken its first value yet: what it holds gives way to that.
    restored : bool
        Whether that first value came from the store.
    conflict : object
        What another session had changed this key to at the same time as this one; the newest.
    beaten : object
        What was done here to a value that others had deleted, and goes into quarantine.
    problem, problem_of : NotKept or None, bytes
        Why the present value cannot be saved, and the fingerprint of that value; empty where it
        has none.
    reported : set of str
        What of that was logged.
    is_let_go : bool
        The script has deleted it, which holds for this session alone; the record is another's.
    """

    key: str
    session: str = ""
    merge: Merge = additions
    check: Check = anything
    default: bytes | None = None
    types: Types = field(default_factory=Types)
    live: Any = MISSING
    is_a_widgets: bool = False
    state: State = State.NOT_ASKED
    revision: int = 0
    stored: bytes | None = None
    updated_at: float = 0.0
    since: int = 0
    deleted_at: float = 0.0
    slots: dict[str, Slot] = field(default_factory=dict)
    joined: int = 0
    refused: Record | None = None
    replaced: bytes | None = None
    ground: Any = MISSING
    number: int = 0
    sent: Attempt | None = None
    attempts: dict[int, Attempt] = field(default_factory=dict)
    value: Any = MISSING
    digest: bytes = b""
    shown: bytes | None = None
    added: int = 0
    looked: int = 0
    acknowledged: int = 0
    steps: list[tuple[float, int]] = field(default_factory=list)
    pending: bytes | None = None
    edited_at: float = 0.0
    pending_since: float = 0.0
    is_deleted: bool = False
    incoming: Any = MISSING
    offered: bytes | None = None
    taking: bool = False
    is_anew: bool = False
    born: int = 0
    untouched: bool = False
    start: bytes | None = None
    fresh: bool = True
    restored: bool = False
    conflict: Any = MISSING
    beaten: Any = MISSING
    problem: NotKept | None = None
    problem_of: bytes = b""
    reported: set[str] = field(default_factory=set)
    is_let_go: bool = False

    def on(self, event: Event) -> None:
        """Go to the state that an event leads to."""
        self.state = TRANSITIONS[self.state, event]

    @property
    def is_known(self) -> bool:
        """Whether the store has said what it has of this key."""
        return self.state not in (State.NOT_ASKED, State.NOT_LOADED)

    @property
    def is_kept(self) -> bool:
        """Whether it has a value besides its default."""
        return self.stored is not None or self.pending is not None or self.refused is not None

    def declare(self, default: object) -> None:
        """Take the default of a declaration; the first that can be kept holds."""
        if self.default is not None:
            return
        self.problem_of = b""
        try:
            self.default = encode(default, types=self.types)
        except NotStorable:
            self.live = default  # session state gets it, and then it is refused as any value

    def default_value(self) -> Any:
        return self.live if self.default is None else self.decoded(self.default)

    def refuse(self, error: NotKept, digest: bytes) -> None:
        """Note why a value with this fingerprint is not saved, and log it once."""
        self.problem, self.problem_of = error.of(self.key), digest
        if self.pending is None and self.state is not State.IN_FLIGHT:
            self.on(Event.REFUSAL)
        # How large it was, or at which place of a list, makes no other problem of it.
        kind = _DIGITS.sub("#", str(error))
        if kind not in self.reported:
            self.reported.add(kind)
            _log.error("Key %r is not saved: %s", self.key, error)

    def hold(self, value: Any) -> bool:
        """Note that session state holds a value that is no edit; whether it can be kept."""
        self.value, self.digest = value, b""
        try:
            if value is not MISSING:
                self.digest = fingerprint(value)
        except NotKept as error:
            self.refuse(error, b"")
            return False
        self.mend(self.digest)
        return True

    def mend(self, digest: bytes) -> None:
        """Note that session state holds a value with this fingerprint now."""
        if self.problem_of != digest:
            self.problem = None

    def encoded(self, value: object) -> bytes:
        return encode(value, types=self.types)

    def decoded(self, body: bytes | None) -> Any:
        """Return the value in what `encoded` has returned; MISSING for None."""
        return MISSING if body is None else decode(body, types=self.types)

    def offer(self, value: Any, body: bytes | None) -> None:
        """Have session state take a value at its next run."""
        self.incoming, self.offered = value, body
        self.is_anew = self.is_anew and value is not MISSING

    def offer_stored(self, theirs: Any) -> None:
        """Have session state take what the store has, or the default where that is nothing."""
        if theirs is not MISSING:
            self.offer(theirs, self.stored)
        elif self.is_deleted_elsewhere:
            self.offer_anew()
        else:
            self.offer(self.default_value(), self.default)

    def offer_anew(self) -> None:
        """Have session state begin anew, since others have deleted what it holds."""
        default = self.default_value()
        if default is not MISSING or self.value is MISSING or self.problem is not None:
            self.offer(default, self.default)
        elif isinstance(self.merge, MergesAnew):
            start = self.merge.anew(self.value)
            self.offer(start, self.encoded(start))
        else:
            self.offer(GONE, None)

    def edit(self, body: bytes | None, at: float) -> None:
        """Note what session state holds that is to be saved; None for nothing."""
        if self.pending is None:
            self.pending_since = at
        self.pending, self.edited_at = body, at
        if body is not None:
            self.on(Event.EDIT)
            return
        self.replaced = None
        if self.is_known:
            self.on(Event.EMPTIED if self.stored is None else Event.TAKEN)

    def start_anew(self) -> None:
        """Note that session state holds the default, or nothing."""
        self.offer(MISSING, None)
        self.added, self.shown = self.looked, self.default
        self.hold(self.default_value())

    def discard(self) -> None:
        """Have the record deleted before anything else is written."""
        self.lose()
        self.is_deleted = True

    def lose(self) -> None:
        """Have nothing to save and nothing to go back to: the record is deleted."""
        self.pending, self.stored, self.refused, self.replaced = None, None, None, None
        self.attempts.clear()
        self.steps.clear()
        self.on(Event.EMPTIED)

    def take(self, record: Record | None) -> Any:
        """Go on from a record of the store; return its value, or MISSING."""
        was_known, since, theirs = self.is_known, self.heard_of, MISSING
        self.stored, self.refused, self.slots = None, None, {}
        self.revision = self.updated_at = 0
        if record is not None:
            self.revision, self.updated_at = record.revision, record.updated_at
            if record.payload is None:
                self.since, self.deleted_at = record.revision, record.updated_at
            else:
                theirs = self._taken(record, record.payload)
        if was_known and self.since > since:
            self.acknowledged = self.looked  # what was added before a deletion went with it
            self.is_anew = True
        self.on(Event.EMPTIED if theirs is MISSING else Event.TAKEN)
        if self.pending is not None:
            self.on(Event.EDIT)
        return theirs

    def _taken(self, record: Record, payload: bytes) -> Any:
        try:
            found = unpack(payload, record.schema)
            self.since, self.deleted_at, self.slots = found.since, found.deleted_at, found.slots
            value = decode(found.body, types=self.types)
            self._check(value)
        except Unreadable as error:
            self.log_refused(error)
            self.refused = record
            return MISSING
        self.stored = found.body
        return value

    def turn_down(self, instead: Any) -> None:
        """Note that session state holds `instead`, since a widget cannot take the value."""
        self.log_refused("its widget does not take it")
        self.restored, self.shown = False, None
        if self.hold(instead):
            with suppress(NotKept):
                self.shown = self.encoded(instead)
        self._set_stored_aside()

    def set_aside(self) -> None:
        """Have a value that was restored outlive an overwriting that is no user's doing."""
        if self.restored and not self.number:
            self._set_stored_aside()

    def _set_stored_aside(self) -> None:
        if self.stored is not None and self.pending is None:
            payload = pack(Envelope(self.stored))
            self.refused = Record(payload, SCHEMA, self.revision, self.updated_at)

    def log_refused(self, reason: object) -> None:
        _log.warning("The stored value of key %r is quarantined: %s", self.key, reason)

    def _check(self, value: Any) -> None:
        try:
            passed = self.check(value)
        except Exception as error:
            raise Unreadable(f"its check raised {type(error).__name__}: {error}") from error
        if not passed:
            raise Unreadable("it does not pass its check")

    def sealed(self, now: float) -> bytes:
        """Return the payload of a commit of what is pending, which is sent now."""
        body = self.pending
        assert body is not None
        last = self.attempts.get(self.number)
        if last is None or last.body != body or last.looked != self.looked:
            self.number += 1
            last = Attempt(body, self.looked, now)
        self.sent = last
        return pack(Envelope(body, self.since, self.deleted_at, self._slots(now)))

    def _slots(self, now: float) -> dict[str, Slot]:
        # By the record's own times: after a long outage the slots from before it are still there.
        oldest = self.updated_at - SLOT_SECONDS
        others = [
            (session, slot)
            for session, slot in self.slots.items()
            if session != self.session and slot.at >= oldest
        ]
        return dict([*others[-SLOTS + 1 :], (self.session, Slot(self.number, int(now)))])

    def doubt(self) -> None:
        """Note that the commit which was sent has had no answer."""
        self.on(Event.LOST)
        assert self.sent is not None
        self.attempts[self.number] = self.sent
        for number in sorted(self.attempts)[1 : -_DOUBTS + 1]:
            del self.attempts[number]

    def acknowledge(self, record: Record) -> None:
        """Go on from the record that the store has made of the commit that was sent."""
        sent = self.sent
        assert sent is not None
        self.on(Event.ACKNOWLEDGED)
        self.revision, self.updated_at = record.revision, record.updated_at
        self.slots = self._slots(sent.at)
        self._has_written(sent)
        self.pending_since = self.edited_at
        self.edit(None if self.pending == sent.body else self.pending, self.edited_at)

    def _has_written(self, attempt: Attempt) -> None:
        self.stored, self.acknowledged = attempt.body, attempt.looked
        sums = [added for _, added in self.steps]
        if attempt.looked in sums:
            del self.steps[: sums.index(attempt.looked) + 1]
        self.refused, self.replaced, self.untouched = None, None, False
        self.attempts.clear()

    def recognise(self, record: Record | None, now: float) -> bytes | None:
        """Find out from a newer record which commit in doubt was written: it is the base then.

        Returns
        -------
        bytes or None
            What nobody can tell whether it was written. It is counted as if it was.
        """
        if not self.attempts or record is None or record.payload is None:
            return None
        slots: dict[str, Slot] = {}
        with suppress(Unreadable):
            slots = unpack(record.payload, record.schema).slots
        slot = slots.get(self.session)
        last = self.attempts[max(self.attempts)]
        if slot is not None and slot.number in self.attempts:
            self._has_written(self.attempts[slot.number])
        elif self._is_unclear(slots, now):
            self._has_written(last)
            return last.body
        else:
            self.attempts.clear()  # based on an older revision, so none will be written any more
        return None

    def _is_unclear(self, slots: dict[str, Slot], now: float) -> bool:
        """Whether one of the commits in doubt may have been written, though no slot says which."""
        slot = slots.get(self.session)
        if slot is not None:
            return slot.number > min(self.attempts)
        first = min(attempt.at for attempt in self.attempts.values())
        return len(slots) >= SLOTS or now - first >= SLOT_SECONDS / 2

    @property
    def follows(self) -> bool:
        """Whether it takes what others commit."""
        return not (self.is_deleted or self.is_let_go)

    def as_anothers(self) -> Entry:
        """Return an entry with the same edits, for an owner of whom nothing is known yet."""
        attempts, steps, slots = dict(self.attempts), list(self.steps), dict(self.slots)
        return replace(
            self,
            revision=0,
            since=0,
            deleted_at=0.0,
            attempts=attempts,
            steps=steps,
            slots=slots,
        )

    @property
    def heard_of(self) -> int:
        """The revision up to which deletions are none of what is pending."""
        return max(self.since, self.joined)

    def see_nothing(self) -> None:
        """Have what is edited next meet the record as something that was never seen."""
        self.is_let_go, self.revision, self.stored, self.refused = False, 0, None, None

    def merged(self, base: Any, mine: Any, theirs: Any) -> Any:
        """Return this session's value on top of another's record, which was taken already."""
        if is_same(base, theirs):
            return mine
        if is_same(base, mine):
            return theirs  # all that was pending is in it
        added = self.looked - self.acknowledged
        if added and type(theirs) is int and self._is_sum(mine, base, added):
            return theirs + added
        return self._met(base, mine, theirs, self.stored)

    def rebased(self, value: Any) -> Any:
        """Return what stands in session state now on top of what it shall take."""
        base, added = self.decoded(self.shown), self.added - self.looked
        if added and type(self.incoming) is int and self._is_sum(value, base, added):
            return self.incoming + added
        is_anew = self.is_deleted_elsewhere or (self.is_anew and self._mixes)
        if is_anew and is_combined(value):
            kept = self.done_after(base, value, self._offered_value)
            if kept is not MISSING:
                return kept
            self.conflict = self.beaten = value
            return self.incoming
        if self.incoming is GONE and not self._mixes:
            return value  # there is nothing that a merge of the script's could mix it with
        return self._met(base, value, self._offered_value, self.offered)

    @property
    def _offered_value(self) -> Any:
        return MISSING if self.incoming is GONE else self.incoming

    @property
    def _mixes(self) -> bool:
        """Whether two values become one by the rules of this package."""
        return self.merge in (additions, last_writer)

    @property
    def is_deleted_elsewhere(self) -> bool:
        """Whether the store holds nothing but the mark of a deletion."""
        return self.stored is None and self.refused is None and 0 < self.revision == self.since

    def done_after(self, base: Any, mine: Any, start: Any) -> Any:
        """Return what was added to a value after its deletion, or MISSING.

        Of a text or a number nobody can tell whether it goes back to what was deleted.

        Parameters
        ----------
        base, start
            What it was made from that was deleted, and what the key has now instead.
        """
        if isinstance(self.merge, MergesAnew):
            anew = self.merge.anew(base)
            return self.merge(base, mine, anew if start is MISSING else start)
        if not self._mixes or not is_combined(mine):
            return MISSING
        if not (base is MISSING or is_all_new(base, mine)):
            return left_of(base, mine, type(mine)() if start is MISSING else start)
        if self.stored is None:
            return mine
        # Others have begun anew as well.
        return self._met(type(mine)(), mine, start, self.stored)

    def _met(self, base: Any, mine: Any, theirs: Any, body: bytes | None) -> Any:
        """Return what becomes of two values; where that is not both, theirs is a conflict."""
        if not self._mixes:
            if not is_same(mine, theirs):
                self.conflict = theirs
            return self.merge(base, mine, theirs)
        if is_same(mine, theirs):
            return mine
        if self.merge is additions and not self.is_a_widgets:
            together = on_top(self._began_with() if base is MISSING else base, mine, theirs)
            if together is not MISSING and self._passes(together):
                self.replaced = None
                return together
        if self.replaced is None:
            self.ground = base
        self.conflict, self.replaced = theirs, body
        return mine

    def _passes(self, value: Any) -> bool:
        try:
            return self.check(value)
        except Exception:
            return False

    def _began_with(self) -> Any:
        return self.decoded(self.default if self.start is None else self.start)

    def added_after(self, deletion: float, base: Any, acknowledged: int, mine: Any) -> int:
        """Return what this session has added after a deletion that it had not heard of.

        Parameters
        ----------
        base, acknowledged
            What it had started from, and how much of its increments is in that.
        """
        if not self._is_sum(mine, base, self.looked - acknowledged):
            return 0
        before = [added for at, added in self.steps if at <= deletion]
        return self.looked - (before[-1] if before else acknowledged)

    def _is_sum(self, value: Any, base: Any, added: int) -> bool:
        """Whether a value has come from its base by increments alone."""
        if base is MISSING:
            base = self._began_with()
        if base is MISSING:
            base = 0
        return type(base) is type(value) is int and bool(value == base + added)
