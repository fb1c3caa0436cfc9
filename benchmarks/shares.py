"""Whose code the page runs for one click: the component's, Streamlit's, or the browser's own."""

from __future__ import annotations

from collections import Counter as Sums
from typing import Any

from playwright.sync_api import Browser

from benchmarks.pages import Counter, Kind, counters, in_turn
from benchmarks.stats import Row, row

NAME = "shares"
CLICKS = 5
QUIET = 100.0
SAMPLING_US = 100
_KINDS: tuple[Kind, ...] = (
    "button",
    "inline",
    "iframe",
    "floor_inline",
    "floor_inline_data",
    "floor_iframe",
)
_OWNERS = ("component", "Streamlit", "browser")

WATCH_SCRIPTS = """() => {
  window.scripts = 0;
  window.scriptWatch?.disconnect();
  window.scriptWatch = new MutationObserver((changes) => {
    for (const node of changes.flatMap((change) => [...change.addedNodes])) {
      window.scripts += node.nodeName === "SCRIPT";
    }
  });
  window.scriptWatch.observe(document.head, { childList: true });
  window.fetches = performance.getEntriesByType("resource").length;
}"""
SCRIPTS = "() => window.scripts"
FETCHES = "() => performance.getEntriesByType('resource').length - window.fetches"


def measure(browser: Browser, quick: bool) -> list[Row]:
    rounds = 2 if quick else 6
    found: dict[str, list[dict[str, float]]] = {kind: [] for kind in _KINDS}
    with counters(browser, _KINDS) as opened:
        for number in range(rounds + 1):
            for counter in in_turn(opened, number):
                sample = _profile(counter)
                if number > 0:
                    found[counter.kind].append(sample)
    measures = (
        *((f"page's CPU for one click, {owner}", owner, "ms") for owner in _OWNERS),
        ("script elements added for one click", "scripts", ""),
        ("files requested for one click", "fetches", ""),
    )
    return [
        row(NAME, measure, kind, unit, [sample[name] for sample in found[kind]])
        for measure, name, unit in measures
        for kind in _KINDS
    ]


def _profile(counter: Counter) -> dict[str, float]:
    """Return what one click costs, as the mean of a few."""
    screen, _ = counter.idle(QUIET)
    counter.aim()
    counter.page.evaluate(WATCH_SCRIPTS)
    protocol = counter.page.context.new_cdp_session(counter.page)
    protocol.send("Profiler.enable")
    protocol.send("Profiler.setSamplingInterval", {"interval": SAMPLING_US})
    protocol.send("Profiler.start")
    for click in range(1, CLICKS + 1):
        counter.sample(screen + click)
        counter.idle(QUIET)
    times = _times(protocol.send("Profiler.stop")["profile"])
    protocol.detach()
    counts = {"scripts": SCRIPTS, "fetches": FETCHES}
    return {
        **{owner: times[owner] / CLICKS for owner in _OWNERS},
        **{name: counter.page.evaluate(script) / CLICKS for name, script in counts.items()},
    }


def _times(profile: dict[str, Any]) -> Sums[str]:
    """Sum the time, in ms, by the owner of the code that was running."""
    owners = {node["id"]: _owner(node["callFrame"]) for node in profile["nodes"]}
    times: Sums[str] = Sums()
    for node, delta in zip(profile["samples"], profile["timeDeltas"], strict=True):
        times[owners[node]] += delta / 1000
    return times


def _owner(frame: dict[str, Any]) -> str:
    url, name = frame["url"], frame["functionName"]
    if "/static/js/" in url:
        return "Streamlit"
    if "component" in url or "st-bidi" in url or "blob:" in url:
        return "component"
    # Layout, style and painting count as "(program)"; what has no address is ours that measures.
    return {"(program)": "browser", "(garbage collector)": "browser"}.get(name, "measuring")
