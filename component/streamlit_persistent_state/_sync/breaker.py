"""A circuit breaker for each store: whether it is worth asking, as it has just failed or not."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

from ..errors import StoreError, StoreUnavailable
from ..stores import Store

_log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 2.0


class Resting(StoreUnavailable):
    """The store was not asked, since it has just failed."""


class Gate:
    """Whether a store is worth asking: after a failure nobody does for a moment, then one tries.

    Each question to a store that does not answer costs its whole time-out, and there may be very
    many sessions.
    """

    def __init__(self) -> None:
        self.said: str | None = None
        self._until = self._pause = 0.0
        self._lock = threading.Lock()

    @contextmanager
    def asking(self, *, insist: bool = False) -> Iterator[None]:
        """Ask in the block, which raises `Resting` at its start where that is not worth it."""
        if not (self._may_ask() or insist):
            raise Resting(self.said or "the store has just failed")
        try:
            yield
        except StoreUnavailable as error:
            self.fail(str(error))
            raise
        except StoreError:
            self.work()  # it has answered
            raise
        self.work()

    @property
    def resting(self) -> bool:
        return time.monotonic() < self._until

    def _may_ask(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now < self._until:
                return False
            if self._pause:
                self._until = now + _LONGEST_PAUSE  # the others wait for what this one finds
            return True

    def fail(self, said: str) -> None:
        with self._lock:
            self.said = said
            self._pause = min(max(2 * self._pause, _FIRST_PAUSE), _LONGEST_PAUSE)
            self._until = time.monotonic() + self._pause

    def work(self) -> None:
        with self._lock:
            self.said, self._until, self._pause = None, 0.0, 0.0


class Health:
    """Whether a store may be read and written.

    One that is full or read-only can still be read. One that cannot be read takes no write either.
    """

    def __init__(self) -> None:
        self._reads, self._writes = Gate(), Gate()

    @property
    def takes_nothing(self) -> bool:
        return self._writes.resting

    @contextmanager
    def reading(self) -> Iterator[None]:
        with self._told():
            try:
                with self._reads.asking():
                    yield
            except Resting:
                raise
            except StoreUnavailable as error:
                self._writes.fail(str(error))
                raise

    @contextmanager
    def writing(self, *, insist: bool = False) -> Iterator[None]:
        with self._told(), self._writes.asking(insist=insist):
            yield
        self._reads.work()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Log the first of several failures."""
        worked = self._reads.said is None and self._writes.said is None
        try:
            yield
        except StoreUnavailable as error:
            if worked:
                _log.warning("The session goes on unsaved for now: %s", error)
            raise


_healths: WeakValueDictionary[int, Health] = WeakValueDictionary()
_lock = threading.Lock()


def health_of(store: Store) -> Health:
    with _lock:
        found = _healths.get(id(store))
        if found is None:
            found = _healths[id(store)] = Health()
        return found
