"""The shortest list of steps that still breaks a promise."""

from __future__ import annotations

from collections.abc import Callable

from .oracle import Broken
from .plans import Plan, Step

_MOST_TRIES = 2000


def broken_by(plan: Plan, play: Callable[[Plan], object]) -> str | None:
    """Return which promise a plan breaks."""
    try:
        play(plan)
    except Broken as broken:
        return broken.promise
    except Exception as error:
        return f"raises {type(error).__name__}"
    return None


def shrunk(plan: Plan, play: Callable[[Plan], object]) -> Plan:
    """Return a plan with as few steps as are found that breaks the same promise."""
    promise, tries = broken_by(plan, play), 0

    def still(candidate: Plan) -> bool:
        nonlocal tries
        tries += 1
        return tries <= _MOST_TRIES and broken_by(candidate, play) == promise

    steps, length = list(plan.steps), max(1, len(plan.steps) // 2)
    while length:
        start = 0
        while start < len(steps):
            fewer = steps[:start] + steps[start + length :]
            if still(plan._replace(steps=tuple(fewer))):
                steps = fewer
            else:
                start += length
        length //= 2
    for place, step in enumerate(steps):
        for simpler in _simpler(step):
            candidate = (*steps[:place], simpler, *steps[place + 1 :])
            if still(plan._replace(steps=candidate)):
                steps[place] = simpler
                break
    return plan._replace(steps=tuple(steps))


def _simpler(step: Step) -> list[Step]:
    whats = dict.fromkeys([0, step.what % 3, step.what])
    return [step._replace(who=who, what=what, how=0) for who in (0, 1, step.who) for what in whats]
