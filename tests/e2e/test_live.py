"""A tab shows what another one changes, and leaves its user alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect

from tests.e2e.conftest import APPS, Serve
from tests.support.server import Server, serve
from tests.support.widget import Widget


@pytest.fixture
def server(serve_app: Serve) -> Server:
    return serve_app("live")


@dataclass
class Tab:
    """One tab with the app."""

    page: Page

    @property
    def widget(self) -> Widget:
        return Widget(self.page, "Visits", "inline")

    def shows(self, text: str) -> None:
        expect(self.page.get_by_text(text)).to_be_visible()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def settled(self) -> None:
        expect(self.page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning"
        )

    def runs(self) -> int:
        """Return how many runs of its script have ended, once that is quiet."""
        self.settled()
        found = self.page.get_by_text("Run ").inner_text()
        return int(found.removeprefix("Run ").removesuffix("."))


@pytest.fixture
def tabs(context: BrowserContext, server: Server) -> list[Tab]:
    """Two tabs of one browser, the second opened when the first is known."""
    return [opened(context, server.url) for _ in range(2)]


def opened(context: BrowserContext, url: str, query: str = "") -> Tab:
    tab = Tab(context.new_page())
    tab.page.goto(url + query)
    tab.shows("Count ")
    tab.settled()
    return tab


@pytest.fixture
def asgi_server() -> Iterator[Server]:
    """The app in uvicorn, which tells pages of news."""
    with serve(APPS / "live.py", asgi=True) as started:
        yield started


def test_another_browser_shows_a_change(browser: Browser, asgi_server: Server) -> None:
    """Without a question to the store, and without a rerun for the one that made it."""
    contexts = [browser.new_context() for _ in range(2)]
    one, other = (opened(context, asgi_server.url, "?scope=app") for context in contexts)
    before = one.runs(), other.runs()
    for count in (1, 2, 3):
        one.press("Add")
        other.shows(f"Count {count},")
    other.widget.increase.click()
    one.shows("visits 1")
    assert (one.runs(), other.runs()) == (before[0] + 4, before[1] + 4)
    one.page.get_by_label("Alias").fill("Countess")
    one.page.get_by_label("Alias").press("Enter")
    expect(other.page.get_by_label("Alias")).to_have_value("Countess")
    for context in contexts:
        context.close()


def test_two_restless_pages_do_not_have_each_other_run(
    browser: Browser, asgi_server: Server
) -> None:
    """Each changes a live value in every run: a click reruns the other once, and there it ends."""
    contexts = [browser.new_context() for _ in range(2)]
    one, other = (
        opened(context, asgi_server.url, f"?scope=app&restless={name}")
        for context, name in zip(contexts, ("one", "other"), strict=True)
    )
    for count in (1, 2, 3):
        before = one.runs(), other.runs()
        one.press("Add")
        other.shows(f"Count {count},")
        other.widget.increase.click()
        one.shows(f"visits {count}")
        assert one.runs() <= before[0] + 4
        assert other.runs() <= before[1] + 4
    for context in contexts:
        context.close()


def test_another_tab_shows_a_change(tabs: list[Tab]) -> None:
    """Made in a callback, in the script, in a fragment, in a field or in the widget."""
    one, other = tabs
    one.press("Add")
    other.shows("Count 1, body 0")
    one.press("In the body")
    other.shows("Count 1, body 1")
    one.press("In a fragment")
    other.shows("Count 2, body 1")
    one.page.get_by_label("Name").fill("Ada")
    one.page.get_by_label("Name").press("Enter")
    other.shows("name 'Ada'")
    expect(other.page.get_by_label("Name")).to_have_value("Ada")
    one.widget.increase.click()
    other.shows("visits 1")
    other.widget.increase.click()
    one.shows("visits 2")
    other.press("Add")
    one.shows("Count 3")


def test_the_tab_that_made_it_does_not_run_again(tabs: list[Tab]) -> None:
    """And the other one runs once for each change it shows: nobody answers an answer."""
    one, other = tabs
    before = one.runs(), other.runs()
    for count in (1, 2, 3):
        one.press("Add")
        other.shows(f"Count {count},")
    assert (one.runs(), other.runs()) == (before[0] + 3, before[1] + 3)


def test_a_run_that_changes_nothing_reruns_nobody(tabs: list[Tab]) -> None:
    """The other tab looks, and leaves it at that."""
    one, other = tabs
    before = one.runs(), other.runs()
    one.press("Nothing")
    one.shows(f"Run {before[0] + 1}.")
    one.press("Add")
    other.shows("Count 1")
    assert other.runs() == before[1] + 1


def test_what_is_typed_is_not_overwritten(tabs: list[Tab]) -> None:
    """The change waits until the text is committed; then both are there."""
    one, other = tabs
    field = other.page.get_by_label("Name")
    field.press_sequentially("Gra")
    one.press("Add")
    one.shows("Count 1")
    one.page.get_by_label("Name").fill("Ada")
    one.page.get_by_label("Name").press("Enter")
    one.shows("name 'Ada'")
    field.press_sequentially("ce")
    expect(field).to_have_value("Grace")
    other.shows("Count 0")
    field.press("Enter")
    other.shows("Count 1, body 0, name 'Grace'")
    one.shows("name 'Grace'")


def test_a_hidden_tab_waits_until_it_is_shown(tabs: list[Tab]) -> None:
    """It has not run meanwhile, and then shows all of it at once."""
    one, other = tabs
    before = other.runs()
    hide = """hidden => {
        Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    other.page.evaluate(hide, True)
    for count in (1, 2):
        one.press("Add")
        one.shows(f"Count {count},")
    # A third tab has heard of all of it: so has this one.
    third = opened(one.page.context, one.page.url)
    third.press("Add")
    one.shows("Count 3,")
    assert other.runs() == before
    other.page.evaluate(hide, False)
    other.shows("Count 3,")
    assert other.runs() == before + 1


def test_tabs_go_on_after_a_restart_of_the_server(browser: Browser, tmp_path: Path) -> None:
    """Both connect again by themselves; the one that nobody touches still hears of changes."""
    context = browser.new_context()
    with serve(APPS / "live.py", folder=tmp_path) as server:
        one, other = (opened(context, server.url) for _ in range(2))
        one.press("Add")
        other.shows("Count 1,")
    with serve(APPS / "live.py", folder=tmp_path, port=server.port):
        for tab in (one, other):
            expect(tab.page.get_by_test_id("stApp")).to_have_attribute(
                "data-test-connection-state", "CONNECTED", timeout=30_000
            )
            tab.settled()
        one.press("Add")
        other.shows("Count 2,")
        other.press("Add")
        one.shows("Count 3,")
    context.close()


def test_without_it_a_tab_waits_for_its_own_run(context: BrowserContext, server: Server) -> None:
    """The default: what others change shows with the next rerun."""
    one = opened(context, server.url, "/?live=no")
    # A tab that opens before there is a cookie may begin under another id, and runs once more.
    one.page.wait_for_function("document.cookie.includes('streamlit_persistent_state_')")
    other = opened(context, server.url, "/?live=no")
    one.press("Add")
    one.shows("Count 1,")
    live = opened(context, server.url)
    live.press("Add")
    live.shows("Count 2,")
    assert other.runs() == 1
    other.press("In the body")
    other.shows("Count 2, body 1")


def test_another_browser_shows_a_change_when_the_store_is_asked(
    browser: Browser, server: Server
) -> None:
    """Every so often, by a fragment; the script runs only if there is something new."""
    contexts = [browser.new_context() for _ in range(2)]
    one, other = (opened(c, server.url, "/?live=300ms&scope=app") for c in contexts)
    before = other.runs()
    one.press("Add")
    other.shows("Count 1,")
    other.press("Add")
    one.shows("Count 2,")
    assert other.runs() == before + 2
    for context in contexts:
        context.close()


class Wire:
    """What a page says to the server."""

    def __init__(self, page: Page) -> None:
        self.asked = 0
        self.tickets: list[str] = []
        page.on("websocket", self._watch)

    def _watch(self, opened: WebSocket) -> None:
        if opened.url.endswith("/news"):
            opened.on("framesent", lambda text: self.tickets.append(str(text)))
        else:
            opened.on("framesent", lambda _: self._ask())

    def _ask(self) -> None:
        self.asked += 1


def watched(context: BrowserContext, url: str, query: str = "") -> tuple[Tab, Wire]:
    """Open a page that has its socket; its first run is all that it has asked for."""
    tab = Tab(context.new_page())
    wire = Wire(tab.page)
    with tab.page.expect_websocket(lambda socket: socket.url.endswith("/news")) as opened:
        tab.page.goto(url + query)
    if not wire.tickets:
        opened.value.wait_for_event("framesent")
    tab.shows("Count ")
    tab.settled()
    return tab, wire


def test_a_page_with_nothing_new_asks_for_nothing(browser: Browser, asgi_server: Server) -> None:
    """Not when it is opened, nor when others run, or change what is not kept for it."""
    contexts = [browser.new_context() for _ in range(2)]
    one, _ = watched(contexts[0], asgi_server.url)
    sibling, wire = watched(contexts[0], asgi_server.url)
    stranger, other_wire = watched(contexts[1], asgi_server.url)
    for _ in range(3):
        one.press("Nothing")
    one.press("Add")
    one.shows("Count 1,")
    sibling.shows("Count 1,")
    before = wire.asked
    for count in (1, 2, 3):
        stranger.press("Add")
        stranger.shows(f"Count {count},")
    one.press("Nothing")
    one.press("Add")
    sibling.shows("Count 2,")
    # Its question for what has changed, and no other one.
    assert wire.asked == before + 1
    asked, runs = other_wire.asked, stranger.runs()
    stranger.press("Nothing")
    stranger.shows(f"Run {runs + 1}.")
    assert other_wire.asked == asked + 1
    for context in contexts:
        context.close()


def test_what_a_page_says_has_no_other_page_ask(browser: Browser, asgi_server: Server) -> None:
    """Whoever opens sockets and talks: only what was committed is news."""
    contexts = [browser.new_context() for _ in range(2)]
    talker, talking = watched(contexts[0], asgi_server.url, "?scope=app")
    other, wire = watched(contexts[1], asgi_server.url, "?scope=app")
    before = wire.asked
    codes = talker.page.evaluate(
        """async ([url, ticket]) => {
          const talk = () => new Promise((resolve) => {
            const socket = new WebSocket(url);
            socket.onopen = () => {
              socket.send(ticket);
              for (let times = 0; times < 20; times += 1) socket.send("changed");
            };
            socket.onclose = ({ code }) => resolve(code);
          });
          return Promise.all([talk(), talk(), talk()]);
        }""",
        [f"ws{asgi_server.url[4:]}/_streamlit_persistent_state/news", talking.tickets[-1]],
    )
    assert set(codes) <= {1008, 1013}
    talker.press("Add")
    other.shows("Count 1,")
    assert wire.asked == before + 1
    for context in contexts:
        context.close()
