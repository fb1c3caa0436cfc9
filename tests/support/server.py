"""A Streamlit server of one app, on a free port of the loopback interface."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

START_TIMEOUT = 60.0
STOP_TIMEOUT = 15.0


class Server:
    """A running ``streamlit run``."""

    def __init__(self, process: subprocess.Popen[bytes], log_path: Path) -> None:
        self.process = process
        self._log_path = log_path
        self.url = self._wait_for_url()

    @property
    def log(self) -> str:
        return self._log_path.read_text(errors="replace")

    def _wait_for_url(self) -> str:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and self.process.poll() is None:
            # The server picks a free port itself and says which.
            found = re.search(r"server started on ([\d.]+:\d+)", self.log)
            if found:
                return f"http://{found[1]}"
            time.sleep(0.02)
        raise RuntimeError(f"streamlit did not start:\n{self.log}")


@contextmanager
def serve(
    app: Path, *options: str, env: Mapping[str, str] | None = None, python: str = sys.executable
) -> Iterator[Server]:
    """Run `app` until the block ends; `options` go to ``streamlit run``."""
    with TemporaryDirectory(prefix="streamlit-e2e-") as folder:
        log_path = Path(folder) / "log"
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                [
                    *(python, "-m", "streamlit", "run", str(app)),
                    *("--server.port=0", "--server.address=127.0.0.1"),
                    *("--server.headless=true", "--server.fileWatcherType=none"),
                    *("--browser.gatherUsageStats=false", "--client.toolbarMode=minimal"),
                    *options,
                ],
                cwd=folder,
                env={**os.environ, "HOME": folder, **(env or {})},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Server(process, log_path)
        finally:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
