"""One click: when the new number is painted, and when the script's answer is on the page.

A run of a script ends in `gc.collect()`, which holds Python for tens of milliseconds, often before
the script's last elements are sent. That is Streamlit's and falls on every kind alike, so the
targets include it. A second series without it (`runner.postScriptGC`) shows the rest more clearly.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser

from benchmarks.pages import KINDS, counters, in_turn
from benchmarks.stats import Row, row

NAME = "clicks"
QUIET = 100.0
PAINT_TARGET = 0.35
PYTHON_TARGET = 1.15
_OURS = ("inline", "iframe")
Samples = dict[str, list[dict[str, float]]]


def measure(browser: Browser, quick: bool) -> list[Row]:
    usual = _samples(browser, 8 if quick else 60)
    bare = _samples(browser, 8 if quick else 40, "--runner.postScriptGC=false")
    return [
        *_rows(usual, "painted", "click to paint", PAINT_TARGET),
        *_rows(usual, "python", "click to Python and back", PYTHON_TARGET),
        *_rows(bare, "python", "the same, no collection after the run", None),
        *_rows(bare, "sent", "of that: click to message sent", None),
        *_rows(bare, "answered", "of that: sent to last element received", None),
        *_rows(bare, "rendered", "of that: received to shown", None),
        *_rows(bare, "bytes", "received for one click", None, "bytes"),
    ]


def _samples(browser: Browser, rounds: int, *options: str) -> Samples:
    """Return stamps in ms after the click, for every kind and round."""
    found: Samples = {kind: [] for kind in KINDS}
    with counters(browser, KINDS, *options) as opened:
        # The first round warms up: it is not counted.
        for number in range(rounds + 1):
            for counter in in_turn(opened, number):
                screen, _ = counter.idle(QUIET)
                counter.aim()
                stamps = counter.sample(screen + 1)
                if number > 0:
                    found[counter.kind].append(_phases(stamps))
    return found


def _phases(stamps: dict[str, Any]) -> dict[str, float]:
    click, sent, python = stamps["click"], stamps["sent"], stamps["python"]
    received = [(time, size) for time, size in stamps["messages"] if sent < time <= python]
    answered = received[-1][0]
    return {
        "painted": stamps["painted"] - click,
        "python": python - click,
        "sent": sent - click,
        "answered": answered - sent,
        "rendered": python - answered,
        "bytes": float(sum(size for _, size in received)),
    }


def _rows(
    samples: Samples, name: str, measure: str, target: float | None, unit: str = "ms"
) -> list[Row]:
    # A phase can be as short as the clock's own step, and a ratio of such times says nothing.
    compared = name in ("painted", "python")
    series = {kind: [sample[name] for sample in samples[kind]] for kind in KINDS}
    return [
        row(
            *(NAME, measure, kind, unit, series[kind]),
            against=("button", series["button"]) if compared and kind != "button" else None,
            target=target if kind in _OURS else None,
            chart=kind in _OURS and target is not None,
        )
        for kind in KINDS
    ]
