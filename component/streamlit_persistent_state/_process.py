"""The process that sessions run in: its clocks, its randomness and its threads.

All code that is to be simulated asks here and nowhere else, so that a simulation can run several
processes, each with a clock of its own, one after the other in one thread.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ._workers import Job, wait_for


class Process:
    """The process that this is; a simulated one overrides its methods."""

    def now(self) -> float:
        """Return the seconds since 1970 (UTC)."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def token(self) -> str:
        """Return 16 hexadecimal digits that nobody else has."""
        return secrets.token_hex(8)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def run_all(self, jobs: Sequence[Job], patience: float) -> None:
        """Do all at once, and wait at most `patience` seconds for those that take long."""
        wait_for(jobs, patience)


_current = Process()


def current() -> Process:
    """Return the process that this code runs in."""
    return _current


@contextmanager
def running_in(process: Process) -> Iterator[None]:
    """Let the block run in another process, for a simulation."""
    global _current
    before, _current = _current, process
    try:
        yield
    finally:
        _current = before
