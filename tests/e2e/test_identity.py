"""Nobody is forgotten: whatever else lives on a host name, and whatever happens to secrets."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Cookie, Page, expect

from streamlit_persistent_state._identity.cookie import BASE, claimed, today
from streamlit_persistent_state._identity.register import Register
from streamlit_persistent_state.stores import SQLiteStore
from tests.e2e.conftest import APPS
from tests.support.identity import cookie_for
from tests.support.network import free_port
from tests.support.oidc import provide, secrets_toml
from tests.support.server import Server, serve

SECRETS = ("a secret of some length", "another one that is newer", "of another app on the host")
SECRET = "STREAMLIT_PERSISTENT_STATE_SECRET"
FILE = ".streamlit/persistent_state.db"

Start = Callable[..., AbstractContextManager[Server]]


@pytest.fixture(params=[False, True], ids=["streamlit run", "uvicorn"])
def start(request: pytest.FixtureRequest) -> Start:
    """Serve an app in a folder, with a secret or none."""

    def started(
        folder: Path, *, app: Path | None = None, secret: str | None = None, port: int = 0
    ) -> AbstractContextManager[Server]:
        folder.mkdir(exist_ok=True)
        env = {} if secret is None else {SECRET: secret}
        script = app or APPS / "counting.py"
        return serve(script, folder=folder, env=env, port=port, asgi=request.param)

    return started


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Yield a browser that may see its server go and come back."""
    context = browser.new_context()
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(visitor: BrowserContext) -> Page:
    return visitor.new_page()


def shows(page: Page, text: str) -> None:
    expect(page.get_by_text(text)).to_be_visible()


def adds(page: Page, server: Server, before: int) -> None:
    """Come to the page, find what was there in its first run, and add one."""
    page.goto(server.url)
    shows(page, f"Count {before}, run 1.")
    page.get_by_role("button", name="Add").click()
    shows(page, f"Count {before + 1}, run 2.")


def ours(context: BrowserContext) -> list[Cookie]:
    return [cookie for cookie in context.cookies() if cookie["name"].startswith(BASE)]


@pytest.mark.parametrize("secrets", [(None, None), SECRETS[:2]], ids=["no secrets", "secrets"])
def test_two_apps_on_one_host_name(
    start: Start, page: Page, visitor: BrowserContext, tmp_path: Path, secrets: tuple[str, str]
) -> None:
    """With a store each: visited in turn, neither forgets its visitor."""
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(start(tmp_path / str(number), secret=secret))
            for number, secret in enumerate(secrets)
        )
        for before in range(3):
            adds(page, one, before)
            adds(page, other, before)
    assert len(ours(visitor)) == 2


def test_a_secret_comes_and_goes(start: Start, page: Page, tmp_path: Path) -> None:
    """Added, rotated and removed, with a restart each time: the visitor is known."""
    port = free_port()
    first, second, _ = SECRETS
    rotation = (None, first, f"{second},{first}", second, None)
    for before, secret in enumerate(rotation):
        with start(tmp_path, secret=secret, port=port) as server:
            adds(page, server, before)


def test_odd_cookies_of_others(
    start: Start, page: Page, visitor: BrowserContext, tmp_path: Path
) -> None:
    """Ordinary ones that many parsers stop at, set before and after ours."""
    write = "([name, text]) => { document.cookie = `${name}${text}; Path=/`; }"
    odd = ['={"a":1}', "[0]=1", "=Grüße", '="open', "=a b, c", ""]
    with start(tmp_path) as server:
        page.goto(f"{server.url}/_stcore/health")
        for number, text in enumerate(odd):
            page.evaluate(write, [f"before{number}", text])
        adds(page, server, 0)
        for number, text in enumerate(odd):
            page.evaluate(write, [f"after{number}", text])
        page.evaluate("() => { document.cookie = '=nameless; Path=/'; }")
        for before in (1, 2):
            adds(page, server, before)
    assert len(ours(visitor)) == 1


