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

from tests.support.widget import Widget

ROOT = Path(__file__).parents[2]
START_TIMEOUT = 60.0


class DevServer:
    """The running command, on a copy of the frontend's sources."""

    def __init__(self, process: subprocess.Popen[bytes], sources: Path, log: Path) -> None:
        self.process = process
        self.sources = sources
        self._log = log
        deadline = time.monotonic() + START_TIMEOUT
        while not (found := re.search(r"  URL: (\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        self.url = found[1]


@pytest.fixture
def dev_server(tmp_path: Path) -> Iterator[DevServer]:
    sources = tmp_path / "frontend"
    shutil.copytree(ROOT / "frontend", sources)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["npm", "run", "dev", "--", "--root", str(sources)],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield DevServer(process, sources, log)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def group_is_gone(group: int) -> bool:
    """Whether no process of the command is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_an_edit_of_the_source_shows_without_a_reload(page: Page, dev_server: DevServer) -> None:
    """Hot reload reaches both hosts and keeps the count; the page is not loaded again."""
    page.goto(dev_server.url)
    widgets = [Widget(page, "inline", "inline"), Widget(page, "iframe", "iframe")]
    for widget in widgets:
        widget.increase.click()
        widget.increase.click()
        expect(widget.output).to_have_text("2")
    page.evaluate("window.notReloaded = true")
    source = dev_server.sources / "src" / "Widget.tsx"
    old = '"Increase"'
    assert old in source.read_text()
    source.write_text(source.read_text().replace(old, '"Add to"'))
    for widget in widgets:
        button = widget.root.get_by_role("button", name=f"Add to {widget.label}")
        button.click()
        expect(widget.output).to_have_text("3")
    assert page.evaluate("window.notReloaded")


def test_ctrl_c_ends_all_of_it(dev_server: DevServer) -> None:
    """One interrupt ends Vite and Streamlit."""
    os.killpg(dev_server.process.pid, signal.SIGINT)
    dev_server.process.wait(30)
    deadline = time.monotonic() + 10
    while not group_is_gone(dev_server.process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)
