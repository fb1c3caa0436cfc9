"""A Streamlit server of one app, on a free port of the loopback interface."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

from tests.support.certificate import Certificate

_CONFIG = """
browser.gatherUsageStats = false
client.toolbarMode = "minimal"
server.headless = true
server.fileWatcherType = "none"
"""
_STARTED = re.compile(r"(?:server started on|running on https?://|URL: https?://)\s*([\d.]+:\d+)")
ASGI_APP = Path(__file__).with_name("asgi_app.py")
"""A module that makes an ``st.App`` of the script that the environment names."""
START_TIMEOUT = 60.0
STOP_TIMEOUT = 15.0


class Server:
    """A running ``streamlit run``, or uvicorn with an ``st.App``."""

    def __init__(
        self, process: subprocess.Popen[bytes], log_path: Path, asgi: bool, scheme: str = "http"
    ) -> None:
        self.process = process
        self.asgi = asgi
        self._scheme = scheme
        self._log_path = log_path
        self.url = self._wait_for_url()

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def log(self) -> str:
        return self._log_path.read_text(errors="replace")

    def _wait_for_url(self) -> str:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and self.process.poll() is None:
            # The server picks a free port itself and says which.
            found = _STARTED.search(self.log)
            if found:
                return f"{self._scheme}://{found[1]}"
            time.sleep(0.02)
        raise RuntimeError(f"streamlit did not start:\n{self.log}")


def _streamlit_run(python: str, app: Path, port: int, options: Sequence[str]) -> list[str]:
    return [
        *(python, "-m", "streamlit", "run", str(app)),
        *(f"--server.port={port}", "--server.address=127.0.0.1"),
        *options,
    ]


def _uvicorn(python: str, port: int) -> list[str]:
    where = ("--host", "127.0.0.1", "--port", str(port))
    app = ("--app-dir", str(ASGI_APP.parent), f"{ASGI_APP.stem}:app")
    return [python, "-m", "uvicorn", *app, *where]


@contextmanager
def serve(
    app: Path,
    *options: str,
    env: Mapping[str, str] | None = None,
    python: str = sys.executable,
    folder: Path | None = None,
    port: int = 0,
    asgi: bool = False,
    certificate: Certificate | None = None,
) -> Iterator[Server]:
    """Run `app` until the block ends.

    Parameters
    ----------
    *options : str
        For ``streamlit run``.
    folder : Path, optional
        Home and working directory, which a restarted server finds again.
    port : int
        Where to listen; 0 is a free one.
    asgi : bool
        Run it as an ``st.App`` in uvicorn, with the middleware of this package.
    certificate : Certificate, optional
        Serve https with it.
    """
    with ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="streamlit-e2e-")))
        config = folder / ".streamlit" / "config.toml"
        config.parent.mkdir(exist_ok=True)
        config.write_text(_CONFIG)
        command = _uvicorn(python, port) if asgi else _streamlit_run(python, app, port, options)
        if certificate is not None:
            names = ("--ssl-certfile", "--ssl-keyfile")
            if not asgi:
                names = ("--server.sslCertFile", "--server.sslKeyFile")
            command += [f"{name}={path}" for name, path in zip(names, certificate, strict=True)]
        # Several servers may share a folder.
        with NamedTemporaryFile(prefix="log-", dir=folder, delete=False) as log:
            log_path = Path(log.name)
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, "HOME": str(folder), "SCRIPT": str(app), **(env or {})},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Server(process, log_path, asgi, "https" if certificate else "http")
        finally:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
