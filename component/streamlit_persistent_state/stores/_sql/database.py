"""One PostgreSQL database: its connections and tables, time limits, and what its errors mean.

A pooled connection may be one that the server has closed since, and a process that uses the
database may fork.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import closing
from typing import Any, TypeVar, cast
from weakref import WeakSet, finalize

import psycopg
import sqlalchemy
from psycopg.errors import DeadlockDetected, SerializationFailure, UndefinedTable, UniqueViolation
from psycopg.pq import Format, TransactionStatus
from psycopg.rows import tuple_row
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import Pool, PoolProxiedConnection, QueuePool

from ...errors import StoreUnavailable
from .._watch import Watch
from .engine import handed_in, made
from .statements import Statements

T = TypeVar("T")
Cursor = psycopg.Cursor[Any]

OVERTAKEN = (UniqueViolation, SerializationFailure, DeadlockDetected)
"""What PostgreSQL raises where another commit came first."""

_MIGRATION = 10.0
_HEARTBEAT = 1.0

_databases: WeakSet[Database] = WeakSet()


def _after_fork() -> None:
    for database in _databases:
        database._leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class _Disconnected(psycopg.OperationalError):
    """The connection is no longer one."""


class Database:
    """The connections of this process to one database, and two tables in it.

    Parameters
    ----------
    source : str or object
        A URL, an SQLAlchemy engine, or what has one as its attribute `engine`.
    table : str
        Its name.
    timeout : float
        Seconds that the server may let a call wait.
    """

    def __init__(self, source: object, table: str, timeout: float) -> None:
        self.sql, self._table = Statements(table), table
        self._timeout = timeout
        self._watch = Watch(timeout)
        self._checkout = threading.Lock()
        self._ready = self._closed = False
        self._owned = isinstance(source, str)
        if isinstance(source, str):
            self._engine = made(source, timeout, self._watch)
            # From psycopg's connections comes a warning where nobody has closed them.
            finalize(self, self._engine.dispose)
        else:
            self._engine = handed_in(source)
        url = self._engine.url
        # A URL may hold a password in its query too.
        self._name = str(
            sqlalchemy.URL.create(
                "postgresql", url.username, None, url.host, url.port, url.database
            )
        )
        _databases.add(self)

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def place(self) -> tuple[Hashable, ...]:
        # With options: they may name another schema.
        return self._engine.url, self._table

    def close(self) -> None:
        self._closed = True
        if self._owned:
            self._engine.dispose()

    def run(self, work: Callable[[Cursor], T], size: float = 1.0) -> T:
        """Return what `work` returns, called with a cursor in autocommit mode.

        It is called once more where the server has been restarted or the tables are gone.

        Parameters
        ----------
        size : float
            How many time-outs the work may take.
        """
        if self._closed:
            raise self._over()
        try:
            try:
                return self._prepared(work, size)
            except (_Disconnected, UndefinedTable):
                self._ready = False
                return self._prepared(work, size)
        except (psycopg.Error, SQLAlchemyError) as error:
            raise self._unavailable(error) from error

    def notified(self) -> Iterator[str | None]:
        """Yield what is announced, and None at first and whenever there is nothing for a while."""
        try:
            pooled = self._take()
            connection = _driven(pooled)
            pooled.detach()  # it would be away from the pool for hours
            with closing(connection):
                connection.autocommit = True
                connection.execute(self.sql.listen)
                yield None
                while not self._closed:
                    for found in connection.notifies(timeout=_HEARTBEAT, stop_after=1):
                        yield found.payload
                    yield None
                raise self._over()
        except (psycopg.Error, SQLAlchemyError) as error:
            raise self._unavailable(error) from error

    def _prepared(self, work: Callable[[Cursor], T], size: float) -> T:
        if not self._ready:
            if self._attempt(self._version, 1.0) != len(self.sql.migrations):
                self._attempt(self._migrate, _MIGRATION)
            self._ready = True
        return self._attempt(work, size)

    def _attempt(self, work: Callable[[Cursor], T], size: float) -> T:
        seconds = self._timeout * size
        pool, pooled = self._engine.pool, self._take()
        connection = _driven(pooled)
        try:
            with self._watch.call(connection, seconds) as call:
                try:
                    return _in_autocommit(work, connection)
                except psycopg.Error as error:
                    if call.cut:
                        raise self._silent(seconds) from error
                    if connection.closed:
                        raise _Disconnected(str(error)) from error
                    raise
        finally:
            self._give(pooled, connection, pool)

    def _take(self) -> PoolProxiedConnection:
        pool = self._engine.pool
        if self._owned and isinstance(pool, QueuePool):
            with self._checkout:
                if pool.checkedin():
                    return self._engine.raw_connection()
        # To connect takes a thread, since nothing limits how long it takes.
        found: Future[PoolProxiedConnection] = Future()

        def connect() -> None:
            try:
                found.set_result(self._engine.raw_connection())
            except BaseException as error:
                found.set_exception(error)

        try:
            threading.Thread(target=connect, daemon=True).start()
        except RuntimeError:
            connect()  # a process that ends, and saves what is left, may start no thread
        try:
            return found.result(self._timeout)
        except FutureTimeout:
            found.add_done_callback(_discard_late)
            raise self._silent(self._timeout) from None

    def _give(
        self, pooled: PoolProxiedConnection, connection: psycopg.Connection[Any], pool: Pool
    ) -> None:
        if _is_idle(connection) and pool is self._engine.pool:
            pooled.close()
            return
        _discard(pooled)
        if pool is self._engine.pool:
            # The others in the pool have most likely gone the same way.
            self._engine.dispose()

    def _version(self, cursor: Cursor) -> int:
        try:
            found = cursor.execute(self.sql.version).fetchone()
        except UndefinedTable:
            return 0
        version: int = found[0] if found else 0
        if version > len(self.sql.migrations):
            raise StoreUnavailable(
                f"{self._name}: table was written by a newer version of "
                "streamlit-persistent-state; install that version, or name another table"
            )
        return version

    def _migrate(self, cursor: Cursor) -> None:
        cursor.execute(self.sql.begin)
        cursor.execute(self.sql.wait_for_locks)
        cursor.execute(self.sql.lock, (self.sql.number,))
        cursor.execute(self.sql.create_version)
        for migration in self.sql.migrations[self._version(cursor) :]:
            for statement in migration:
                cursor.execute(statement)
        cursor.execute(self.sql.set_version, (len(self.sql.migrations),))
        cursor.execute(self.sql.end)

    def _leave_to_parent(self) -> None:
        """Begin anew in a forked process."""
        self._engine.dispose(close=False)
        self._checkout = threading.Lock()
        self._watch.restart()

    def _over(self) -> StoreUnavailable:
        return StoreUnavailable(f"{self._name}: this store is closed; open a new one")

    def _silent(self, seconds: float) -> StoreUnavailable:
        return StoreUnavailable(
            f"{self._name} has not answered for {seconds:g} s: see whether it is overloaded or the "
            "network down, or give the store more time with timeout="
        )

    def _unavailable(self, error: Exception) -> StoreUnavailable:
        cause = error.orig if isinstance(error, DBAPIError) else error
        said = cause.diag.message_primary if isinstance(cause, psycopg.Error) else None
        text = " ".join((said or str(cause)).split())
        return StoreUnavailable(f"{self._name}: {text}: {_way_out(cause, text)}")


def _in_autocommit(work: Callable[[Cursor], T], connection: psycopg.Connection[Any]) -> T:
    before = connection.autocommit
    if not before:
        connection.autocommit = True
    cursor = psycopg.Cursor(connection, row_factory=tuple_row)
    cursor.format = Format.BINARY
    try:
        return work(cursor)
    finally:
        if not before and _is_idle(connection):
            connection.autocommit = before


def _driven(pooled: PoolProxiedConnection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", pooled.driver_connection)


def _discard(pooled: PoolProxiedConnection) -> None:
    """Close a connection instead of giving it back to its pool."""
    connection = _driven(pooled)
    pooled.detach()
    connection.close()


def _discard_late(found: Future[PoolProxiedConnection]) -> None:
    """Close a connection that nobody waits for any more, and whose pool may be gone."""
    if found.exception() is None:
        _discard(found.result())


def _is_idle(connection: psycopg.Connection[Any]) -> bool:
    return connection.info.transaction_status == TransactionStatus.IDLE


_WAYS_OUT = {
    # What goes wrong while connecting has no code.
    "authentication failed": "see that the user and the password are right",
    "does not exist": "create the database and its user, or name others",
    "42501": "let the user create and write tables there",
    "42P07": "name another table with table=",
    "53100": "make room on the server's disk",
    "53300": "allow more connections on the server",
    "25006": "name the primary server, where tables can be written",
    "55P03": "another transaction holds the records",
    "57014": "another transaction holds the records, or the server is overloaded",
    "QueuePool limit": "all connections are in use",
}


def _way_out(cause: object, text: str) -> str:
    code = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    for sign, way_out in _WAYS_OUT.items():
        if sign == code or (code is None and sign in text):
            return way_out
    return "see that the server runs and can be reached, or set another store"
