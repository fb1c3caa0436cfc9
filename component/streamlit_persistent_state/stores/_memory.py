"""A store in the memory of this process, for tests and for apps that may forget."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .._record import Record, Write
from ..errors import StoreUnavailable
from ._clock import (
    Clock,
    check_size,
    conflicts,
    is_live,
    new_records,
    next_revision,
    renewed,
)
from ._contract import RESERVED, TOMBSTONE_SECONDS


def _size(records: Mapping[str, Record]) -> int:
    return sum(len(record.payload or b"") for record in records.values())


@dataclass(eq=False)
class MemoryStore:
    """Keeps records until the process ends."""

    _owners: dict[str, dict[str, Record]] | None = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        with self._lock:
            held = self._live(owner)
            return {key: held[key] for key in keys if key in held}

    def revisions(self, owner: str, keys: Collection[str]) -> dict[str, int]:
        return {key: record.revision for key, record in self.load(owner, keys).items()}

    def exists(self, owner: str) -> bool:
        with self._lock:
            return bool(self._live(owner))

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        clock = Clock()
        with self._lock:
            held = self._live(owner)
            written = new_records(writes, clock)
            conflicts(writes, held)
            check_size(_size({**held, **written}), max_bytes)
            if written:
                self._held().setdefault(owner, {}).update(written)
            return written

    def delete(self, owner: str, keys: Collection[str] | None = None) -> dict[str, Record]:
        clock = Clock()
        wanted = None if keys is None else set(keys)
        with self._lock:
            deleted = {
                key: Record(
                    None,
                    record.schema,
                    next_revision(clock, record.revision),
                    clock.seconds,
                    clock.seconds + TOMBSTONE_SECONDS,
                )
                for key, record in self._live(owner).items()
                if record.payload is not None and (wanted is None or key in wanted)
            }
            self._held().get(owner, {}).update(deleted)
            return deleted

    def touch(self, owner: str, keys: Collection[str], expires_at: float | None) -> None:
        wanted = set(keys)
        with self._lock:
            for key, record in self._live(owner).items():
                if key in wanted and record.payload is not None:
                    changed = record._replace(expires_at=expires_at)
                    self._held()[owner][key] = changed

    def renew(
        self, owner: str, expires_at: float | None, *, after_write: float | None = None
    ) -> int:
        with self._lock:
            kept = {
                key: record._replace(expires_at=renewed(record, expires_at, after_write))
                for key, record in self._live(owner).items()
                if record.payload is not None and not key.startswith(RESERVED)
            }
            self._held().get(owner, {}).update(kept)
            return len(kept)

    def sweep(self) -> int:
        with self._lock:
            swept = 0
            for owner in list(self._held()):
                live, held = self._live(owner), self._held()[owner]
                swept += len(held) - len(live)
                if live:
                    self._held()[owner] = live
                else:
                    del self._held()[owner]
            return swept

    def size(self, owner: str) -> int:
        with self._lock:
            return _size(self._live(owner))

    def records(self, owner: str | None = None) -> Iterator[tuple[str, str, Record]]:
        with self._lock:
            owners = list(self._held()) if owner is None else [owner]
            found = [
                (name, key, record)
                for name in owners
                for key, record in self._live(name).items()
                if record.payload is not None
            ]
        yield from found

    def close(self) -> None:
        with self._lock:
            self._owners = None

    def _held(self) -> dict[str, dict[str, Record]]:
        if self._owners is None:
            raise StoreUnavailable("the memory store is closed; open a new one")
        return self._owners

    def _live(self, owner: str) -> dict[str, Record]:
        held = self._held().get(owner, {})
        now = Clock().seconds
        return {key: record for key, record in held.items() if is_live(record, now)}
