"""On https a browser is known by a cookie that no other host of its domain can set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Cookie, Page, expect

from streamlit_persistent_state._identity.cookie import BASE, new_id
from streamlit_persistent_state.stores import SQLiteStore
from tests.e2e.conftest import APPS
from tests.support.certificate import Certificate, certify
from tests.support.identity import cookie_for, name_in
from tests.support.server import Server, serve

FILE = ".streamlit/persistent_state.db"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certify(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(params=[False, True], ids=["streamlit run", "uvicorn"])
def server(
    request: pytest.FixtureRequest, certificate: Certificate, tmp_path: Path
) -> Iterator[Server]:
    script = APPS / "counting.py"
    with serve(script, folder=tmp_path, asgi=request.param, certificate=certificate) as running:
        yield running


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Yield a browser that takes a certificate which nobody has signed."""
    context = browser.new_context(ignore_https_errors=True)
    context.set_default_timeout(15_000)
    yield context
    context.close()


def ours(context: BrowserContext) -> list[Cookie]:
    return [cookie for cookie in context.cookies() if BASE in cookie["name"]]


def adds(page: Page, server: Server, before: int) -> None:
    """Come to the page, find what was there in its first run, and add one."""
    page.goto(server.url)
    expect(page.get_by_text(f"Count {before}, run 1.")).to_be_visible()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text(f"Count {before + 1}, run 2.")).to_be_visible()


def test_a_visitor_is_known_by_a_guarded_cookie(
    server: Server, visitor: BrowserContext, tmp_path: Path
) -> None:
    """``__Host-``, for https alone and for this host alone; with the middleware ``HttpOnly``."""
    page = visitor.new_page()
    for before in range(2):
        adds(page, server, before)
    (cookie,) = ours(visitor)
    store = SQLiteStore(tmp_path / FILE)
    assert cookie["name"] == f"__Host-{name_in(store)}"
    store.close()
    assert cookie["secure"]
    assert cookie["path"] == "/"
    assert cookie["domain"] == "127.0.0.1"
    assert cookie["httpOnly"] == server.asgi
    assert cookie["sameSite"] == "Lax"


def test_a_cookie_that_another_host_may_have_planted_is_not_believed(
    server: Server, visitor: BrowserContext, tmp_path: Path
) -> None:
    """Though it is signed; neither on a first visit, nor beside the browser's own."""
    warm = visitor.new_page()
    warm.goto(f"{server.url}/_stcore/health")
    stranger = visitor.browser
    assert stranger is not None
    other = stranger.new_context(ignore_https_errors=True)
    adds(other.new_page(), server, 0)  # the store has told its id by now
    other.close()
    store = SQLiteStore(tmp_path / FILE)
    name, _, value = cookie_for(new_id(), store).partition("=")
    store.close()
    visitor.add_cookies([{"name": name, "value": value, "url": server.url}])
    page = visitor.new_page()
    for before in range(2):
        adds(page, server, before)
        planted = [cookie for cookie in ours(visitor) if cookie["name"] == name]
        assert [cookie["value"] for cookie in planted] == [value], "nor replaced"
    (guarded,) = [cookie for cookie in ours(visitor) if cookie["name"] != name]
    assert guarded["name"] == f"__Host-{name}"
    assert guarded["value"].partition("~")[0] != value.partition("~")[0]
