"""The same page kept by other packages: loads, flashes of the default, lost clicks, two tabs."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from importlib.util import find_spec
from typing import Literal, get_args

from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks.pages import APPS, HERE, VIEWPORT, in_turn
from benchmarks.stats import Row, row
from tests.support.server import serve

NAME = "peers"
CLICKS = 20
# A component's answer may start one more run a good while after the page has come to rest.
QUIET = 800.0
# On a busy machine a server with twenty clicks to work on may say nothing for a good while.
QUIET_AFTER_BURST = 3000.0
QUIET_BETWEEN_CLICKS = 200.0
_WATCH = (HERE / "peers.js").read_text()
_PACKAGES = ("extra_streamlit_components", "streamlit_extras")

Kind = Literal["plain", "assigned", "kept", "widget", "cookies", "local_storage"]
_KINDS: tuple[Kind, ...] = get_args(Kind)
_OURS = ("kept", "widget")
_NAME, _VOLUME = "Ada", "7"
_DEFAULTS = ["0", "", "0"]
Found = dict[tuple[str, Kind], list[float]]


def measure(browser: Browser, quick: bool) -> list[Row]:
    if not all(map(find_spec, _PACKAGES)):
        print("left out: the packages to compare with are not installed, which is done by "
              "`pip install --group peers`")  # fmt: skip
        return []
    found: Found = defaultdict(list)
    with ExitStack() as stack:
        server = stack.enter_context(serve(APPS / "peers.py"))
        visitors = []
        for kind in _KINDS:
            context = browser.new_context(viewport=VIEWPORT)
            stack.callback(context.close)
            context.add_init_script(_WATCH)
            visitors.append(Visitor(context, kind, f"{server.url}/?kind={kind}"))
        for number in range(2 if quick else 8):
            for visitor in in_turn(visitors, number):
                visitor.load(found)
        for number in range(1 if quick else 3):
            for visitor in in_turn(visitors, number):
                if visitor.kind != "assigned":
                    visitor.burst(found)
        for number in range(1 if quick else 2):
            for visitor in in_turn(visitors, number):
                if visitor.kind != "assigned":
                    visitor.two_tabs(found)
    return _rows(found)


class Visitor:
    """One browser profile that has left something to restore."""

    def __init__(self, context: BrowserContext, kind: Kind, url: str) -> None:
        self.context, self.kind, self.url = context, kind, url
        if kind == "assigned":
            self.stored = 1
            return
        page = self._open()
        page.get_by_role("textbox", name="Name").fill(_NAME)
        page.keyboard.press("Enter")
        _settle(page)
        page.get_by_role("spinbutton").fill(_VOLUME)
        page.keyboard.press("Enter")
        _settle(page)
        _press(page)
        self.stored = _settle(page)
        page.close()

    def _open(self) -> Page:
        page = self.context.new_page()
        page.goto(self.url, wait_until="commit")
        page.locator(".st-key-python").wait_for()
        _settle(page)
        return page

    def load(self, found: Found) -> None:
        """Note when the kept values are painted, what was before, and how often the script ran."""
        page = self._open()
        runs = page.locator(".st-key-runs").inner_text().removeprefix("run ")
        shown: list[tuple[float, list[str | None]]] = page.evaluate("() => window.frames_shown")
        page.close()
        wanted = _DEFAULTS if self.kind == "plain" else [str(self.stored), _NAME, _VOLUME]
        at = [time for time, parts in shown if parts == wanted]
        if not at:
            raise RuntimeError(f"{self.kind}: {wanted} was never painted, but {shown}")
        found["load", self.kind].append(at[0])
        found["runs", self.kind].append(float(runs))
        before = [parts for time, parts in shown if time < at[0] and self.kind != "plain"]
        # Streamlit's inputs mount with the script's default, and take what session state says in
        # a later frame, with or without a package: they are counted apart from the counter.
        found["flash, counter", self.kind].append(any(p[0] == _DEFAULTS[0] for p in before))
        found["flash, inputs", self.kind].append(
            any(
                part == default
                for p in before
                for part, default in zip(p[1:], _DEFAULTS[1:], strict=True)
            )
        )

    def burst(self, found: Found) -> None:
        """Click as fast as the page allows, let it come to rest, and load it again."""
        page = self._open()
        before = _settle(page)
        for _ in range(CLICKS):
            _press(page)
        found["burst", self.kind].append(_settle(page, QUIET_AFTER_BURST) - before)
        page.close()
        self._note_stored("burst, stored", before, found)

    def two_tabs(self, found: Found) -> None:
        """Click in turns in two tabs; each click is answered before the next one."""
        tabs = [self._open(), self._open()]
        before = _settle(tabs[0])
        for _ in range(CLICKS // 2):
            for page in tabs:
                _press(page)
                _settle(page, QUIET_BETWEEN_CLICKS)
        for page in tabs:
            _settle(page)
            page.close()
        self._note_stored("tabs, stored", before, found)

    def _note_stored(self, measure: str, before: int, found: Found) -> None:
        page = self._open()
        self.stored = _settle(page)
        page.close()
        found[measure, self.kind].append(self.stored - before)


def _press(page: Page) -> None:
    # Waits until the button stands still: what a package adds to the page makes nobody miss it.
    page.get_by_role("button", name="Increase").first.click()


def _settle(page: Page, quiet: float = QUIET) -> int:
    """Wait until all is still; return the count that Python shows."""
    count: int = page.evaluate("(quiet) => window.settled(quiet)", quiet)
    return count


def _rows(found: Found) -> list[Row]:
    rows = []
    for kind in _KINDS:
        against = None if kind == "plain" else ("plain", found["load", "plain"])
        series = found["load", kind]
        rows.append(
            row(NAME, "navigation to kept values painted", kind, "ms", series, against=against)
        )
    loads = len(found["load", "plain"])
    for kind in _KINDS:
        rows.append(row(NAME, "script runs of one load", kind, "", found["runs", kind]))
    for place in ("counter", "inputs"):
        for kind in _KINDS:
            flashes = [sum(found[f"flash, {place}", kind])]
            limit = 0 if kind in _OURS and place == "counter" else None
            rows.append(
                row(NAME, f"loads that painted a default first, {place}", kind, f"of {loads}",
                    flashes, target=limit)
            )  # fmt: skip
    measures = (
        ("burst", f"{CLICKS} rapid clicks, counted"),
        ("burst, stored", f"{CLICKS} rapid clicks, there after a reload"),
        ("tabs, stored", "10 clicks each in two tabs, there after a reload"),
    )
    for name, measure in measures:
        for kind in [kind for kind in _KINDS if kind != "assigned"]:
            limit = CLICKS if kind == "widget" else None
            rows.append(
                row(NAME, measure, kind, f"of {CLICKS}", found[name, kind], target=limit,
                    at_least=True)
            )  # fmt: skip
    return rows
