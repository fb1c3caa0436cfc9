"""One key of one owner in one session: what session state holds, and what the store does."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .._codec.envelope import SCHEMA, Kept, decode, encode, fingerprint
from .._record import MISSING, Record, Write
from ..errors import NotKept, NotStorable, Unreadable

_log = logging.getLogger(__name__)

_DIGITS = re.compile(r"\d+")
_MARKS = 32
"""How many sessions' increments a record tells apart."""


QUARANTINE = " (unreadable, revision "
"""Follows the key in the name under which an unreadable record is kept."""


Merge: TypeAlias = Callable[[Any, Any, Any], Any]
Check: TypeAlias = Callable[[Any], bool]


def last_writer(base: object, mine: Any, theirs: object) -> Any:
    """Return `mine`."""
    return mine


def anything(value: object) -> bool:
    """Return True."""
    return True


@dataclass
class Entry:
    """One key of a keeper.

    Attributes
    ----------
    session : str
        Names this session in the marks of what it adds to.
    merge : callable
        Makes one value of (base, mine, theirs).
    check : callable
        Whether a stored value may be taken.
    default : bytes or None
        What the script declared, as bytes so that nobody changes it in place; None for no default.
    live : object
        What the script declared and cannot be kept.
    revision : int
        Of the record this session's value is based on, 0 for none.
    payload : bytes or None
        What the store holds at that revision.
    since, marks : int, dict of str to int
        As in `Kept`, of that record.
    acknowledged : int
        How much of this session's increments is in that record.
    value : object
        What session state held when the keeper last looked.
    digest : bytes
        The fingerprint of that value: tells a change in place.
    added, looked : int
        This session's increments, and how much of them is in `value`.
    pending : bytes or None
        Encoded, and not acknowledged by the store.
    pending_since : float
        When it began to be pending, in seconds since 1970.
    in_doubt : set of bytes
        Fingerprints of payloads that were sent to the store, which has not said whether it took
        them: one that was paused may do so much later.
    incoming : object
        What session state shall take at its next run.
    taking : bool
        Session state may hold it already.
    born : int
        In which run of its keeper it was declared.
    untouched : bool
        Its value is what the script or a widget has begun with in that run.
    start : bytes or None
        What the script itself has put there in the first run, where nothing was stored.
    fresh : bool
        Session state has not taken its first value yet: what it holds gives way to that.
    restored : bool
        Whether that first value came from the store.
    quarantined : Write or None
        Keeps what could not be restored under another key, once it is overwritten.
    conflict : object
        What another session had changed this key to at the same time as this one; the newest.
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
    merge: Merge = last_writer
    check: Check = anything
    default: bytes | None = None
    example: object = None
    live: Any = MISSING
    revision: int = 0
    payload: bytes | None = None
    since: int = 0
    marks: dict[str, int] = field(default_factory=dict)
    acknowledged: int = 0
    value: Any = MISSING
    digest: bytes = b""
    added: int = 0
    looked: int = 0
    pending: bytes | None = None
    pending_since: float = 0.0
    in_doubt: set[bytes] = field(default_factory=set)
    incoming: Any = MISSING
    taking: bool = False
    born: int = 0
    untouched: bool = False
    start: bytes | None = None
    fresh: bool = True
    restored: bool = False
    quarantined: Write | None = None
    conflict: Any = MISSING
    problem: NotKept | None = None
    problem_of: bytes = b""
    reported: set[str] = field(default_factory=set)
    is_let_go: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether it has a value besides its default."""
        return self.payload is not None or self.pending is not None

    def declare(self, default: object) -> None:
        """Take the default of a declaration; the first that can be kept holds."""
        if self.default is not None:
            return
        self.example, self.problem_of = default, b""
        try:
            self.default = encode(default, default=default)
        except NotStorable:
            self.live = default  # session state gets it, and then it is refused as any value

    def default_value(self) -> Any:
        return self.live if self.default is None else self.decoded(self.default)

    def refuse(self, error: NotKept, digest: bytes) -> None:
        """Note why a value with this fingerprint is not saved, and log it once."""
        self.problem, self.problem_of = error.of(self.key), digest
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
        """Return what is to be stored for a value that session state holds."""
        marks = self.marks
        if self.looked:
            marks = {name: added for name, added in marks.items() if name != self.session}
            marks = dict([*marks.items(), (self.session, self.looked)][-_MARKS:])
        return encode(value, since=self.since, marks=marks, default=self.example)

    def decoded(self, payload: bytes) -> Any:
        """Return the value in what `encoded` has returned."""
        return decode(payload, SCHEMA, default=self.example).value

    def take(self, record: Record) -> Any:
        """Go on from a record of the store; return its value, or MISSING."""
        self.revision, self.payload = record.revision, record.payload
        self.marks = {}
        if record.payload is None:
            self.quarantined = None
            self._live_since(record.revision)
            return MISSING
        try:
            found = decode(record.payload, record.schema, default=self.example)
            self._check(found.value)
        except Unreadable as error:
            self._log_left(error)
            name = f"{self.key}{QUARANTINE}{record.revision})"
            self.payload, self.quarantined = None, Write(name, record.payload, record.schema)
            return MISSING
        self._take_past(found)
        self.quarantined = None
        return found.value

    def turn_down(self, instead: Any) -> None:
        """Note that session state holds `instead`, since a widget cannot take the value."""
        self._log_left("its widget does not take it")
        self.restored = False
        self.hold(instead)

    def _log_left(self, reason: object) -> None:
        _log.warning("The stored value of key %r is quarantined: %s", self.key, reason)

    def _check(self, value: Any) -> None:
        try:
            passed = self.check(value)
        except Exception as error:
            raise Unreadable(f"its check raised {type(error).__name__}: {error}") from error
        if not passed:
            raise Unreadable("it does not pass its check")

    def _take_past(self, found: Kept) -> None:
        self.marks = found.marks
        if found.since > self.since:
            self._live_since(found.since)
        else:
            self.acknowledged = found.marks.get(self.session, self.acknowledged)

    def _live_since(self, deletion: int) -> None:
        """Start over: the deletion beats all that was changed or added before it."""
        self.since, self.acknowledged, self.pending = deletion, self.looked, None

    def doubts(self, record: Record) -> bool:
        """Whether a record is a write of this session that was not acknowledged."""
        return record.payload is not None and fingerprint(record.payload) in self.in_doubt

    def see_nothing(self) -> None:
        """Have what is edited next meet the record as something that was never seen."""
        self.is_let_go, self.revision, self.payload = False, 0, None

    def base(self) -> Any:
        """Return what the store held when this session last heard of it."""
        return MISSING if self.payload is None else self.decoded(self.payload)

    def acknowledge(self, record: Record) -> None:
        """Go on from the record that the store has made of a write of this session."""
        self.revision, self.payload = record.revision, record.payload
        self.quarantined = None
        self.in_doubt.clear()
        self.untouched = False
        assert record.payload is not None
        if self.looked or self.marks:
            self._take_past(decode(record.payload, record.schema, default=self.example))

    def merged(self, base: Any, acknowledged: int, mine: Any, theirs: Any) -> Any:
        """Return this session's value on top of another's record, which was taken already.

        Parameters
        ----------
        base, acknowledged
            What both have started from, and how much of this session's increments is in it.
        """
        added = self.looked - acknowledged
        if added and type(theirs) is int and self._is_sum(mine, base, added):
            return theirs + self.looked - self.acknowledged
        return self._met(base, mine, theirs)

    def added_since(self, deletion: int, base: Any, acknowledged: int, mine: Any) -> int:
        """Return what this session has added after a deletion that it had not heard of."""
        added = self.looked - acknowledged
        # A revision is the time of its making, in microseconds.
        if self.pending_since <= deletion / 1e6 or not self._is_sum(mine, base, added):
            return 0
        return added

    def rebased(self, value: Any) -> Any:
        """Return what stands in session state now on top of what it shall take."""
        added = self.added - self.looked
        if added and type(self.incoming) is int and self._is_sum(value, self.value, added):
            return self.incoming + added
        return self._met(self.value, value, self.incoming)

    def _met(self, base: Any, mine: Any, theirs: Any) -> Any:
        if fingerprint(mine) != fingerprint(theirs):
            self.conflict = theirs
        return self.merge(base, mine, theirs)

    def _is_sum(self, value: Any, base: Any, added: int) -> bool:
        """Whether a value has come from its base by increments alone."""
        if base is MISSING and self.start is not None:
            base = self.decoded(self.start)
        elif base is MISSING:
            base = 0 if self.default is None else self.default_value()
        return type(base) is type(value) is int and bool(value == base + added)
