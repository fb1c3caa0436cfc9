"""Records that go from one owner to another: when somebody logs in."""

from __future__ import annotations

import json
from collections.abc import Collection

from .._record import Record, Write
from ..errors import Conflict
from ..stores import Store
from .breaker import health_of

_FORWARD = "\0forward"
_FORWARD_SCHEMA = 1


def move(store: Store, source: str, target: str, keys: Collection[str] | None = None) -> None:
    """Give `target` the records of `source` that it has none of its own for.

    Parameters
    ----------
    keys : collection of str, optional
        Which records; None moves all.

    Raises
    ------
    StoreUnavailable
        Some or all records are still where they were; none is lost.
    """
    health = health_of(store)
    with health.reading():
        found = _records(store, source, keys)
    while found:
        with health.reading():
            theirs = store.load(target, found)
        writes = [
            Write(key, record.payload, record.schema, _revision(theirs, key), record.expires_at)
            for key, record in found.items()
            if record.payload is not None and not _has_value(theirs, key)
        ]
        try:
            with health.writing():
                store.commit(target, writes)
        except Conflict:
            continue
        # What the target had already stays with the source: it may be of use there.
        with health.writing():
            store.delete(source, [write.key for write in writes])
        return


def _records(store: Store, owner: str, keys: Collection[str] | None) -> dict[str, Record]:
    if keys is not None:
        return {k: r for k, r in store.load(owner, keys).items() if r.payload is not None}
    return {key: record for _, key, record in store.records(owner) if key != _FORWARD}


def _revision(records: dict[str, Record], key: str) -> int:
    return records[key].revision if key in records else 0


def _has_value(records: dict[str, Record], key: str) -> bool:
    return key in records and records[key].payload is not None


def forward(store: Store, owner: str, login: str, browser: str) -> str:
    """Note that `owner` goes on as `browser` for one log-in; return which it is.

    That is another one if a tab that was opened at the same time was first.
    """
    health = health_of(store)
    while True:
        with health.reading():
            noted = store.load(owner, [_FORWARD]).get(_FORWARD)
        if noted is not None and noted.payload is not None:
            known_login, known_browser = json.loads(noted.payload)
            if known_login == login:
                return str(known_browser)
        payload = json.dumps([login, browser]).encode()
        revision = 0 if noted is None else noted.revision
        try:
            with health.writing():
                store.commit(owner, [Write(_FORWARD, payload, _FORWARD_SCHEMA, revision)])
        except Conflict:
            continue
        return browser
