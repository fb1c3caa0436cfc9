"""The same simulation on each store: SQLite, Redis and PostgreSQL, with their own clocks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TypeAlias

import pytest

from streamlit_persistent_state.stores import MemoryStore, Store, open_store
from tests.simulation.plans import Plan, draw
from tests.simulation.processes import RealTime
from tests.simulation.world import carry_out
from tests.support.postgres_server import serve_postgres
from tests.support.redis_server import redis_server

PLANS = 20
STEPS = 60
_TIMEOUT = 20
"""Seconds: a machine that is busy with other tests is no store that fails."""

Opener: TypeAlias = Callable[[int], str]
"""Returns the address of one of two stores."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The store fails all the time, and each failure is logged."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def sqlite(tmp_path: Path) -> Opener:
    return lambda number: f"sqlite:///{tmp_path}/{number}.db"


@pytest.fixture(scope="module")
def redis() -> Iterator[Opener]:
    with redis_server() as server:
        root = server.url.rpartition("/")[0]
        yield lambda number: f"{root}/{number}?socket_timeout={_TIMEOUT}"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Opener]:
    with serve_postgres() as first, serve_postgres() as second:
        yield lambda number: f"{(first, second)[number].url}?timeout={_TIMEOUT}"


@pytest.mark.parametrize("kind", ["memory", "sqlite", "redis", "postgres"])
def test_no_promise_is_broken(kind: str, request: pytest.FixtureRequest) -> None:
    """What holds in memory holds in each store."""
    address: Opener = (lambda _: "memory://") if kind == "memory" else request.getfixturevalue(kind)
    with ExitStack() as opened:
        stores = [opened.enter_context(closing(_open(address(number)))) for number in (0, 1)]
        for seed in range(PLANS):
            plan = draw(seed, STEPS)
            setup = plan.setup._replace(skews=(0.0,) * len(plan.setup.skews), expires=False)
            carry_out(Plan(setup, plan.steps), stores, RealTime(), f" of {seed}")


def _open(address: str) -> Store:
    return MemoryStore() if address == "memory://" else open_store(address)
