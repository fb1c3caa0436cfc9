"""From the start of a page's load, with an empty cache, until its widgets can be used."""

from __future__ import annotations

from typing import Literal

from playwright.sync_api import Browser

from benchmarks.pages import APPS, HERE, VIEWPORT, in_turn
from benchmarks.stats import Row, row
from tests.support.server import serve

NAME = "load"
_LOOK = (HERE / "load.js").read_text()
Kind = Literal["native", "inline", "iframe"]
_KINDS: tuple[Kind, ...] = ("native", "inline", "iframe")
_TARGETS: dict[tuple[str, int], float] = {
    ("inline", 1): 1.10,
    ("iframe", 1): 1.20,
    ("inline", 50): 0.85,
}


def measure(browser: Browser, quick: bool) -> list[Row]:
    rounds = {1: 4 if quick else 25, 50: 2 if quick else 10}
    rows: list[Row] = []
    with serve(APPS / "many.py") as server:
        for count, wanted in rounds.items():
            found: dict[Kind, list[dict[str, float]]] = {kind: [] for kind in _KINDS}
            # The first round warms the server up: it is not counted.
            for number in range(wanted + 1):
                for kind in in_turn(_KINDS, number):
                    sample = _load(browser, server.url, kind, count)
                    if number > 0:
                        found[kind].append(sample)
            rows += _rows(found, count)
    return rows


def _load(browser: Browser, url: str, kind: Kind, count: int) -> dict[str, float]:
    """Load the page in a new profile; return ms since the navigation started, and sizes."""
    context = browser.new_context(viewport=VIEWPORT)
    try:
        script = _LOOK.replace("KIND", repr(kind)).replace("COUNT", str(count))
        context.add_init_script(script)
        page = context.new_page()
        page.goto(f"{url}/?kind={kind}&count={count}", wait_until="commit")
        stamps: dict[str, float] = page.evaluate("() => window.loaded")
        protocol = context.new_cdp_session(page)
        protocol.send("HeapProfiler.collectGarbage")
        heap = protocol.send("Runtime.getHeapUsage")["usedSize"]
        transferred: float = page.evaluate("() => window.transferred()")
        return {**stamps, "heap": heap / 1e6, "transferred": transferred / 1e6}
    finally:
        context.close()


def _rows(found: dict[Kind, list[dict[str, float]]], count: int) -> list[Row]:
    series = {
        (kind, name): [sample[name] for sample in found[kind]]
        for kind in _KINDS
        for name in ("ready", "transferred", "heap")
    }
    of = "1 widget" if count == 1 else f"{count} widgets"
    measures = (
        ("ready", f"load to interactive, {of}", "ms"),
        ("transferred", f"transferred, {of}", "MB"),
        ("heap", f"JavaScript heap, {of}", "MB"),
    )
    rows = []
    for name, measure, unit in measures:
        for kind in _KINDS:
            against = ("native", series["native", name])
            target = _TARGETS.get((kind, count)) if name == "ready" else None
            rows.append(
                row(
                    *(NAME, measure, kind, unit, series[kind, name]),
                    against=None if kind == "native" else against,
                    target=target,
                    chart=name == "ready" and kind != "native",
                )
            )
    return rows
