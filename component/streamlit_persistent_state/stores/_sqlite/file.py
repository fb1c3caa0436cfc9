"""One SQLite file: how it is made, migrated, connected to, and what its errors mean.

Several processes may use the file at once, and a process that uses it may fork.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from weakref import WeakSet

from ...errors import StoreUnavailable


def _version_1(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE record ("
        "owner TEXT NOT NULL, key TEXT NOT NULL, payload BLOB, schema INTEGER NOT NULL, "
        "revision INTEGER NOT NULL, updated_at REAL NOT NULL, expires_at REAL, "
        "PRIMARY KEY (owner, key)) WITHOUT ROWID"
    )
    connection.execute(
        "CREATE INDEX record_expiry ON record (expires_at) WHERE expires_at IS NOT NULL"
    )


_MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_version_1,)

_RETRY_SECONDS = 0.005
_READERS = 4
"""How many may read at the same time, beside one who writes."""

# Closing any descriptor of a file drops every lock this process has on it, SQLite's too. So nobody
# may connect to a file between its making and the closing of the descriptor that made it.
_making = threading.Lock()
_forking = threading.Lock()
_files: WeakSet[SQLiteFile] = WeakSet()
_paused: list[SQLiteFile] = []


def _before_fork() -> None:
    # A child would take SQLite's locks for its own; the system does not hand them down. Another
    # process could then delete the log that the child writes to.
    _forking.acquire()
    _paused.extend(_files)
    for file in _paused:
        file._pause()


def _after_fork() -> None:
    while _paused:
        _paused.pop()._lock.release()
    _forking.release()


def _after_fork_in_child() -> None:
    for file in _paused:
        file._open_gates()  # the threads that have gone through, or wait, are the parent's
    _after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child
    )


class _Connection(sqlite3.Connection):
    file: tuple[int, int] | None = None


class SQLiteFile:
    """The connections of this process to one file: a handful, however many threads there are.

    SQLite lets one write at a time. Who waits for that here is woken in time, and keeps no
    connection from those who read.

    Parameters
    ----------
    path : Path
        The file; its folder is made if need be.
    timeout : float
        Seconds to wait for a connection, and for a writer of another process.
    """

    def __init__(self, path: Path, timeout: float) -> None:
        self.path = path
        self._timeout = timeout
        self._idle: list[_Connection] = []
        self._busy = 0
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._closed = False
        self._open_gates()
        _files.add(self)

    def _open_gates(self) -> None:
        self._gates = {True: threading.Semaphore(1), False: threading.Semaphore(_READERS)}

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def __del__(self) -> None:
        # From Python 3.13 on, SQLite's connections warn when nobody has closed them.
        self.close()

    @contextmanager
    def connection(self, *, writes: bool = False) -> Iterator[sqlite3.Connection]:
        """Lend a connection, in a transaction of its own if it `writes`."""
        gate = self._gates[writes]
        if not gate.acquire(timeout=self._timeout):
            raise StoreUnavailable(
                f"{self.path}: all connections of this process have been in use for "
                f"{self._timeout:g} s; what waits is tried again"
            )
        try:
            connection = self._take()
            try:
                if writes:
                    connection.execute("BEGIN IMMEDIATE")
                yield connection
                if writes:
                    connection.execute("COMMIT")
            finally:
                if writes and connection.in_transaction:
                    connection.execute("ROLLBACK")
                self._give(connection)
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"{self.path}: {_way_out(error)}") from error
        finally:
            gate.release()

    def _take(self) -> _Connection:
        with self._lock:
            if self._closed:
                raise StoreUnavailable(f"{self.path}: this store is closed; open a new one")
            if self._process != os.getpid():
                if self._idle or self._busy:
                    raise StoreUnavailable(
                        f"{self.path}: this process was forked while the store was in use; "
                        "close the store before the fork"
                    )
                self._process = os.getpid()
            file = self._identity() if self._idle else None
            self._busy += 1
            while self._idle:
                connection = self._idle.pop()
                if connection.file == file:
                    return connection
                connection.close()
        try:
            return self._open()
        except BaseException:
            with self._lock:
                self._busy -= 1
            raise

    def _give(self, connection: _Connection) -> None:
        with self._lock:
            self._busy -= 1
            if self._closed:
                connection.close()
            else:
                self._idle.append(connection)

    def _pause(self) -> None:
        """Let no SQLite connection be open, and none be opened until the lock is released."""
        deadline = time.monotonic() + self._timeout
        self._lock.acquire()
        while self._busy and time.monotonic() < deadline:
            self._lock.release()
            time.sleep(_RETRY_SECONDS)
            self._lock.acquire()
        if self._process == os.getpid():
            while self._idle:
                self._idle.pop().close()

    def _identity(self) -> tuple[int, int] | None:
        """Return what tells the file at the path from one that was there before."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _make(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _making, suppress(FileExistsError):
            # SQLite gives its side files the mode of the main one.
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))

    def _open(self) -> _Connection:
        self._make()
        file = self._identity()
        connection = sqlite3.connect(
            self.path,
            timeout=self._timeout,
            isolation_level=None,
            check_same_thread=False,
            factory=_Connection,
        )
        try:
            self._check(self._version(connection))
            self._switch_to_wal(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            self._migrate(connection)
        except BaseException:
            connection.close()
            raise
        connection.file = file
        return connection

    def _switch_to_wal(self, connection: sqlite3.Connection) -> None:
        """Set the journal mode; SQLite does not wait for others that do the same."""
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() >= deadline:
                    raise
                time.sleep(_RETRY_SECONDS)

    def _check(self, version: int) -> None:
        if version > len(_MIGRATIONS):
            raise StoreUnavailable(
                f"{self.path} was written by a newer version of streamlit-persistent-state; "
                "install that version, or name another file"
            )

    def _migrate(self, connection: sqlite3.Connection) -> None:
        if self._version(connection) == len(_MIGRATIONS):
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = self._version(connection)
            self._check(version)
            for migrate in _MIGRATIONS[version:]:
                migrate(connection)
            connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def _version(self, connection: sqlite3.Connection) -> int:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return version


def _way_out(error: Exception) -> str:
    text = str(error)
    if "locked" in text or "busy" in text:
        return f"{text}: another program holds the file"
    if "malformed" in text or "not a database" in text:
        return f"{text}: move the file away to start anew, it is left as it is"
    if "full" in text:
        return f"{text}: make room on the disk"
    return f"{text}: the server must be able to write there, or set another store"
