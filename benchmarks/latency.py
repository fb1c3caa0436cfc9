"""What a store that is far away adds to a rerun which changes a key."""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, expect

from benchmarks.pages import APPS, in_turn
from benchmarks.stats import Row, row
from tests.support.server import serve

NAME = "latency"
_NEAR, _FAR = 0.0, 0.02
_SCOPES = ("browser", "user")
_WARM_UP = 5
_TARGET = 1.0
"""Milliseconds."""


def measure(browser: Browser, quick: bool) -> list[Row]:
    rounds = 5 if quick else 60
    with TemporaryDirectory() as folder, ExitStack() as stack:
        out = Path(folder) / "out"
        pages: dict[tuple[str, float], Page] = {}
        for latency in (_NEAR, _FAR):
            env = {"BENCHMARK_OUT": str(out), "BENCHMARK_LATENCY": str(latency)}
            server = stack.enter_context(serve(APPS / "latency.py", env=env))
            for scope in _SCOPES:
                context = browser.new_context()
                stack.callback(context.close)
                page = pages[scope, latency] = context.new_page()
                page.goto(f"{server.url}/?scope={scope}")
                expect(page.locator(".st-key-python")).to_have_text("Python has 1")
        for number in range(2, rounds + _WARM_UP + 2):
            for which in in_turn(tuple(pages), number):
                page = pages[which]
                expect(page.locator("[data-test-script-state=notRunning]")).to_be_attached()
                page.get_by_role("button", name="Rerun").click()
                expect(page.locator(".st-key-python")).to_have_text(f"Python has {number}")
        took: dict[tuple[str, float], list[float]] = defaultdict(list)
        for line in map(json.loads, out.read_text().splitlines()):
            if line["run"] > _WARM_UP + 1:
                took[line["scope"], line["latency"]].append(line["took"])
    rows = []
    for scope in _SCOPES:
        near, far = took[scope, _NEAR], took[scope, _FAR]
        added = [there - here for here, there in zip(near, far, strict=True)]
        measure = f"rerun, scope {scope}"
        rows += [
            row(NAME, measure, "store at 0 ms", "ms", near),
            row(NAME, measure, "store at 20 ms", "ms", far),
            row(NAME, measure, "added by 20 ms", "ms", added, target=_TARGET),
        ]
    return rows