def test_two_apps_in_one_folder(start: Start, page: Page, tmp_path: Path) -> None:
    """One file, one key, values of two types: each keeps its own."""
    for name, value in (("one.py", "0"), ("other.py", "[]")):
        more = "st.session_state.x = st.session_state.x + " + ("1" if value == "0" else "[1]")
        script = ["import streamlit as st", "from streamlit_persistent_state import persist"]
        script += [f"persist(x={value})", f"if st.button('Add'): {more}"]
        script += ["st.markdown(f'x is {st.session_state.x}.')"]
        (tmp_path / name).write_text("\n".join(script))
    with (
        start(tmp_path, app=tmp_path / "one.py") as one,
        start(tmp_path, app=tmp_path / "other.py") as other,
    ):
        for server, values in ((one, ("0", "1")), (other, ("[]", "[1]"))):
            page.goto(server.url)
            shows(page, f"x is {values[0]}.")
            page.get_by_role("button", name="Add").click()
            shows(page, f"x is {values[1]}.")
        for server, value in ((one, "1"), (other, "[1]")):
            page.goto(server.url)
            shows(page, f"x is {value}.")
    store = SQLiteStore(tmp_path / FILE)
    assert Register(store).facts().apps[1:] == ("one.py", "other.py")
    store.close()


def test_a_store_that_moves_keeps_its_visitors(start: Start, page: Page, tmp_path: Path) -> None:
    """Its id lies in it."""
    port = free_port()
    with start(tmp_path / "here", port=port) as server:
        adds(page, server, 0)
    there = tmp_path / "there" / ".streamlit"
    there.mkdir(parents=True)
    for file in (tmp_path / "here" / ".streamlit").glob("persistent_state.db*"):
        shutil.copy(file, there)
    with start(tmp_path / "there", port=port) as server:
        adds(page, server, 1)


def test_each_day_of_visits_renews_the_cookie(
    start: Start, page: Page, visitor: BrowserContext, tmp_path: Path
) -> None:
    """For the same browser, and without another run of the script."""
    with start(tmp_path) as server:
        adds(page, server, 0)
        page.goto(server.url)
        (cookie,) = ours(visitor)
        now = claimed(cookie["value"])
        assert now is not None
        store = SQLiteStore(tmp_path / FILE)
        _, _, value = cookie_for(now._replace(day=today() - 30), store).partition("=")
        store.close()
        visitor.add_cookies([{**cookie, "value": value, "expires": today() * 86400 + 200_000}])  # type: ignore[typeddict-item]
        page.goto(server.url)
        shows(page, "Count 1, run 1.")

        def renewed() -> bool:
            (found,) = ours(visitor)
            return (
                claimed(found["value"]) == now and found["expires"] > today() * 86400 + 30_000_000
            )

        for _ in range(100):
            if renewed():
                break
            page.wait_for_timeout(50)
        assert renewed()
        shows(page, "Count 1, run 1.")


def test_a_restart_under_a_page_of_a_user(start: Start, page: Page, tmp_path: Path) -> None:
    """The page goes on, and so does F5."""
    port = free_port()
    (tmp_path / ".streamlit").mkdir()
    secrets = tmp_path / ".streamlit" / "secrets.toml"
    with provide() as provider:
        secrets.write_text(secrets_toml(provider, f"http://127.0.0.1:{port}"), "utf-8")
        with start(tmp_path, app=APPS / "login.py", port=port) as server:
            page.goto(server.url)
            page.get_by_role("button", name="Log in").click()
            page.get_by_role("link", name="Ada").click()
            shows(page, "clicks 0, run 1.")
            for clicks in (1, 2):
                page.get_by_role("button", name="Click").click()
                shows(page, f"clicks {clicks}, run {clicks + 1}.")
        with start(tmp_path, app=APPS / "login.py", port=port) as server:
            # The page connects again by itself, and only then can be clicked.
            expect(page.get_by_role("button", name="Click")).to_be_enabled(timeout=60_000)
            # Some pages have a run when they connect, others have none: one more is asked for.
            page.keyboard.press("r")
            expect(page.get_by_text(re.compile(r"for Ada, clicks 2, run [12]\."))).to_be_visible()
            page.get_by_role("button", name="Click").click()
            shows(page, "for Ada, clicks 3, run ")
            page.goto(server.url)
            shows(page, "for Ada, clicks 3, run 1.")
