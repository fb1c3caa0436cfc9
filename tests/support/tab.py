"""Browsers without a screen: they keep the cookie, edit the widget, and come back."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.support.session import LiveSession

TIMEOUT = 180.0
"""Seconds for a run: two cores may have very many to do at once."""
_PREFIX = "streamlit_persistent_state"


@dataclass
class Mount:
    """What the widget in one page has done so far; what it sends."""

    seq: int = 0
    resets: int = 0
    counter: int = 0
    commits: int = 0
    text: str = ""
    mount: str = field(default_factory=lambda: secrets.token_hex(8))


@dataclass
class Page:
    """What a page has in memory; it ends with the page, and outlives a lost connection."""

    states: dict[str, WidgetState] = field(default_factory=dict)
    mounts: dict[str, Mount] = field(default_factory=dict)


class Browser:
    """A profile with its cookies.

    Parameters
    ----------
    url : str
        Of the app, as ``http://127.0.0.1:1234``.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies: dict[str, str] = {}

    def open(self, query: str = "", page: Page | None = None) -> Tab:
        """Load the page and wait for its first run; with `page`, connect that one again."""
        tab = Tab(self, query, page or Page())
        try:
            tab.run()
        except BaseException:
            tab.close()
            raise
        return tab


class Tab(LiveSession):
    """A page in a browser; a run in which the script raises is an error."""

    def __init__(self, browser: Browser, query: str, page: Page) -> None:
        super().__init__(browser.url, query=query, cookies=browser.cookies)
        self.page = page
        self._cookies = browser.cookies
        self._states = dict(page.states)

    def wait(self, timeout: float = TIMEOUT) -> None:
        super().wait(timeout)
        for element in self.elements:
            match element.DESCRIPTOR.name:
                case "Exception":
                    raise AssertionError(f"the script raised {element.type}: {element.message}")
                case "TextInput" if element.set_value or element.id not in self._states:
                    text = element.value if element.set_value else element.default
                    self._states[element.id] = WidgetState(id=element.id, string_value=text)
        self._keep_cookie()

    def request(self) -> None:
        try:
            super().request()
        finally:  # a page remembers also what it could not send
            self.page.states = dict(self._states)

    def shows(self, text: str) -> bool:
        return any(text in shown for shown in self.texts)

    def type(self, label: str, text: str) -> None:
        """Put a text into a field and wait for the run."""
        self.set(label, string_value=text)
        self.run()

    def edit(
        self, label: str, by: int = 0, *, text: str | None = None, reset: bool = False
    ) -> None:
        """Edit the package's widget, as one press or commit; the next `request` tells it."""
        widget = self._component(label)
        mount = self.page.mounts.setdefault(label, Mount())
        mount.seq += 1
        if reset:
            mount.resets, mount.counter, mount.commits, mount.text = mount.resets + 1, 0, 0, ""
        mount.counter += by
        if text is not None:
            mount.commits, mount.text = mount.commits + 1, text
        self._tell(widget.id, {"edits": vars(mount)})

    def screen(self, label: str) -> int:
        """Return the counter that the package's widget paints."""
        pushed = _data(self._component(label))["pushed"]
        mine = self.page.mounts.get(label, Mount())
        nothing = {"resets": 0, "counter": 0}
        mark = next((m for m in pushed["marks"] if m["mount"] == mine.mount), nothing)
        if mine.resets > mark["resets"]:
            return int(pushed["defaults"]["counter"] + mine.counter)
        return int(pushed["counter"] + mine.counter - mark["counter"])

    def _component(self, label: str) -> Any:
        for element in self._components():
            if _data(element).get("look", {}).get("label") == label:
                return element
        raise LookupError(f"no widget {label!r} on the page")

    def _components(self) -> list[Any]:
        return [e for e in self.elements if e.DESCRIPTOR.name == "BidiComponent"]

    def _tell(self, widget: str, value: object) -> None:
        self._states[widget] = WidgetState(id=widget, json_value=json.dumps(value))

    def _keep_cookie(self) -> None:
        """Do what `frontend/src/page/cookie.ts` does."""
        for element in self._components():
            if element.component_name != f"{_PREFIX}.cookie":
                continue
            cookie = _data(element)
            found = self._cookies.get(cookie["name"])
            if found in (None, cookie["replaces"]):
                self._cookies[cookie["name"]] = cookie["value"]
            elif found != cookie["value"]:
                self._tell(element.id, {"found": found})
                self.run()
                return


def _data(component: Any) -> dict[str, Any]:
    found = json.loads(component.json or "{}")
    data: dict[str, Any] = found[0] if isinstance(found, list) else found
    return data
