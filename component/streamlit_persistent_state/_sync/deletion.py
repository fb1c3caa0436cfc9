"""Deletes records, and marks as deleted what has none: somebody may be about to write it first."""

from __future__ import annotations

from collections.abc import Collection

from .._codec.envelope import SCHEMA
from .._record import Record, Write
from ..errors import Conflict
from ..stores import Store
from .breaker import health_of


def delete(
    store: Store, owner: str, keys: Collection[str] | None, *, unheard: Collection[str] = ()
) -> dict[str, Record]:
    """Delete records of an owner, and return what marks the deletion.

    Parameters
    ----------
    keys : collection of str or None
        Which; None deletes all.
    unheard : collection of str
        Keys that are marked also where there is no record: what another session has for them and
        has not saved yet was there before the deletion.

    Raises
    ------
    StoreUnavailable
        Some or all of that is not done.
    """
    deleted, attempts = store.delete(owner, keys), health_of(store).attempts()
    while left := set(unheard) - deleted.keys():
        next(attempts)
        held = store.load(owner, left)
        writes = [
            Write(key, None, SCHEMA, held[key].revision if key in held else 0)
            for key in sorted(left)
        ]
        try:
            deleted.update(store.commit(owner, writes))
        except Conflict:
            deleted.update(store.delete(owner, left))  # somebody has written meanwhile
    return deleted
