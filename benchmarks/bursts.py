"""Twenty rapid clicks: how many count, in Python and on the screen."""

from __future__ import annotations

from time import perf_counter

from playwright.sync_api import Browser

from benchmarks.pages import Counter, Kind, counters, in_turn
from benchmarks.stats import Row, row

NAME = "bursts"
CLICKS = 20
# On a busy machine a server that still has work may say nothing for a good while.
QUIET = 800.0
_KINDS: tuple[Kind, ...] = ("button", "number", "inline", "iframe")
_OURS = ("inline", "iframe")


def measure(browser: Browser, quick: bool) -> list[Row]:
    bursts = 3 if quick else 20
    python: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    screen: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    backwards: dict[str, int] = dict.fromkeys(_KINDS, 0)
    took: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    with counters(browser, _KINDS) as opened:
        for number in range(bursts):
            for counter in in_turn(opened, number):
                in_python, on_screen, shown, seconds = _burst(counter)
                python[counter.kind].append(in_python)
                screen[counter.kind].append(on_screen)
                backwards[counter.kind] += shown != sorted(shown)
                took[counter.kind].append(seconds * 1000)

    rows = []
    for kind in _KINDS:
        ours = kind in _OURS
        for place, counts in (("Python", python[kind]), ("screen", screen[kind])):
            complete = [sum(count == CLICKS for count in counts)]
            rows += [
                row(
                    *(NAME, f"bursts with {CLICKS} of {CLICKS}, {place}", kind, f"of {bursts}"),
                    complete,
                    target=bursts if ours else None,
                    at_least=True,
                ),
                row(
                    *(NAME, f"clicks counted, {place}", kind, f"of {CLICKS}"),
                    counts,
                    chart=place == "Python",
                ),
            ]
        rows += [
            row(
                *(NAME, "bursts in which the number went back", kind, f"of {bursts}"),
                [backwards[kind]],
                target=0 if ours else None,
            ),
            row(NAME, "length of the burst", kind, "ms", took[kind]),
        ]
    return rows


def _burst(counter: Counter) -> tuple[int, int, list[int], float]:
    """Return the clicks counted in Python and on the screen, what was shown, and the seconds."""
    screen_before, python_before = counter.idle(QUIET / 8)
    counter.aim()
    counter.record()
    start = perf_counter()
    for _ in range(CLICKS):
        counter.press()
    seconds = perf_counter() - start
    screen, python = counter.idle(QUIET)
    return python - python_before, screen - screen_before, counter.recorded(), seconds
