"""Headless Chromium: the system's where there is one, else the one Playwright downloads."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

_ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser for the length of the block."""
    system = shutil.which("chromium") or shutil.which("chromium-browser")
    # Chromium's sandbox refuses to run as root, which is what CI containers are.
    as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system, args=[*_ARGUMENTS, *as_root])
        try:
            yield browser
        finally:
            browser.close()
