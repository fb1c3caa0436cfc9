"""Real stores that fail, real servers that use them, and a browser that must not notice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.faults.stores import Backend, Postgres, Redis, clear
from tests.support.browser import chromium
from tests.support.postgres_server import serve_postgres
from tests.support.redis_server import redis_server
from tests.support.server import Server, serve
from tests.support.waiting import PATIENCE

APPS = Path(__file__).parent / "apps"
_STORE = "STREAMLIT_PERSISTENT_STATE_STORE"
_LARGEST = {"STREAMLIT_PERSISTENT_STATE_MAX_VALUE_BYTES": str(2**27)}


class Visit:
    """The app in one tab of a browser."""

    def __init__(self, context: BrowserContext, server: Server) -> None:
        self.context, self.server = context, server
        self.page: Page = context.new_page()
        self.page.goto(server.url)
        self.ready(1)

    def ready(self, run: int | None = None) -> None:
        """Wait for the end of a run; it shows no error."""
        expect(
            self.page.get_by_text(f"Run {run} has ended." if run else "has ended.")
        ).to_have_count(1)
        expect(self.page.get_by_test_id("stException")).to_have_count(0)

    @property
    def run(self) -> int:
        return int(self.page.get_by_text("has ended.").inner_text().split()[1])

    def press(self, name: str, times: int = 1) -> None:
        """Click, and wait for the run after each click."""
        for _ in range(times):
            before = self.run
            self.page.get_by_role("button", name=name, exact=True).click()
            self.ready(before + 1)

    def write(self, name: str) -> None:
        before = self.run
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Name").press("Enter")
        self.ready(before + 1)

    def shows(self, text: str) -> None:
        expect(self.page.get_by_text(text)).to_be_visible()

    def comes_to_show(self, text: str) -> None:
        """Rerun until the page shows what the store has brought or taken meanwhile."""
        deadline = time.monotonic() + PATIENCE
        while not self.page.get_by_text(text).count() and time.monotonic() < deadline:
            self.press("Look")
        self.shows(text)

    def looked(self) -> str:
        """Return what the page shows after another run."""
        self.press("Look")
        return self.page.get_by_test_id("stApp").inner_text()

    def reload(self) -> None:
        self.page.reload()
        self.ready(1)

    def restarted(self, server: Server) -> None:
        """Load the page from a new server at the same address."""
        self.server = server
        self.page.goto(server.url)
        self.ready(1)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def backends() -> Iterator[dict[str, Backend]]:
    with redis_server(appendonly="yes", appendfsync="always") as one, serve_postgres() as other:
        yield {"redis": Redis(one), "postgres": Postgres(other)}


@pytest.fixture(params=["redis", "postgres"])
def backend(request: pytest.FixtureRequest, backends: dict[str, Backend]) -> Backend:
    """A server that is empty."""
    found = backends[request.param]
    clear(found.url)
    return found


class Start:
    """Starts servers and opens browsers, which end with the test."""

    def __init__(self, browser: Browser, stack: ExitStack) -> None:
        self._browser, self._stack = browser, stack

    def app(
        self, url: str, *, asgi: bool = False, folder: Path | None = None, port: int = 0
    ) -> Server:
        app = APPS / "kept.py"
        env = {_STORE: url, **_LARGEST}
        return self._stack.enter_context(serve(app, env=env, asgi=asgi, folder=folder, port=port))

    @contextmanager
    def ends_early(self) -> Iterator[Start]:
        """Start what ends with the block."""
        with ExitStack() as stack:
            yield Start(self._browser, stack)

    def visit(self, server: Server) -> Visit:
        context = self._browser.new_context()
        self._stack.callback(context.close)
        context.set_default_timeout(20_000)
        return Visit(context, server)


@pytest.fixture
def start(browser: Browser) -> Iterator[Start]:
    expect.set_options(timeout=20_000)
    with ExitStack() as stack:
        yield Start(browser, stack)
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="session")
def servers(backends: dict[str, Backend]) -> Iterator[dict[str, Server]]:
    """One server of the app for each store, for tests that need no server of their own."""
    app = APPS / "kept.py"
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(serve(app, env={_STORE: one.url, **_LARGEST}))
            for name, one in backends.items()
        }


@pytest.fixture
def server(request: pytest.FixtureRequest, backend: Backend, servers: dict[str, Server]) -> Server:
    name: str = request.node.callspec.params["backend"]
    return servers[name]
