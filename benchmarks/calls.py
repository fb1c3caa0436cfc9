"""What one call of `persistent_state` costs a script, inside a real server."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, expect

from benchmarks.pages import APPS
from benchmarks.stats import Row, row
from tests.support.server import serve

NAME = "calls"
TARGET = 1.0
_KINDS = ("native", "inline", "iframe", "floor_inline", "floor_iframe")


def measure(browser: Browser, quick: bool) -> list[Row]:
    runs = 4 if quick else 12
    with TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        with serve(APPS / "calls.py", env={"BENCHMARK_OUT": str(out)}) as server:
            page = browser.new_page()
            for query in ("", "?profile=1"):
                page.goto(f"{server.url}/{query}")
                for number in range(1, runs + 1):
                    expect(page.locator(".st-key-python")).to_have_text(f"Python has {number}")
                    idle = page.locator("[data-test-script-state=notRunning]")
                    expect(idle).to_be_attached()
                    page.get_by_role("button", name="Rerun").click()
                expect(page.locator(".st-key-python")).to_have_text(f"Python has {runs + 1}")
            page.close()
        lines = [json.loads(line) for line in out.read_text().splitlines()]

    # The first run mounts the widgets; the later ones find them mounted and unchanged.
    timed = [line["times"] for line in lines if "times" in line and line["run"] > 1]
    series = {kind: [took for times in timed for took in times[kind]] for kind in _KINDS}
    rows = [
        row(
            *(NAME, "one call, nothing changed", kind, "ms", series[kind]),
            target=TARGET if kind in ("inline", "iframe") else None,
        )
        for kind in _KINDS
    ]
    profiles = [line["profile"] for line in lines if "profile" in line and line["run"] > 1]
    for package in sorted({name for profile in profiles for name in profile}):
        shares = [100 * found.get(package, 0.0) / sum(found.values()) for found in profiles]
        rows.append(row(NAME, f"share of a call in {package}", "inline", "%", shares))
    return rows
