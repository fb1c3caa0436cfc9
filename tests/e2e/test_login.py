"""Values follow a user who logs in with a real provider, and nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import APPS
from tests.support.network import free_port
from tests.support.oidc import provide, secrets_toml
from tests.support.proxy import Proxy, proxy
from tests.support.redis_server import redis_server
from tests.support.server import Server, serve
from tests.support.waiting import wait_until


@pytest.fixture(scope="module", params=["streamlit run", "uvicorn"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    asgi = request.param == "uvicorn"
    folder: Path = tmp_path_factory.mktemp("login")
    # The provider sends users back to an address that the app's secrets name.
    port = free_port()
    (folder / ".streamlit").mkdir()
    secrets = folder / ".streamlit" / "secrets.toml"
    app = APPS / "login.py"
    with provide() as provider:
        secrets.write_text(secrets_toml(provider, f"http://127.0.0.1:{port}"), "utf-8")
        with serve(app, folder=folder, port=port, asgi=asgi) as started:
            yield started


@dataclass
class Visit:
    """A page in a browser of its own."""

    page: Page
    url: str

    def shows(self, text: str) -> None:
        expect(self.page.get_by_text(text)).to_be_visible()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def log_in(self, user: str) -> None:
        self.press("Log in")
        self.page.get_by_role("link", name=user).click()
        self.shows(f"for {user}")


@pytest.fixture
def another(browser: Browser, server: Server) -> Iterator[Callable[[], Visit]]:
    """Open the app in another browser."""
    opened: list[BrowserContext] = []

    def open_one() -> Visit:
        opened.append(browser.new_context())
        visit = Visit(opened[-1].new_page(), server.url)
        visit.page.goto(server.url)
        visit.shows("for nobody")
        return visit

    yield open_one
    for context in opened:
        context.close()


def test_values_follow_the_user(another: Callable[[], Visit]) -> None:
    """To another browser, with what the first one had collected before the log-in."""
    one = another()
    one.press("Add")
    one.shows("Count 1 for nobody")
    one.log_in("Ada")
    one.shows("Count 1 for Ada, clicks 0, run 1.")
    one.press("Add")
    one.shows("Count 2 for Ada")
    other = another()
    other.log_in("Ada")
    other.shows("Count 2 for Ada, clicks 0, run 1.")
    stranger = another()
    stranger.log_in("Edsger")
    stranger.shows("Count 0 for Edsger, clicks 0, run 1.")


def test_a_log_out_leaves_the_values_with_the_user(another: Callable[[], Visit]) -> None:
    """The browser has none of them, until the user is back."""
    one = another()
    one.log_in("Grace")
    one.press("Add")
    one.shows("Count 1 for Grace")
    one.press("Log out")
    one.shows("Count 0 for nobody, clicks 0, run 1.")
    one.log_in("Grace")
    one.shows("Count 1 for Grace, clicks 0, run 1.")


def test_an_identity_from_before_the_log_in_is_worth_nothing(
    another: Callable[[], Visit], browser: Browser
) -> None:
    """The values of the browser have gone on to a new one."""
    one = another()
    one.press("Click")
    one.shows("clicks 1")
    before = browser.new_context(storage_state=one.page.context.storage_state())
    one.log_in("Ada")
    one.shows("clicks 1, run 1.")
    thief = Visit(before.new_page(), one.url)
    thief.page.goto(one.url)
    thief.shows("for nobody, clicks 0, run 1.")
    before.close()
    one.page.goto(one.url)
    one.shows("clicks 1, run 1.")


@pytest.fixture
def two_servers(server: Server, tmp_path: Path) -> Iterator[tuple[Server, Server, Proxy]]:
    """Serve the app twice with one store, which the first reaches through a proxy."""
    with ExitStack() as stack:
        provider = stack.enter_context(provide())
        redis = stack.enter_context(redis_server())
        between = stack.enter_context(proxy(redis.port))
        started = []
        for number, where in enumerate((between.port, redis.port)):
            port, folder = free_port(), tmp_path / str(number)
            (folder / ".streamlit").mkdir(parents=True)
            secrets = folder / ".streamlit" / "secrets.toml"
            secrets.write_text(secrets_toml(provider, f"http://127.0.0.1:{port}"), "utf-8")
            env = {"STREAMLIT_PERSISTENT_STATE_STORE": f"redis://127.0.0.1:{where}"}
            started.append(
                stack.enter_context(
                    serve(APPS / "login.py", folder=folder, port=port, env=env, asgi=server.asgi)
                )
            )
        yield started[0], started[1], between


def test_what_another_tab_has_not_saved_yet_goes_along(
    two_servers: tuple[Server, Server, Proxy], browser: Browser
) -> None:
    """Its server cannot reach the store while its user logs in: the user gets it, nobody else."""
    here, there, between = two_servers
    context = browser.new_context()
    context.set_default_timeout(15_000)
    tab = Visit(context.new_page(), here.url)
    tab.page.goto(tab.url)
    tab.shows("for nobody")
    tab.press("Click")
    tab.shows("clicks 1")
    other = Visit(context.new_page(), there.url)
    other.page.goto(other.url)
    other.shows("clicks 1, run 1.")
    between.lossy = True
    tab.press("Click")
    tab.shows("clicks 2")
    tab.press("Add")
    tab.shows("Count 1 for nobody, clicks 2")
    other.log_in("Ada")
    other.shows("Count 0 for Ada, clicks 1, run 1.")
    between.lossy = False
    between.drop()

    def is_there() -> bool:
        other.page.goto(other.url)
        other.shows("run 1.")
        return other.page.get_by_text("Count 1 for Ada, clicks 2, run 1.").count() == 1

    wait_until(is_there)
    tab.page.goto(tab.url)
    tab.shows("Count 0 for nobody, clicks 2, run 1.")  # its server has not seen the log-in
    other.press("Log out")
    other.shows("Count 0 for nobody, clicks 2, run 1.")
    other.log_in("Grace")
    other.shows("Count 0 for Grace, clicks 2, run 1.")
    context.close()
