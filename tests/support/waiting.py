"""Waits for a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 20.0


def wait_until(condition: Callable[[], object], what: str = "this") -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} has not come true"
        time.sleep(0.01)
