"""How long a change waits for the store and for another tab, and which clicks never arrive."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from playwright.sync_api import Browser, Page, expect

from benchmarks.pages import APPS
from benchmarks.stats import Row, row
from tests.support.kept_file import value_of
from tests.support.postgres_server import PostgresServer, serve_postgres
from tests.support.redis_server import RedisServer, redis_server
from tests.support.server import serve
from tests.support.tab import Browser as Profile

NAME = "windows"
Store: TypeAlias = AbstractContextManager[RedisServer | PostgresServer]
_WINDOW = 500  # ms; what the README promises
_LIVE = 500
_PATIENCE = 10.0
_SHOWN = """() => {
  const element = document.querySelector(".st-key-python"), before = element.innerText;
  return { at: new Promise((resolve) => new MutationObserver((_, observer) => {
    if (element.innerText === before) return;
    observer.disconnect();
    resolve(Date.now());
  }).observe(element, { subtree: true, childList: true, characterData: true })) };
}"""


def measure(browser: Browser, quick: bool) -> list[Row]:
    rounds = 3 if quick else 20
    with TemporaryDirectory() as name, serve(APPS / "windows.py", folder=Path(name)) as server:
        context = browser.new_context()
        pages = [context.new_page() for _ in range(2)]
        for page in pages:
            page.goto(server.url)
            expect(page.locator(".st-key-python")).to_have_text("Python has 0.0")
            _settled(page)
        file = Path(name) / ".streamlit" / "persistent_state.db"
        rows = []
        for kind in ("In a long run", "In a fragment", "In a callback"):
            waits = [_until_stored(pages[0], kind, file) for _ in range(rounds)]
            target = None if kind == "In a callback" else _WINDOW
            label = kind[0].lower() + kind[1:]
            rows.append(row(NAME, "until it is stored", label, "ms", waits, target=target))
            longest = [max(waits)]
            rows.append(
                row(NAME, "until it is stored, longest", label, "ms", longest, target=target)
            )
        shown = [_until_shown(pages[0], pages[1]) for _ in range(rounds)]
        rows.append(
            row(NAME, "click until another tab shows it", "live", "ms", shown, target=_LIVE)
        )
        context.close()
        for pause in (0, 2, 10, 50):
            lost = 100 * sum(_is_dropped(server.url, pause / 1000) for _ in range(2 * rounds))
            share = [lost / (2 * rounds)]
            rows.append(row(NAME, "click dropped, page closed after", f"{pause} ms", "%", share))
    return rows + _news(browser, rounds)


def _news(browser: Browser, rounds: int) -> list[Row]:
    """Time how long a change takes to another browser, whose page may be of another server."""
    rows = []
    for kind in ("one server", "two and Redis", "two and PostgreSQL"):
        with ExitStack() as stack:
            env = {}
            if kind != "one server":
                store: Store = redis_server() if "Redis" in kind else serve_postgres()
                env = {
                    "STREAMLIT_PERSISTENT_STATE_STORE": stack.enter_context(store).url,
                    "STREAMLIT_PERSISTENT_STATE_SECRET": "the same for both of them",
                }
            app = APPS / "windows.py"
            servers = [stack.enter_context(serve(app, env=env, asgi=True)) for _ in range(2)]
            pages = []
            for number in range(2):
                context = browser.new_context()
                stack.callback(context.close)
                page = context.new_page()
                page.goto(f"{servers[number if env else 0].url}/?scope=app")
                expect(page.locator(".st-key-python")).to_be_visible()
                pages.append(page)
            _until_shown(*pages)  # both have their sockets by now
            shown = [_until_shown(*pages) for _ in range(rounds)]
            rows.append(
                row(NAME, "click until another browser shows it", kind, "ms", shown, target=_LIVE)
            )
    return rows


def _is_dropped(url: str, pause: float) -> bool:
    """Whether a click is lost whose page closes `pause` seconds after it was sent."""
    profile = Profile(url)
    with (tab := profile.open()):
        tab.set("In a callback", trigger_value=True)
        tab.request()
        time.sleep(pause)  # what is measured
    with (tab := profile.open()):
        return tab.shows("Python has 0.0")


def _settled(page: Page) -> None:
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_attached()


def _stored(file: Path) -> float:
    return float(value_of(file, "changed") or 0)


def _until(condition: Callable[[], float]) -> float:
    deadline = time.monotonic() + _PATIENCE
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise RuntimeError("the change never arrived")
        time.sleep(0.001)  # between two looks at a condition
    return found


def _until_stored(page: Page, button: str, file: Path) -> float:
    """Return the milliseconds from the change, whose value is its time, to its record."""
    before = _stored(file)
    page.get_by_role("button", name=button).click()
    made = _until(lambda: found if (found := _stored(file)) != before else 0.0)
    waited = (time.time() - made) * 1000
    _settled(page)
    return waited


def _until_shown(page: Page, other: Page) -> float:
    """Return the milliseconds between a click here and its effect there, by the pages' clocks."""
    _settled(page)
    _settled(other)
    shown = other.evaluate_handle(_SHOWN)
    button = page.get_by_role("button", name="In a callback")
    clicked: float = button.evaluate("button => { button.click(); return Date.now(); }")
    waited: float = shown.evaluate("shown => shown.at") - clicked
    return waited
