"""What the sessions of this process share: news of an owner's records, and a store's health."""

from __future__ import annotations

import threading
import time
from typing import Protocol
from weakref import WeakSet, WeakValueDictionary

from ._record import Record
from .stores import Store

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 2.0


class Saves(Protocol):
    """What a keeper does for others of its owner."""

    def save(self) -> bool: ...


class Owner:
    """What sessions that share an owner tell each other.

    Attributes
    ----------
    latest : dict of str to Record
        The newest records that this process has seen committed.
    committing : lock
        One commits at a time, on top of what the others have done: writers of one key do not
        have to try again and again.
    """

    def __init__(self) -> None:
        self.latest: dict[str, Record] = {}
        self.keepers: WeakSet[Saves] = WeakSet()
        self.committing = threading.RLock()

    def publish(self, key: str, record: Record) -> None:
        known = self.latest.get(key)
        if known is None or known.revision < record.revision:
            self.latest[key] = record


class Health:
    """Whether a store is worth asking: after a failure nobody does for a moment.

    Each question to a store that does not answer costs its whole time-out, and there may be very
    many sessions.
    """

    def __init__(self) -> None:
        self._until = 0.0
        self._pause = 0.0

    @property
    def resting(self) -> bool:
        return time.monotonic() < self._until

    def failed(self) -> None:
        self._pause = min(max(2 * self._pause, _FIRST_PAUSE), _LONGEST_PAUSE)
        self._until = time.monotonic() + self._pause

    def worked(self) -> None:
        self._until = self._pause = 0.0


_owners: WeakValueDictionary[tuple[int, str], Owner] = WeakValueDictionary()
_healths: WeakValueDictionary[int, Health] = WeakValueDictionary()
_lock = threading.Lock()


def owner_of(store: Store, name: str) -> Owner:
    with _lock:
        found = _owners.get((id(store), name))
        if found is None:
            found = _owners[id(store), name] = Owner()
        return found


def health_of(store: Store) -> Health:
    with _lock:
        found = _healths.get(id(store))
        if found is None:
            found = _healths[id(store)] = Health()
        return found


def is_live(store: Store, owner: str) -> bool:
    """Whether a session of this process works for `owner`."""
    with _lock:
        found = _owners.get((id(store), owner))
    return found is not None and len(found.keepers) > 0
