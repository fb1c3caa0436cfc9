"""What the sessions of this process tell each other of their owner's records."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol
from weakref import WeakKeyDictionary, WeakValueDictionary

from .._process import current
from .._record import Record
from .._workers import Job
from ..stores import Store
from .lifetime import Span
from .transfer import Ways

_FEW = 256
"""How many records are remembered before it is asked who needs them."""


class Saves(Protocol):
    """What a keeper does for others of its owner."""

    entries: dict[str, Any]
    saving: Job
    is_busy: Callable[[], bool]


class Owner:
    """What sessions that share an owner tell each other.

    Attributes
    ----------
    span : Span
        How long the owner's records live.
    ways : Ways
        What has gone from it to other owners.
    keepers : weak mapping
        Of the live sessions.
    committing : lock
        One commits at a time, on top of what the others have done: writers of one key do not
        have to try again and again.
    turn : int
        Grows with what is published.
    """

    def __init__(self) -> None:
        self.span = Span()
        self.ways = Ways()
        self._latest: dict[str, Record] = {}
        self._turns: dict[str, int] = {}
        self.turn = 0
        self._most = _FEW
        # Not a set: a run of the simulation is to be the same run again.
        self.keepers: WeakKeyDictionary[Saves, None] = WeakKeyDictionary()
        self.committing = threading.RLock()

    def others(self, than: object) -> list[Saves]:
        """Return the keepers of the other sessions, the oldest first."""
        # At once: one that begins in another thread would end an iteration.
        found = [reference() for reference in self.keepers.keyrefs()]
        return [keeper for keeper in found if keeper is not None and keeper is not than]

    def publish(self, key: str, record: Record) -> None:
        known = self._latest.get(key)
        if known is None or known.revision < record.revision:
            self.turn += 1
            self._turns[key] = self.turn
            self._latest[key] = record
        if len(self._latest) > self._most:
            self._forget_unused()

    def latest(self, keys: Iterable[str]) -> dict[str, Record]:
        """Return the newest records that this process has seen committed, and that still live."""
        now, found = current().now(), {}
        for key in set(keys) & self._latest.keys():
            record = self._latest[key]
            if record.expires_at is None or record.expires_at > now:
                found[key] = record
        return found

    def _forget_unused(self) -> None:
        """Let go of what no session holds any more: the app's owner lives as long as the server."""
        used: set[str] = set()
        for keeper in self.others(None):
            used |= set(keeper.entries)
        self._latest = {key: record for key, record in list(self._latest.items()) if key in used}
        self._turns = {key: turn for key, turn in list(self._turns.items()) if key in used}
        self._most = max(_FEW, 2 * len(self._latest))

    def compare(self, found: Mapping[str, Record | None], turn: int) -> None:
        """Correct what is older than the question that `found` answers, and newer than the answer.

        Parameters
        ----------
        turn : int
            How much had been published when the store was asked.
        """
        for key, record in found.items():
            known = self._latest.get(key)
            if known is None or self._turns.get(key, 0) > turn:
                continue
            if record is None or record.revision < known.revision:
                self.correct(key, record)

    def correct(self, key: str, record: Record | None) -> None:
        """Believe what the store says it has: it may have lost the record, or be another store."""
        if record is None:
            self._latest.pop(key, None)
        else:
            self._latest[key] = record


_owners: WeakValueDictionary[tuple[int, str], Owner] = WeakValueDictionary()
_lock = threading.Lock()


def owner_of(store: Store, name: str) -> Owner:
    with _lock:
        found = _owners.get((id(store), name))
        if found is None:
            found = _owners[id(store), name] = Owner()
        return found
