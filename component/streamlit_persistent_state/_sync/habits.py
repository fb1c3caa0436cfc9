"""What sessions before have declared in a scope: the next one asks for all of it at once."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from functools import lru_cache

from .._record import Record

_MOST = 1000
"""How many keys are remembered; others are asked for as they are declared."""
_SMALL, _ALL = 2**16, 2**20
"""Bytes up to which a payload is asked for before somebody declares its key, and all of them."""


class Habit:
    """The keys that one script declares in one scope."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}
        self._lock = threading.Lock()

    def learn(self, records: Mapping[str, Record | None]) -> None:
        """Take note of declared keys, and of what the store has of them."""
        with self._lock:
            for key, record in records.items():
                payload = b"" if record is None else record.payload or b""
                if key in self._sizes or len(self._sizes) < _MOST:
                    self._sizes[key] = len(payload)

    def besides(self, keys: Iterable[str]) -> list[str]:
        """Return the keys that are likely to be declared too, as long as their values are small."""
        found, left, known = list[str](), _ALL, set(keys)
        with self._lock:
            for key, size in self._sizes.items():
                if key not in known and size <= min(_SMALL, left):
                    found.append(key)
                    left -= size
        return found


@lru_cache(maxsize=64)
def habit_of(script: str, scope: str) -> Habit:
    """Return what sessions of this process have declared."""
    return Habit()
