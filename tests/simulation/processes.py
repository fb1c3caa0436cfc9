"""Simulated processes: each has a clock of its own, and all run in one thread."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from streamlit_persistent_state._process import Process

_START = 1_800_000_000.0
"""When every simulation begins, in seconds since 1970."""


@dataclass
class Time:
    """The true time, which nobody knows, and how many tokens were drawn.

    Attributes
    ----------
    elapsed : float
        Seconds since the simulation began.
    """

    elapsed: float = 0.0
    tokens: int = 0
    blur: ClassVar[float] = 0.0
    """How many seconds the clock of a store may differ from it."""

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return _START + self.elapsed


class RealTime(Time):
    """What a store goes by that has a clock of its own; who waits only lets pauses end.

    So nobody can say what was done before a deletion and what after it.
    """

    blur = math.inf

    @property
    def now(self) -> float:
        return time.time()


class SimulatedProcess(Process):
    """One process whose clock is `skew` seconds fast.

    Attributes
    ----------
    is_busy : bool
        Another thread of it waits for the store, so siblings that are asked to save wait too.
    """

    def __init__(self, time: Time, skew: float = 0.0) -> None:
        self.time, self.skew, self.is_busy = time, skew, False

    def now(self) -> float:
        return self.time.now + self.skew

    def monotonic(self) -> float:
        return self.time.elapsed

    def token(self) -> str:
        self.time.tokens += 1
        return f"{self.time.tokens:016x}"

    def run_all(self, calls: Sequence[Callable[[], object]], patience: float) -> None:
        if not self.is_busy:
            for call in calls:
                call()
