"""Take the README's pictures: `python -m docs.screenshots` from the root of a checkout."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.support.browser import chromium
from tests.support.server import serve
from tests.support.widget import Widget

HERE = Path(__file__).parent


def main() -> None:
    with serve(HERE / "hero.py") as server, chromium() as browser:
        for scheme in ("light", "dark"):
            page = browser.new_page(
                color_scheme="light" if scheme == "light" else "dark",
                viewport={"width": 820, "height": 420},
                device_scale_factor=2,
            )
            page.goto(server.url)
            widget = Widget(page, "Visits", "inline")
            for _ in range(12):
                widget.increase.click()
            widget.text.fill("Ada Lovelace")
            expect(widget.output).to_have_text("12")
            page.mouse.move(0, 0)
            block = page.get_by_test_id("stVerticalBlock").first
            block.evaluate("element => { element.style.padding = '16px'; }")
            block.screenshot(path=HERE / f"widget-{scheme}.png", animations="disabled")


if __name__ == "__main__":
    main()
