"""Many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def at_once(work: Callable[[T], R], whom: Iterable[T]) -> list[R]:
    """Return what `work` returns for each, called for all of them at the same time."""
    each = list(whom)
    with ThreadPoolExecutor(len(each)) as pool:
        return list(pool.map(work, each))


def a_few_at_a_time(work: Callable[[T], R], whom: Iterable[T]) -> list[R]:
    """Return what `work` returns for each."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(work, whom))
