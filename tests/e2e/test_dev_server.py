"""`npm run dev`: an edit of the frontend's source shows in the running app."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.network import free_port
from tests.support.widget import Widget

ROOT = Path(__file__).parents[2]
START_TIMEOUT = 60.0
STOP_TIMEOUT = 30.0
RELOAD_TIMEOUT = 30_000.0


class DevServer:
    """The running command, on a copy of the frontend's sources."""

    def __init__(self, process: subprocess.Popen[bytes], sources: Path, log: Path) -> None:
        self.process = process
        self.sources = sources
        deadline = time.monotonic() + START_TIMEOUT
        while not (found := re.search(r"  URL: (\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        self.url = found[1]

    def edit(self, name: str, old: str, new: str) -> None:
        source = self.sources / "src" / name
        text = source.read_text("utf-8")
        assert text.count(old) == 1
        source.write_text(text.replace(old, new), "utf-8")

    def wait_until_gone(self) -> None:
        """Wait until no process of the command is left; it leads a process group of its own."""
        self.process.wait(STOP_TIMEOUT)
        deadline = time.monotonic() + STOP_TIMEOUT
        with suppress(ProcessLookupError):
            while True:
                os.killpg(self.process.pid, 0)
                assert time.monotonic() < deadline
                time.sleep(0.05)


@pytest.fixture
def dev_server(tmp_path: Path) -> Iterator[DevServer]:
    sources = tmp_path / "frontend"
    shutil.copytree(ROOT / "frontend", sources, ignore=shutil.ignore_patterns("node_modules"))
    shutil.copy(ROOT / "package.json", tmp_path)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    log = tmp_path / "log"
    options = {"port": free_port(), "vite-port": free_port(), "root": sources}
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["npm", "run", "dev", "--", *(f"--{name}={value}" for name, value in options.items())],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        started = DevServer(process, sources, log)
        yield started
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        started.wait_until_gone()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        print(log.read_text())


def test_an_edit_of_the_source_shows_without_a_reload(dev_server: DevServer, page: Page) -> None:
    """Hot reload of component and style reaches both hosts; neither is loaded again."""
    page.goto(dev_server.url)
    widgets = [Widget(page, "inline", "inline"), Widget(page, "iframe", "iframe")]
    for widget in widgets:
        widget.increase.click()
        widget.increase.click()
        expect(widget.output).to_have_text("2")
        widget.output.evaluate("element => { element.ownerDocument.defaultView.sameLoad = true }")

    dev_server.edit("Widget.tsx", '"Increase"', '"Add to"')
    for widget in widgets:
        button = widget.root.get_by_role("button", name=f"Add to {widget.label}")
        expect(button).to_be_visible(timeout=RELOAD_TIMEOUT)
        expect(widget.output).to_have_text("2")

    dev_server.edit("widget.css", ".widget {", ".widget {\n  outline: 3px solid rgb(1, 2, 3);")
    for widget in widgets:
        expect(widget.root).to_have_css("outline-color", "rgb(1, 2, 3)", timeout=RELOAD_TIMEOUT)
        widget.root.get_by_role("button", name=f"Add to {widget.label}").click()
        expect(widget.output).to_have_text("3")
        assert widget.output.evaluate("element => element.ownerDocument.defaultView.sameLoad")


@pytest.mark.parametrize("way", ["Ctrl-C", "SIGTERM to npm"])
def test_nothing_is_left_behind(dev_server: DevServer, way: str) -> None:
    """Vite and Streamlit end with the command, also when npm alone is told to end."""
    if way == "Ctrl-C":
        os.killpg(dev_server.process.pid, signal.SIGINT)
    else:
        dev_server.process.terminate()
    dev_server.wait_until_gone()
