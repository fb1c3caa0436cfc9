"""A circuit breaker for each store: whether it is worth asking, as it has just failed or not."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from weakref import WeakValueDictionary

from .._process import current
from ..errors import StoreError, StoreUnavailable
from ..stores import Store

_log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 2.0
_ATTEMPTS = 100
_SAID_AGAIN = 60.0
"""Seconds after which a failure is logged again, where the store has worked in between."""


_arrival: ContextVar[float | None] = ContextVar("arrival", default=None)


@contextmanager
def arrived(at: float) -> Iterator[None]:
    """Let the block read for somebody who came at that time, by the process's monotonic clock.

    What the store did before that is no reason not to ask it.
    """
    token = _arrival.set(at)
    try:
        yield
    finally:
        _arrival.reset(token)


class CircuitOpen(StoreUnavailable):
    """The store was not asked, since it has just failed."""


class _Probe:
    """A question to a store that has just failed, whose answer others wait for."""

    def __init__(self) -> None:
        self._answered = threading.Event()

    def wait(self) -> None:
        self._answered.wait()  # the store's time-out ends it

    def end(self) -> None:
        self._answered.set()


class CircuitBreaker:
    """Whether a store is worth asking: after a failure nobody does for a moment, then one tries.

    Each question to a store that does not answer costs its whole time-out, and there may be very
    many sessions. A page that loads does not go by what the store did before it came: it asks, or
    waits for the answer to the question that is under way.
    """

    def __init__(self) -> None:
        self.said: str | None = None
        self._until = self._pause = 0.0
        self._failed_at = float("-inf")
        self._probe: _Probe | None = None
        self._lock = threading.Lock()

    @contextmanager
    def calling(self, *, insist: bool = False, since: float | None = None) -> Iterator[None]:
        """Ask in the block, which raises `CircuitOpen` at its start where that is not worth it.

        Parameters
        ----------
        insist : bool
            Ask in any case.
        since : float, optional
            When somebody came who must not go by what was found before; by the process's
            monotonic clock.
        """
        probe = None
        if since is not None:
            probe = self._join_or_probe(since)
        elif not (insist or self._may_ask()):
            raise self._open()
        try:
            yield
        except StoreUnavailable as error:
            self.record_failure(str(error))
            raise
        except StoreError:
            self.record_success()  # it has answered
            raise
        else:
            self.record_success()
        finally:
            if probe is not None:
                self._end(probe)

    def _open(self) -> CircuitOpen:
        return CircuitOpen(self.said or "the store has just failed")

    @property
    def is_open(self) -> bool:
        return current().monotonic() < self._until

    def _may_ask(self) -> bool:
        with self._lock:
            now = current().monotonic()
            if now < self._until:
                return False
            if self._pause:
                self._until = now + _LONGEST_PAUSE  # the others wait for what this one finds
            return True

    def _join_or_probe(self, since: float) -> _Probe | None:
        """Return the probe that the caller is to make, or None where the store is well."""
        with self._lock:
            if self._failed_at >= since:
                raise self._open()
            if not self._pause:
                return None
            probe = self._probe
            if probe is None:
                self._probe = probe = _Probe()
                return probe
        probe.wait()
        with self._lock:
            if self._pause:
                raise self._open()
        return None

    def _end(self, probe: _Probe) -> None:
        with self._lock:
            self._probe = None
        probe.end()

    def record_failure(self, said: str) -> None:
        with self._lock:
            now = current().monotonic()
            self.said, self._failed_at = said, now
            self._pause = min(max(2 * self._pause, _FIRST_PAUSE), _LONGEST_PAUSE)
            self._until = now + self._pause

    def record_success(self) -> None:
        with self._lock:
            self.said, self._until, self._pause = None, 0.0, 0.0
            self._failed_at = float("-inf")


class Health:
    """Whether a store may be read and written.

    One that is full or read-only can still be read. One that cannot be read takes no write either.
    """

    def __init__(self) -> None:
        self._reads, self._writes = CircuitBreaker(), CircuitBreaker()
        self._logged_at = float("-inf")

    @property
    def is_down(self) -> bool:
        return self._writes.is_open

    @contextmanager
    def reading(self, *, insist: bool = False) -> Iterator[None]:
        """Ask in the block; `insist` asks in any case."""
        with self._logging_the_first():
            try:
                with self._reads.calling(insist=insist, since=_arrival.get()):
                    yield
            except CircuitOpen:
                raise
            except StoreUnavailable as error:
                self._writes.record_failure(str(error))
                raise

    @contextmanager
    def writing(self, *, insist: bool = False) -> Iterator[None]:
        """Write in the block."""
        with self._logging_the_first(), self._writes.calling(insist=insist):
            yield
        self._reads.record_success()

    def attempts(self) -> Iterator[int]:
        """Count how often a commit comes too late, which others do not cause without an end.

        Raises
        ------
        StoreUnavailable
            There is no end: what the store says and what it accepts do not go together.
        """
        yield from range(_ATTEMPTS)
        with self._logging_the_first():
            error = StoreUnavailable(
                f"the store has refused {_ATTEMPTS} commits in a row as overtaken by others, "
                "although they were based on what it had just said"
            )
            self._writes.record_failure(str(error))
            raise error

    @contextmanager
    def _logging_the_first(self) -> Iterator[None]:
        """Log the first of several failures."""
        worked = self._reads.said is None and self._writes.said is None
        try:
            yield
        except StoreUnavailable as error:
            if worked:
                self._log(str(error))
            raise

    def _log(self, said: str) -> None:
        # One that takes no writes may still be read, and delete: that is no end of its trouble.
        now = current().monotonic()
        if now >= self._logged_at + _SAID_AGAIN:
            self._logged_at = now
            _log.warning("The session goes on unsaved for now: %s", said)


_healths: WeakValueDictionary[int, Health] = WeakValueDictionary()
_lock = threading.Lock()


def health_of(store: Store) -> Health:
    with _lock:
        found = _healths.get(id(store))
        if found is None:
            found = _healths[id(store)] = Health()
        return found
