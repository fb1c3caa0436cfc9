"""How long an owner's records live.

A record of a user or of the app lives as its last write and `expire_after` say. Those of a browser
live besides as long as somebody may come back for them:

=========== ================================================ ====================================
life        what is known                                    how long a record lives
=========== ================================================ ====================================
UNKNOWN     a session has begun, and the store was not asked nothing is written
            yet whether the browser has been here before
PROVISIONAL it has not, and nobody has changed anything      a day after the session's end
LASTING     it has, or somebody has                          `expire_visitors_after` from a visit
=========== ================================================ ====================================

A session that goes on is a visit. What ends a provisional life, the browser's return or the first
edit of any key, renews all records of the owner before anything is committed: whatever is kept of
an edit, that which it speaks of is kept as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from .._process import current
from .._record import Record
from ..stores import Store
from ..stores._renewal import renew

_HOUR = 3600.0
_DAY = 24 * _HOUR
_PROVISIONAL = _DAY + _HOUR
"""Seconds that what a script started with is kept, each time that it is renewed, every hour."""
_RETRY = 60.0
"""Seconds until a renewal that has failed, and that nothing waits for, is tried again."""


class Life(Enum):
    """What a process knows of an owner."""

    UNKNOWN = "whether it has been here before was not asked"
    PROVISIONAL = "it has not, and has changed nothing"
    LASTING = "it has been here before, or has changed something"


@dataclass
class Visit:
    """What the user of one session has done.

    Attributes
    ----------
    has_acted : bool
        More than to load the page.
    """

    has_acted: bool = False


@dataclass
class Span:
    """What the sessions of a process that share an owner know of its life.

    Attributes
    ----------
    life : Life
    due : float
        When the owner's records are to be renewed, on the clock that never runs backwards.
    """

    life: Life = Life.UNKNOWN
    due: float = 0.0


class Lifetime:
    """The life of one owner's records, as one session sees it.

    Parameters
    ----------
    expire_after : timedelta or None
        How long a record is kept after its last write.
    expire_visitors_after : timedelta or None
        How long after the owner's last visit. None keeps it for good.
    visit : Visit or None
        None for an owner who does not visit: a user, the app.
    """

    def __init__(
        self,
        store: Store,
        owner: str,
        span: Span,
        expire_after: timedelta | None,
        expire_visitors_after: timedelta | None,
        visit: Visit | None,
    ) -> None:
        self._store, self._owner, self._span, self._visit = store, owner, span, visit
        self._after_write = None if expire_after is None else expire_after.total_seconds()
        self._keep = math.inf
        if expire_visitors_after is not None:
            self._keep = expire_visitors_after.total_seconds()
        self._pause = min(_DAY, self._keep / 4)
        if visit is not None and span.life is Life.PROVISIONAL:
            span.life = Life.UNKNOWN  # the browser has come back, if only in another tab

    def expiry(self) -> float | None:
        """Return the expiry of a record that is written now."""
        kept_for = math.inf if self._after_write is None else self._after_write
        if self._visit is not None:
            kept_for = min(kept_for, self._kept_for())
        return None if kept_for == math.inf else current().now() + kept_for

    def _kept_for(self) -> float:
        if self._span.life is Life.LASTING:
            return self._keep
        return min(self._keep, _PROVISIONAL)

    def learn(self, records: Iterable[Record]) -> None:
        """Take note of records of the owner that another session has written."""
        found = [record for record in records if record.payload is not None]
        if self._visit is None or not found:
            return
        now = current().now()
        longest = max(_or_ever(record.expires_at) for record in found) - now
        if self._span.life is Life.PROVISIONAL and longest > 2 * _PROVISIONAL:
            # Another process knows it for one that lasts: what this one has written is to last too.
            self._span.life = Life.UNKNOWN
        if self._span.life is Life.UNKNOWN:
            self._take_fresh(found, now)

    def _take_fresh(self, found: list[Record], now: float) -> None:
        """Spare the renewal where the owner has been here today."""
        age = 0.0
        for record in found:
            latest = now + self._keep
            if self._after_write is not None:
                latest = min(latest, record.updated_at + self._after_write)
            if record.expires_at is None:
                age = max(age, 0.0 if latest == math.inf else math.inf)
            else:
                age = max(age, latest - record.expires_at)
        if age < self._pause:
            self._span.life = Life.LASTING
            self._span.due = current().monotonic() + self._pause - age

    def is_due(self, *, writes: bool = False, edits: bool = False) -> bool:
        """Whether `renew` has something to do.

        Parameters
        ----------
        writes : bool
            Something is about to be committed.
        edits : bool
            Some of that is not what the script or a widget has started with.
        """
        if self._visit is None:
            return False
        if self._span.life is Life.UNKNOWN and writes:
            return True
        if self._span.life is Life.PROVISIONAL and edits and self._visit.has_acted:
            return True
        return current().monotonic() >= self._span.due

    def renew(self, *, edits: bool = False) -> None:
        """Let the owner's records live on, as is due.

        Raises
        ------
        StoreUnavailable
            Some or all records have the expiry that they had.
        """
        assert self._visit is not None
        span = self._span
        span.due = current().monotonic() + _RETRY
        if span.life is Life.PROVISIONAL:
            self.learn(record for _, _, record in self._store.records(self._owner))
        if edits and self._visit.has_acted:
            span.life = Life.UNKNOWN
        if span.life is Life.PROVISIONAL:
            self._renew_for(self._kept_for())
            span.due = current().monotonic() + min(_HOUR, self._pause)
            return
        found = self._renew_for(self._keep)
        is_lasting = found > 0 or span.life is Life.LASTING or (edits and self._visit.has_acted)
        span.life = Life.LASTING if is_lasting else Life.PROVISIONAL
        pause = self._pause if is_lasting else min(_HOUR, self._pause)
        span.due = current().monotonic() + pause

    def _renew_for(self, seconds: float) -> int:
        expires_at = None if seconds == math.inf else current().now() + seconds
        return renew(self._store, self._owner, expires_at, after_write=self._after_write)


def _or_ever(expires_at: float | None) -> float:
    return math.inf if expires_at is None else expires_at
