"""What a simulation does, drawn from a seed: plain data, so that it can be printed and shrunk."""

from __future__ import annotations

from enum import Enum
from random import Random
from typing import NamedTuple


class Do(Enum):
    """A step; what its numbers mean is said in `world`."""

    OPEN = "open"
    RECONNECT = "reconnect"
    LOG_IN = "log in"
    END = "end"
    CRASH = "crash"
    ADD = "add"
    CHANGE = "change"
    CLICK = "click"
    RESET = "reset"
    RESET_WIDGET = "reset widget"
    FORGET = "forget"
    DELETE = "delete from session state"
    RUN = "run"
    SAVE = "save"
    LOOK = "look"
    RETRY = "retry"
    FAIL = "fail"
    ARRIVE = "arrive"
    MEANWHILE = "meanwhile"
    REPLACE = "replace"
    WAIT = "wait"


WEIGHTS = {
    Do.OPEN: 8,
    Do.RECONNECT: 2,
    Do.LOG_IN: 2,
    Do.END: 4,
    Do.CRASH: 1,
    Do.ADD: 14,
    Do.CHANGE: 24,
    Do.CLICK: 10,
    Do.RESET: 2,
    Do.RESET_WIDGET: 1,
    Do.FORGET: 2,
    Do.DELETE: 2,
    Do.RUN: 8,
    Do.SAVE: 14,
    Do.LOOK: 6,
    Do.RETRY: 4,
    Do.FAIL: 9,
    Do.ARRIVE: 4,
    Do.MEANWHILE: 8,
    Do.REPLACE: 1,
    Do.WAIT: 10,
}


class Step(NamedTuple):
    """One step: what, by whom, and two numbers that choose; each is taken modulo what there is."""

    do: Do
    who: int = 0
    what: int = 0
    how: int = 0

    def __repr__(self) -> str:
        return f"Step({self.do}, {self.who}, {self.what}, {self.how})"


class Setup(NamedTuple):
    """The world in which a plan is carried out.

    Attributes
    ----------
    processes, browsers : int
    skews : tuple of float
        How many seconds the clock of each process is fast; the store's comes last.
    expires : bool
        Whether records expire an hour after their last write.
    greets : bool
        Whether the script fills in an empty name.
    """

    processes: int
    browsers: int
    skews: tuple[float, ...]
    expires: bool = False
    greets: bool = False


class Plan(NamedTuple):
    """A setup and the steps."""

    setup: Setup
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return "\n".join(
            [f"Plan({self.setup}, (", *(f"    {step!r}," for step in self.steps), "))"]
        )


def draw(seed: int, steps: int) -> Plan:
    """Return the plan of a seed."""
    random = Random(seed)
    processes = random.randint(1, 3)
    spread = random.choice([0.0, 0.0, 0.0, 2.0, 60.0])
    skews = tuple(round(random.uniform(-spread, spread), 3) for _ in range(processes + 1))
    setup = Setup(
        processes,
        random.randint(1, 2),
        skews,
        expires=random.random() < 0.1,
        greets=random.random() < 0.3,
    )
    kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
    drawn = tuple(
        Step(kind, random.randrange(12), random.randrange(60), random.randrange(1000))
        for kind in random.choices(kinds, weights, k=steps)
    )
    return Plan(setup, drawn)
