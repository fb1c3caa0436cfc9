"""A page with one counter of any kind, driven by a real mouse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.support.server import serve
from tests.support.widget import Widget

HERE = Path(__file__).parent
APPS = HERE / "apps"
PROBE = (HERE / "probe.js").read_text()
VIEWPORT: ViewportSize = {"width": 1000, "height": 900}

Kind = Literal[
    "button", "number", "inline", "iframe", "floor_inline", "floor_inline_data", "floor_iframe"
]
KINDS: tuple[Kind, ...] = get_args(Kind)

Item = TypeVar("Item")


class Counter:
    """One counter: the button that adds one, the number it shows, the number Python has."""

    def __init__(self, page: Page, kind: Kind) -> None:
        self.page, self.kind = page, kind
        python = page.locator(".st-key-python")
        expect(python).to_have_text("Python has 0")
        self._plus, number = _parts(page, kind)
        expect(self._plus).to_be_visible()
        found = number.element_handle()
        assert found is not None
        self._number = found

    def idle(self, quiet: float) -> tuple[int, int]:
        """Wait until all is still for `quiet` ms; return the number shown and Python's."""
        settled = self._number.evaluate(
            "(number, quiet) => window.top.probe.idle(number, quiet)", quiet
        )
        return settled["screen"], settled["python"]

    def aim(self) -> None:
        """Put the mouse on the button."""
        box = self._plus.bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def press(self) -> None:
        self.page.mouse.down()
        self.page.mouse.up()

    def record(self) -> None:
        """Start to note every number that is shown."""
        self._number.evaluate("number => window.top.probe.record(number)")

    def recorded(self) -> list[int]:
        noted: list[int] = self.page.evaluate("() => window.shown")
        return noted

    def sample(self, next_number: int) -> dict[str, Any]:
        """Press once and return the stamps of `probe.js`, in ms of the page's clock."""
        self._number.evaluate("(number, next) => window.top.probe.arm(number, next)", next_number)
        self.press()
        stamps: dict[str, Any] = self.page.evaluate("() => window.sampled")
        return stamps


def _parts(page: Page, kind: Kind) -> tuple[Locator, Locator]:
    """Return the button and the number."""
    if kind == "button":
        # The number is the script's own text: there is no other.
        return page.get_by_role("button", name="Increase"), page.locator(".st-key-python")
    if kind == "number":
        return page.get_by_test_id("stNumberInputStepUp"), page.get_by_role("spinbutton")
    if kind == "inline" or kind == "iframe":
        widget = Widget(page, "Count", kind)
        return widget.increase, widget.output
    scope = (
        page.locator("iframe").content_frame
        if kind == "floor_iframe"
        else page.get_by_test_id("stBidiComponentIsolated")
    )
    return scope.get_by_role("button"), scope.locator("output")


@contextmanager
def counters(browser: Browser, kinds: Sequence[Kind], *options: str) -> Iterator[list[Counter]]:
    """Open one page for each kind, all on the same server."""
    with ExitStack() as stack:
        server = stack.enter_context(serve(APPS / "counter.py", *options))
        opened = []
        for kind in kinds:
            context = browser.new_context(viewport=VIEWPORT)
            stack.callback(context.close)
            context.add_init_script(PROBE)
            page = context.new_page()
            page.goto(f"{server.url}/?kind={kind}")
            opened.append(Counter(page, kind))
        yield opened


def in_turn(items: Sequence[Item], round_number: int) -> list[Item]:
    """Return the items in the order of this round: whoever is first moves on by one."""
    start = round_number % len(items)
    return [*items[start:], *items[:start]]
