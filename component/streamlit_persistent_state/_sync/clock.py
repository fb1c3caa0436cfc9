"""What time it is where the records lie, for a machine whose own clock may be wrong.

Deletions are stamped by the store's clock, where it has one. What a session does is timed by a
clock that nobody sets, and both are compared here.
"""

from __future__ import annotations

from weakref import WeakValueDictionary

from .._process import current
from ..stores import Store, Timekeeper

_MEASURED_EVERY = 600.0
"""Seconds for which a comparison of two clocks holds."""


class StoreClock:
    """The clock of a store, as this process knows it."""

    def __init__(self) -> None:
        self._ahead: float | None = None
        self._due = float("-inf")

    def measure(self, store: Store) -> None:
        """Compare the clocks, if that is due.

        Raises
        ------
        StoreUnavailable
            The store cannot be asked.
        """
        before = current().monotonic()
        if before < self._due or not isinstance(store, Timekeeper):
            return
        there = store.now()
        after = current().monotonic()
        self._ahead, self._due = there - (before + after) / 2, after + _MEASURED_EVERY

    def local(self, at: float) -> float:
        """Return the process's monotonic time for a time of the store."""
        ahead = self._ahead
        if ahead is None:
            ahead = current().now() - current().monotonic()
        return at - ahead


_clocks: WeakValueDictionary[int, StoreClock] = WeakValueDictionary()


def clock_of(store: Store) -> StoreClock:
    return _clocks.setdefault(id(store), StoreClock())
