"""Sessions in several processes, on a store that fails at every point, and what must be true.

``SIMULATION_STEPS`` says how many steps, ``SIMULATION_SEED`` with which seed they begin.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.simulation.oracle import Broken
from tests.simulation.plans import Do, Plan, Setup, Step, draw
from tests.simulation.shrink import broken_by, shrunk
from tests.simulation.world import carry_out

STEPS = int(os.environ.get("SIMULATION_STEPS", "100000"))
FIRST = int(os.environ.get("SIMULATION_SEED", "0"))
LENGTHS = (30, 60, 120)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The store fails all the time, and each failure is logged."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_no_promise_is_broken() -> None:
    """Whatever happens in whatever order, nothing kept is lost, doubled, or somebody else's."""
    seed, done = FIRST, 0
    while done < STEPS:
        plan = draw(seed, LENGTHS[seed % len(LENGTHS)])
        if broken_by(plan, carry_out) is not None:
            _report(seed, shrunk(plan, carry_out))
        done += len(plan.steps)
        seed += 1


def _report(seed: int, plan: Plan) -> None:
    """Fail with the seed and the steps; what it breaks is in the traceback."""
    sys.stderr.write(f"seed {seed}, {len(plan.steps)} steps:\n{plan}\n")
    carry_out(plan)


def test_a_run_is_the_same_run_again() -> None:
    """The same seed leaves the same bytes, also where hashes of texts are others."""
    here = carry_out(draw(5, 120)).trace()
    assert carry_out(draw(5, 120)).trace() == here
    script = (
        "import logging; logging.disable(logging.CRITICAL)\n"
        "from tests.simulation.plans import draw\n"
        "from tests.simulation.world import carry_out\n"
        "print(carry_out(draw(5, 120)).trace(), end='')"
    )
    for seed in ("1", "2"):
        there = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert there.stdout == here


def test_a_plan_that_fails_is_shrunk_to_what_matters() -> None:
    """Of many steps those are left without which the promise holds."""
    first, second = Step(Do.SAVE, 3), Step(Do.ADD, 5)

    def play(plan: Plan) -> None:
        kinds = [step.do for step in plan.steps]
        if first.do in kinds and second.do in kinds[kinds.index(first.do) :]:
            raise Broken("order", "")

    noise = [Step(Do.RUN, n) for n in range(40)]
    steps = (*noise, first, *noise, second, *noise)
    found = shrunk(Plan(Setup(1, 1, (0.0, 0.0)), steps), play)
    assert [step.do for step in found.steps] == [first.do, second.do]


def test_a_plan_is_printed_as_it_can_be_played() -> None:
    """What a failure prints is Python that makes the plan again."""
    plan = draw(7, 20)
    assert eval(str(plan), {"Plan": Plan, "Setup": Setup, "Step": Step, "Do": Do}) == plan
