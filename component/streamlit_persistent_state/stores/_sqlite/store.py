"""A store in one SQLite file: the default, good for one machine."""

from __future__ import annotations

import math
import os
import sqlite3
import time
from collections.abc import Collection, Hashable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

from ..._record import Record, Write
from ...errors import Conflict
from .._clock import Clock, check_size, new_records, next_revision
from .._contract import TOMBSTONE_SECONDS
from .file import SQLiteFile

_PAGE = 500
_COLUMNS = "payload, schema, revision, updated_at, expires_at"
_LIVE = "(expires_at IS NULL OR expires_at > ?)"
_SELECT = f"SELECT key, {{}} FROM record WHERE owner = ? AND key IN ({{}}) AND {_LIVE}"
_RENEWED = (
    "owner = :owner AND payload IS NOT NULL AND (expires_at IS NULL OR expires_at > :now) "
    "AND NOT (key >= char(0) AND key < char(1))"  # nor those with RESERVED
)
_NEW_EXPIRY = "min(:latest, updated_at + :after)"
_RENEW = (
    f"UPDATE record SET expires_at = nullif({_NEW_EXPIRY}, 9e999) WHERE {_RENEWED} "
    f"AND coalesce(expires_at < {_NEW_EXPIRY}, {_NEW_EXPIRY} < 9e999)"
)
_COUNT = f"SELECT count(*) FROM record WHERE {_RENEWED}"
_WRITE = f"INSERT OR REPLACE INTO record (owner, key, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"


@cache
def _select(columns: str, count: int) -> str:
    return _SELECT.format(columns, ", ".join("?" * count))


