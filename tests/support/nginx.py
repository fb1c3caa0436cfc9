"""nginx before several servers, on a free port, with the site that `docs/compose` shows."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.network import free_port

SITE = Path(__file__).parents[2] / "docs" / "compose" / "nginx.conf"
_START_SECONDS = 20.0
# One process without a master: it needs no user of its own, and one signal ends it.
_MAIN = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {site};
}}
"""
_UPSTREAM = re.compile(r"server replica-(\d+):8501")
_LISTEN = re.compile(r"^ *listen 80;$", re.MULTILINE)


def _program() -> str:
    # Debian's folder for servers is on the PATH of root alone.
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise RuntimeError("nginx is missing; `make servers` installs it")
    return program


def site(port: int, upstreams: Sequence[int]) -> str:
    """Return the documented site, with ports of the loopback interface for its names."""
    text, listens = _LISTEN.subn(f"    listen 127.0.0.1:{port};", SITE.read_text())
    assert listens == 1
    text, replaced = _UPSTREAM.subn(lambda m: f"server 127.0.0.1:{upstreams[int(m[1]) - 1]}", text)
    assert replaced == len(upstreams)
    return text


def command(folder: Path, text: str) -> list[str]:
    """Write the configuration to `folder`; return what runs nginx with it."""
    (folder / "site.conf").write_text(text)
    main = folder / "nginx.conf"
    main.write_text(_MAIN.format(folder=folder, site=folder / "site.conf"))
    return [_program(), "-p", str(folder), "-c", str(main), "-e", str(folder / "error.log")]


class Nginx:
    """A running nginx."""

    def __init__(self, folder: Path, upstreams: Sequence[int]) -> None:
        self.port = free_port()
        self._log = folder / "error.log"
        self.process = subprocess.Popen(command(folder, site(self.port, upstreams)))
        deadline = time.monotonic() + _START_SECONDS
        while not self._listens():
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.stop()
                raise RuntimeError(f"nginx did not start:\n{self._log.read_text()}")
            time.sleep(0.01)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(_START_SECONDS)

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


@contextmanager
def nginx(upstreams: Sequence[int]) -> Iterator[Nginx]:
    """Run nginx before servers on these ports until the block ends; new connections take turns."""
    with TemporaryDirectory(prefix="nginx-") as folder:
        running = Nginx(Path(folder), upstreams)
        try:
            yield running
        finally:
            running.stop()
