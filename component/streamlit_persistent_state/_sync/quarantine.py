"""Where values lie that nobody can read or take, or that somebody replaced without seeing them.

Each key has a few places, which are records of the same owner under reserved names. A value takes
the first that is free, and leaves it after 30 days: an older one is never pushed out by a newer.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from .._record import Record, Write

_log = logging.getLogger(__name__)

PLACES = 3
"""How many values of one key are kept."""

_RESERVED = "\0quarantine "

LIFETIME = 30 * 24 * 3600.0
"""Seconds for which a value is kept."""


def names_of(key: str) -> list[str]:
    """Return the reserved names of a key, in the order in which they are taken."""
    return [f"{_RESERVED}{place}:{key}" for place in range(PLACES)]


def key_of(name: str) -> str:
    """Return the key that a reserved name belongs to; of any other name, that."""
    return name.partition(":")[2] if name.startswith(_RESERVED) else name


@dataclass(eq=False)
class _Waiting:
    """A value on its way into a place."""

    key: str
    payload: bytes
    schema: int
    is_replaced: bool
    place: int = 0
    expected: int = 0

    @property
    def name(self) -> str:
        return names_of(self.key)[self.place]


class Quarantine:
    """What one session has to put into quarantine; it goes there with its next commit."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        # What the commit under way need not bring: it is there, or all places are taken.
        self._settled: set[tuple[str, bytes]] = set()

    def put(self, key: str, payload: bytes, schema: int, *, is_replaced: bool = False) -> None:
        """Keep what a record of `key` holds, or would have held.

        Parameters
        ----------
        is_replaced : bool
            The next commit of the key replaces it.
        """
        if (key, payload) in self._settled:
            return
        same = [one for one in self._waiting if one.key == key]
        if any(one.payload == payload for one in same):
            return
        if len(same) == PLACES:
            self._give_up(key)
            return
        self._waiting.append(_Waiting(key, payload, schema, is_replaced))

    def spare(self, key: str) -> None:
        """Forget what a commit would have replaced that was not written."""
        self._waiting = [one for one in self._waiting if one.key != key or not one.is_replaced]
        self._settled = {one for one in self._settled if one[0] != key}

    def drop(self, keys: Collection[str] | None) -> None:
        """Forget all that waits for `keys`; None is all keys."""
        self._waiting = [one for one in self._waiting if keys is not None and one.key not in keys]
        self._settled = {one for one in self._settled if keys is not None and one[0] not in keys}

    @property
    def keys(self) -> set[str]:
        return {one.key for one in self._waiting}

    def waiting(self, key: str) -> list[Record]:
        """Return what waits for a key, as the records that it will be."""
        return [
            Record(one.payload, one.schema, 0, float("inf"))
            for one in self._waiting
            if one.key == key
        ]

    def writes(self, keys: Collection[str], now: float) -> list[Write]:
        """Return what to commit for `keys`."""
        found: dict[str, Write] = {}
        for one in [one for one in self._waiting if one.key in keys]:
            while one.name in found and self._moves_on(one):
                pass
            if one.name not in found:
                write = Write(one.name, one.payload, one.schema, one.expected, now + LIFETIME)
                found[one.name] = write
        return list(found.values())

    def wrote(self, writes: Iterable[Write]) -> None:
        """Note that the store has taken them."""
        names = {write.key for write in writes}
        self._waiting = [one for one in self._waiting if one.name not in names]

    def settle(self, current: Mapping[str, Record | None]) -> None:
        """Go on from what the store has in the places that were thought to be free."""
        for one in list(self._waiting):
            if one.name not in current:
                continue
            record = current[one.name]
            if record is None or record.payload is None:
                one.expected = 0 if record is None else record.revision
            elif record.payload == one.payload:
                self._waiting.remove(one)  # somebody else has put it there
                self._settled.add((one.key, one.payload))
            else:
                self._moves_on(one)

    def _moves_on(self, one: _Waiting) -> bool:
        """Have a value wait for the next place; whether there is one."""
        if one.place + 1 == PLACES:
            self._waiting.remove(one)
            self._settled.add((one.key, one.payload))
            self._give_up(one.key)
            return False
        one.place, one.expected = one.place + 1, 0
        return True

    def _give_up(self, key: str) -> None:
        _log.warning("A value of key %r is lost: its quarantine holds %d already", key, PLACES)