class SQLiteStore:
    """Keeps records in a file, made with mode 0600 at first use.

    Several processes of one machine may use the file at once. What is committed survives a
    ``kill -9``; a power cut may take the last moments, and leaves the file whole (write-ahead log,
    ``synchronous=NORMAL``). Not for network file systems. A file that was deleted or moved away is
    made anew, empty, at the next use.

    Parameters
    ----------
    path : path-like
        The file; its folder is made if need be.
    timeout : float, default 5.0
        Seconds to wait for another writer.
    """

    def __init__(self, path: str | os.PathLike[str], *, timeout: float = 5.0) -> None:
        self.path: Path = Path(path).absolute()
        self._file = SQLiteFile(self.path, timeout)

    @property
    def place(self) -> Hashable | None:
        """The file; None once the store is closed."""
        return None if self._file.closed else ("sqlite", self.path)

    def load(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        with self._reading(keys) as connection:
            return self._load(connection, owner, keys)

    def revisions(self, owner: str, keys: Collection[str]) -> dict[str, int]:
        with self._reading(keys) as connection:
            return self._revisions(connection, owner, keys)

    def exists(self, owner: str) -> bool:
        with self._file.connection() as connection:
            found = connection.execute(
                f"SELECT 1 FROM record WHERE owner = ? AND {_LIVE} LIMIT 1",
                (owner, Clock().seconds),
            )
            return found.fetchone() is not None

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        if not writes:
            return {}
        with self._file.connection(writes=True) as connection:
            clock = Clock()
            written = new_records(writes, clock)
            known = self._revisions(connection, owner, written)
            stale = [write.key for write in writes if write.expected != known.get(write.key, 0)]
            if stale:
                found = self._load(connection, owner, stale)
                raise Conflict({key: found.get(key) for key in stale})
            self._write(connection, owner, written)
            if max_bytes is not None:
                check_size(self._size(connection, owner), max_bytes)
            return written

    def delete(self, owner: str, keys: Collection[str] | None = None) -> dict[str, Record]:
        wanted = None if keys is None else set(keys)
        with self._file.connection(writes=True) as connection:
            clock = Clock()
            found = connection.execute(
                f"SELECT key, schema, revision FROM record "
                f"WHERE owner = ? AND payload IS NOT NULL AND {_LIVE}",
                (owner, clock.seconds),
            )
            deleted = {
                key: Record(
                    None,
                    schema,
                    next_revision(clock, revision),
                    clock.seconds,
                    clock.seconds + TOMBSTONE_SECONDS,
                )
                for key, schema, revision in found
                if wanted is None or key in wanted
            }
            self._write(connection, owner, deleted)
            return deleted

    def touch(self, owner: str, keys: Collection[str], expires_at: float | None) -> None:
        with self._file.connection(writes=True) as connection:
            connection.executemany(
                "UPDATE record SET expires_at = ? WHERE owner = ? AND key = ? "
                f"AND payload IS NOT NULL AND {_LIVE}",
                [(expires_at, owner, key, Clock().seconds) for key in keys],
            )

    def renew(
        self, owner: str, expires_at: float | None, *, after_write: float | None = None
    ) -> int:
        values = {
            "owner": owner,
            "now": Clock().seconds,
            "latest": math.inf if expires_at is None else expires_at,
            "after": math.inf if after_write is None else after_write,
        }
        with self._file.connection(writes=True) as connection:
            connection.execute(_RENEW, values)
            return int(connection.execute(_COUNT, values).fetchone()[0])

    def sweep(self) -> int:
        swept = 0
        while True:
            # In steps, so that nobody has to wait long to write.
            with self._file.connection(writes=True) as connection:
                removed = connection.execute(
                    "DELETE FROM record WHERE (owner, key) IN (SELECT owner, key FROM record "
                    "WHERE expires_at IS NOT NULL AND expires_at <= ? LIMIT ?)",
                    (Clock().seconds, _PAGE),
                ).rowcount
            swept += removed
            if removed < _PAGE:
                return swept

    def size(self, owner: str) -> int:
        with self._file.connection() as connection:
            return self._size(connection, owner)

    def records(self, owner: str | None = None) -> Iterator[tuple[str, str, Record]]:
        # One row value for all owners, one column for a single one: both follow the primary key.
        place, last = ("(owner, key)", ("", "")) if owner is None else ("key", ("",))
        start = f"{place} {{}} ({', '.join('?' * len(last))})"
        if owner is not None:
            start = f"owner = ? AND {start}"
        comparison = ">="
        while True:
            with self._file.connection() as connection:
                found = connection.execute(
                    f"SELECT owner, key, {_COLUMNS} FROM record "
                    f"WHERE {start.format(comparison)} AND payload IS NOT NULL AND {_LIVE} "
                    "ORDER BY owner, key LIMIT ?",
                    (*(() if owner is None else (owner,)), *last, Clock().seconds, _PAGE),
                ).fetchall()
            for name, key, *columns in found:
                yield name, key, Record(*columns)
            if len(found) < _PAGE:
                return
            last, comparison = (found[-1][:2] if owner is None else found[-1][1:2]), ">"

    def close(self) -> None:
        self._file.close()

    @contextmanager
    def _reading(self, keys: Collection[str]) -> Iterator[sqlite3.Connection]:
        with self._file.connection() as connection:
            if len(keys) <= _PAGE:
                yield connection
                return
            # More than one statement, which shall not see more than one state.
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("COMMIT")

    def _load(
        self, connection: sqlite3.Connection, owner: str, keys: Collection[str]
    ) -> dict[str, Record]:
        found = self._select(connection, _COLUMNS, owner, keys)
        return {key: Record(*columns) for key, *columns in found}

    def _revisions(
        self, connection: sqlite3.Connection, owner: str, keys: Collection[str]
    ) -> dict[str, int]:
        return dict(self._select(connection, "revision", owner, keys))

    def _select(
        self, connection: sqlite3.Connection, columns: str, owner: str, keys: Collection[str]
    ) -> Iterator[Any]:
        now = time.time()
        if len(keys) <= _PAGE:
            return connection.execute(_select(columns, len(keys)), (owner, *keys, now))
        wanted = iter(keys)
        pages = iter(lambda: list(islice(wanted, _PAGE)), [])
        return chain.from_iterable(
            connection.execute(_select(columns, len(page)), (owner, *page, now)) for page in pages
        )

    def _size(self, connection: sqlite3.Connection, owner: str) -> int:
        found = connection.execute(
            f"SELECT total(length(payload)) FROM record WHERE owner = ? AND {_LIVE}",
            (owner, Clock().seconds),
        )
        return int(found.fetchone()[0])

    def _write(
        self, connection: sqlite3.Connection, owner: str, records: dict[str, Record]
    ) -> None:
        connection.executemany(
            _WRITE,
            [
                (owner, key, r.payload, r.schema, r.revision, r.updated_at, r.expires_at)
                for key, r in records.items()
            ],
        )
