"""What the sessions of this process tell each other of their owner's records."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol
from weakref import WeakKeyDictionary, WeakValueDictionary

from .._record import Record
from .._workers import Job
from ..stores import Store


class Saves(Protocol):
    """What a keeper does for others of its owner."""

    saving: Job
    is_busy: Callable[[], bool]


class Owner:
    """What sessions that share an owner tell each other.

    Attributes
    ----------
    latest : dict of str to Record
        The newest records that this process has seen committed.
    keepers : weak mapping
        Of the live sessions.
    committing : lock
        One commits at a time, on top of what the others have done: writers of one key do not
        have to try again and again.
    """

    def __init__(self) -> None:
        self.latest: dict[str, Record] = {}
        # Not a set: a run of the simulation is to be the same run again.
        self.keepers: WeakKeyDictionary[Saves, None] = WeakKeyDictionary()
        self.committing = threading.RLock()

    def others(self, than: Saves) -> list[Saves]:
        """Return the keepers of the other sessions, the oldest first."""
        # At once: one that begins in another thread would end an iteration.
        found = [reference() for reference in self.keepers.keyrefs()]
        return [keeper for keeper in found if keeper is not None and keeper is not than]

    def publish(self, key: str, record: Record) -> None:
        known = self.latest.get(key)
        if known is None or known.revision < record.revision:
            self.latest[key] = record


_owners: WeakValueDictionary[tuple[int, str], Owner] = WeakValueDictionary()
_lock = threading.Lock()


def owner_of(store: Store, name: str) -> Owner:
    with _lock:
        found = _owners.get((id(store), name))
        if found is None:
            found = _owners[id(store), name] = Owner()
        return found


def is_live(store: Store, owner: str) -> bool:
    """Whether a session of this process works for `owner`."""
    with _lock:
        found = _owners.get((id(store), owner))
    return found is not None and len(found.keepers) > 0
