"""A store in a PostgreSQL database: for apps that run on several machines."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from ..._record import Record, Write
from ...errors import InvalidArgument
from .._clock import Clock, check_size, conflicts, deletes, new_records
from .._contract import TOMBSTONE_SECONDS
from .database import OVERTAKEN, Cursor, Database

_PAGE = 100
_SWEEP = 500
_KEYS_PER_TIMEOUT = 1000
_BYTES_PER_TIMEOUT = 2**20
_SECONDS = re.compile(r"[1-9]\d*(\.\d+)?|0?\.\d*[1-9]\d*")
_TABLE = re.compile(r"[a-z_][a-z0-9_]{0,39}")


class SQLStore:
    """Keeps records in a table of a PostgreSQL database, made at first use.

    Any number of processes and machines may use it at once. A load and a commit take one round
    trip to the server each.

    Parameters
    ----------
    database : str or sqlalchemy.Engine or object
        A URL such as ``postgresql://user:password@host/database``; an SQLAlchemy engine that uses
        psycopg 3; or what has such an engine, as ``st.connection("name", type="sql")``. An engine
        stays yours: it connects by its own settings, and `close` leaves it alone.
    table : str, default "streamlit_persistent_state"
        Its name, of lower case letters, digits and _; ``<table>_version`` is made beside it.
    timeout : float, default 1.0
        Seconds after which a server that does not answer counts as down. A call gets as much
        again for every 1000 keys and every MiB it writes. A URL may end with ``?timeout=2``.

    Raises
    ------
    InvalidArgument
        The URL has another form, or the engine is of another database or driver.
    """

    def __init__(
        self, database: object, *, table: str = "streamlit_persistent_state", timeout: float = 1.0
    ) -> None:
        if not isinstance(table, str) or not _TABLE.fullmatch(table):
            raise InvalidArgument(
                "table must be a name of at most 40 lower case letters, digits and _"
            )
        if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or timeout <= 0:
            raise InvalidArgument("timeout must be a positive number of seconds")
        if isinstance(database, str):
            database, timeout = _without_timeout(database, timeout)
        self._database = Database(database, table, timeout)
        self._sql = self._database.sql

    @property
    def place(self) -> Hashable | None:
        """The database and the table; None once the store is closed."""
        return None if self._database.closed else ("postgresql", *self._database.place)

    def load(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        found = self._of_keys(self._sql.load, owner, keys)
        return {key: Record(*columns) for key, columns in found}

    def revisions(self, owner: str, keys: Collection[str]) -> dict[str, int]:
        found = self._of_keys(self._sql.revisions, owner, keys)
        return {key: revision for key, (revision,) in found}

    def exists(self, owner: str) -> bool:
        return bool(self._rows(self._sql.exists, {"owner": _hash(owner)}))

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        if not writes:
            return {}
        clock = Clock(self.now() if deletes(writes) else None)
        written = new_records(writes, clock)
        size = sum(len(write.payload or b"") for write in writes)
        values = {
            "owner": _hash(owner),
            "owner_name": _bytes(owner),
            "keys": [_hash(write.key) for write in writes],
            "names": [_bytes(write.key) for write in writes],
            "payloads": [write.payload for write in writes],
            "schemas": [write.schema for write in writes],
            "expected": [write.expected for write in writes],
            "revisions": [record.revision for record in written.values()],
            "expiries": [record.expires_at for record in written.values()],
            "now": clock.seconds,
            "max_bytes": max_bytes,
            "bytes": size,
        }
        allowance = _allowance(writes) + size / _BYTES_PER_TIMEOUT
        attempts: list[bool] = []

        def attempt(cursor: Cursor) -> tuple[bool, int] | None:
            attempts.append(True)
            return self._write(cursor, values)

        while True:
            attempts.clear()
            verdict = self._database.run(attempt, allowance)
            if verdict is not None and verdict[0]:
                check_size(verdict[1], max_bytes)
                return written
            held = self.load(owner, list(written))
            if len(attempts) > 1 and held == written:
                # The first attempt has succeeded, its answer was lost with the connection. Without
                # a second attempt it is another writer's, of the same microsecond.
                return written
            conflicts(writes, held)

    def delete(self, owner: str, keys: Collection[str] | None = None) -> dict[str, Record]:
        values = {
            "owner": _hash(owner),
            "keys": [_hash(key) for key in keys or ()],
            "remembered": TOMBSTONE_SECONDS,
        }
        statement = self._sql.delete_all if keys is None else self._sql.delete
        found = self._rows(statement, values, _allowance(keys or ()))
        return {_text(name): Record(*columns) for name, *columns in found}

    def touch(self, owner: str, keys: Collection[str], expires_at: float | None) -> None:
        values = {
            "owner": _hash(owner),
            "keys": [_hash(key) for key in keys],
            "expires_at": expires_at,
        }
        self._database.run(lambda cursor: cursor.execute(self._sql.touch, values), _allowance(keys))

    def renew(
        self, owner: str, expires_at: float | None, *, after_write: float | None = None
    ) -> int:
        values = {
            "owner": _hash(owner),
            "latest": math.inf if expires_at is None else expires_at,
            "after": math.inf if after_write is None else after_write,
        }
        return int(self._rows(self._sql.renew, values)[0][0])

    def sweep(self) -> int:
        swept = 0
        while True:
            values = {"limit": _SWEEP}
            # In steps, so that nobody has to wait long to write. Each call is over before the next.
            removed = self._database.run(
                lambda cursor: cursor.execute(self._sql.sweep, values).rowcount  # noqa: B023
            )
            swept += removed
            if removed < _SWEEP:
                return swept

    def size(self, owner: str) -> int:
        values = {"owner": _hash(owner)}
        return int(self._rows(self._sql.size, values)[0][0])

    def records(self, owner: str | None = None) -> Iterator[tuple[str, str, Record]]:
        statement = self._sql.page if owner is None else self._sql.page_of_owner
        last = (b"" if owner is None else _hash(owner), b"")
        while True:
            values = {"owner": last[0], "key": last[1], "limit": _PAGE}
            found = self._rows(statement, values)
            for _, _, name, key, *columns in found:
                yield _text(name), _text(key), Record(*columns)
            if len(found) < _PAGE:
                return
            last = found[-1][:2]

    def announce(self, text: str) -> None:
        self._database.run(lambda cursor: cursor.execute(self._sql.announce, (text,)))

    def announcements(self) -> Iterator[str | None]:
        return self._database.notified()

    def now(self) -> float:
        return float(self._rows(self._sql.now, {})[0][0])

    def close(self) -> None:
        self._database.close()

    def _of_keys(
        self, statement: bytes, owner: str, keys: Iterable[str]
    ) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Yield the key and the columns of what a statement finds."""
        names = {_hash(key): key for key in keys}
        values = {"owner": _hash(owner), "keys": list(names)}
        for name, *columns in self._rows(statement, values, _allowance(names)):
            yield names[name], tuple(columns)

    def _rows(
        self, statement: bytes, values: dict[str, Any], allowance: float = 1.0
    ) -> list[tuple[Any, ...]]:
        return self._database.run(
            lambda cursor: cursor.execute(statement, values).fetchall(), allowance
        )

    def _write(self, cursor: Cursor, values: dict[str, Any]) -> tuple[bool, int] | None:
        """Return whether what is there is what was expected, and the owner's size.

        None where another commit came first.
        """
        try:
            if values["max_bytes"] is None:
                return cursor.execute(self._sql.commit, values).fetchone()
            # The size is that of this moment as long as no other commit of this owner is at work.
            number = int.from_bytes(values["owner"][:8], "big", signed=True)
            connection = cursor.connection
            with connection.pipeline():
                connection.execute(self._sql.begin)
                connection.execute(self._sql.lock, (number,))
                cursor.execute(self._sql.commit, values)
                connection.execute(self._sql.end)
            return cursor.fetchone()
        except OVERTAKEN:
            return None


def _allowance(keys: Collection[object]) -> float:
    return 1 + len(keys) / _KEYS_PER_TIMEOUT


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogatepass")


def _hash(name: str) -> bytes:
    return sha256(_bytes(name)).digest()


def _without_timeout(url: str, timeout: float) -> tuple[str, float]:
    """Return a URL without the option that is ours, and what that says."""
    base, _, query = url.partition("?")
    options = query.split("&")
    for option in options:
        name, _, value = option.partition("=")
        if name == "timeout":
            if not _SECONDS.fullmatch(value):
                raise InvalidArgument("timeout in the URL must be a number of seconds")
            left = "&".join(other for other in options if other != option)
            return f"{base}?{left}".rstrip("?"), float(value)
    return url, timeout
