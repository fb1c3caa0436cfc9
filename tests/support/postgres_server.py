"""A PostgreSQL server in a temporary folder, on a free port of the loopback interface."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from tests.support.network import free_port

PASSWORD = "hidden-word"
LARGEST_FILE = 32 * 2**20
"""Bytes after which the server finds no more room; a file of its log takes half."""
_START_SECONDS = 30.0
_CONFIG = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
fsync = off
full_page_writes = off
"""
_ACCESS = """
host all guarded 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
"""


def _program(name: str) -> str:
    found = [str(path) for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")]
    # Debian does not put it on the PATH.
    program = shutil.which(name) or max(found, default=None)
    if program is None:
        raise RuntimeError(f"{name} is missing; `make servers` installs PostgreSQL")
    return program


class PostgresServer:
    """A server that can be stopped, started and paused."""

    def __init__(self, folder: Path, largest_file: int | None) -> None:
        self._largest_file = largest_file or "unlimited"
        self._data, self._log = folder / "data", folder / "log"
        # PostgreSQL refuses to work for root.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        initdb = (_program("initdb"), "-D", str(self._data), "-U", "postgres", "-A", "trust")
        subprocess.run(
            [*initdb, "--no-sync", "--no-locale", "-E", "UTF8"],
            check=True, capture_output=True, user=self._user, group=self._user, cwd=folder,
        )  # fmt: skip
        with (self._data / "postgresql.conf").open("a") as config:
            config.write(_CONFIG)
        (self._data / "pg_hba.conf").write_text(_ACCESS)
        self.port = free_port()
        self.start()
        with self.connect() as connection:
            connection.execute(f"CREATE USER guarded PASSWORD '{PASSWORD}'")
            connection.execute("GRANT ALL ON SCHEMA public TO guarded")

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url, autocommit=True)

    def start(self) -> None:
        with self._log.open("ab") as log:
            command = [_program("postgres"), "-D", str(self._data), "-p", str(self.port)]
            self._process = subprocess.Popen(
                ["prlimit", f"--fsize={self._largest_file}:unlimited", *command],
                stdout=log, stderr=log, user=self._user, group=self._user, cwd=self._data,
            )  # fmt: skip
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError:
                time.sleep(0.01)
        raise RuntimeError(f"PostgreSQL did not start:\n{self._log.read_text()}")

    def stop(self) -> None:
        """Stop at once, as after a crash of the machine."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let it answer nothing, while its system still accepts and acknowledges."""
        processes = self._processes()
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def _processes(self) -> list[int]:
        postmaster = self._process.pid
        # From the postmaster on, so that it starts no others meanwhile.
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text()
        return [postmaster, *map(int, children.split())]


@contextmanager
def serve_postgres(largest_file: int | None = LARGEST_FILE) -> Iterator[PostgresServer]:
    """Run a new, empty server until the block ends; None leaves the size of files to the disk."""
    with TemporaryDirectory(prefix="postgres-") as folder:
        server = PostgresServer(Path(folder), largest_file)
        try:
            yield server
        finally:
            server.stop()
