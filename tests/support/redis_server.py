"""Redis servers on free ports of the loopback interface."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.network import free_port

START_TIMEOUT = 20.0


class RedisServer:
    """A ``redis-server``; with ``appendonly="yes"`` it finds its data again after `stop`."""

    def __init__(self, folder: Path, flags: Sequence[str], options: Mapping[str, str]) -> None:
        command = shutil.which("redis-server")
        if command is None:
            raise RuntimeError("the tests need redis-server: run `make servers`")
        self.port = free_port()
        self._log = folder / f"log-{self.port}"
        config = folder / f"{self.port}.conf"
        settings = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(folder),
            "logfile": str(self._log),
            **options,
        }
        config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        self._command = [command, str(config), *flags]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_TIMEOUT
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.stop()
                raise RuntimeError(f"redis-server did not start:\n{self._log.read_text()}")
            time.sleep(0.01)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.resume()
        self._process.send_signal(how)
        self._process.wait(START_TIMEOUT)

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                # One that asks for a password answers too; with TLS there is none before a
                # handshake, and listening is enough.
                return not connection.recv(100).startswith(b"-LOADING")
        except OSError:
            return False


@contextmanager
def redis_server(*flags: str, **options: str) -> Iterator[RedisServer]:
    """Run a server with these settings until the block ends; ``_`` stands for ``-``."""
    with TemporaryDirectory(prefix="redis-") as folder:
        settings = {name.replace("_", "-"): value for name, value in options.items()}
        server = RedisServer(Path(folder), flags, settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()
