"""Real servers and a real browser for every test in this folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.support.browser import chromium
from tests.support.server import Server, serve
from tests.support.widget import Host

APPS = Path(__file__).parent / "apps"

Serve = Callable[..., Server]
BELOW_A_PAGE = re.compile(r"127\.0\.0\.1:\d+/\w+/_stcore/")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def serve_app() -> Iterator[Serve]:
    """Start a server of ``apps/{name}.py``, or of a path, once per session and set of options."""
    running: dict[tuple[str, ...], Server] = {}
    with ExitStack() as stack:

        def start(app: str | Path, *options: str) -> Server:
            path = app if isinstance(app, Path) else APPS / f"{app}.py"
            found = (str(path), *options)
            if found not in running:
                running[found] = stack.enter_context(serve(path, *options))
            return running[found]

        yield start


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Yield a fresh browser profile that fails the test on any error in the page's console."""
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # Streamlit fetches the icons of pages from elsewhere, which a test machine may not reach.
        # Loaded at the address of a page, it looks for the server below that address first.
        url = message.location["url"]
        if message.type == "error" and "127.0.0.1" in url and not BELOW_A_PAGE.search(url):
            errors.append(f"{message.text} ({url})")

    made = browser.new_context(viewport={"width": 1000, "height": 900})
    made.set_default_timeout(15_000)
    made.on("console", note)
    made.on("weberror", lambda error: errors.append(str(error.error)))
    yield made
    made.close()
    assert not errors, errors


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(params=["inline", "iframe"])
def host(request: pytest.FixtureRequest) -> Host:
    """Run the test once for each host of the widget."""
    chosen: Host = request.param
    return chosen
