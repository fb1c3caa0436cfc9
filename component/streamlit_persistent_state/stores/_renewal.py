"""Renews the records of an owner in any store, also in one that has no word for it."""

from __future__ import annotations

from .._record import Record
from ._clock import renewed
from ._contract import RESERVED, Renewer, Store


def renew(
    store: Store, owner: str, expires_at: float | None, *, after_write: float | None = None
) -> int:
    """Do what `Renewer.renew` says."""
    if isinstance(store, Renewer):
        return store.renew(owner, expires_at, after_write=after_write)
    found: list[tuple[str, Record]] = [
        (key, record)
        for _, key, record in store.records(owner)
        if not key.startswith(RESERVED) and record.payload is not None
    ]
    due: dict[float | None, list[str]] = {}
    for key, record in found:
        expiry = renewed(record, expires_at, after_write)
        if expiry != record.expires_at:
            due.setdefault(expiry, []).append(key)
    for expiry, keys in due.items():
        store.touch(owner, keys, expiry)
    return len(found)
