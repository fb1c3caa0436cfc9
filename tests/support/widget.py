"""The widget as a user meets it: by role and name, the same in both hosts."""

from __future__ import annotations

from typing import Literal

from playwright.sync_api import FrameLocator, Locator, Page

Host = Literal["inline", "iframe"]


class Widget:
    """One `persistent_state` widget on a page, found by its label."""

    def __init__(self, page: Page, label: str, host: Host, within: Locator | None = None) -> None:
        self.label = label
        self.frame: Locator | None = None
        scope: Page | Locator | FrameLocator = within or page
        if host == "iframe":
            self.frame = (within or page).locator("iframe[title^='streamlit_persistent_state']")
            scope = self.frame.content_frame
        self.root = scope.get_by_role("group", name=label, exact=True)
        self.output = self.root.get_by_role("status", name=label, exact=True)
        self.text = self.root.get_by_role("textbox", name=f"{label} text", exact=True)
        self.increase = self._button("Increase")
        self.decrease = self._button("Decrease")
        self.reset = self._button("Reset")

    def _button(self, verb: str) -> Locator:
        return self.root.get_by_role("button", name=f"{verb} {self.label}", exact=True)
