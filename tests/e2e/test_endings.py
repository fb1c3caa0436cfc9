"""However a run ends, the next page load has what it has changed, in its first run."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.e2e.conftest import APPS
from tests.support.kept_file import value_of
from tests.support.server import ASGI_APP, Server, serve
from tests.support.tab import Browser as Profile
from tests.support.waiting import wait_until

COOKIE = "streamlit_persistent_state"


@dataclass
class Kept:
    """The app, in one tab, and the server under it."""

    context: BrowserContext
    page: Page
    server: Server
    socket: WebSocket | None = None

    def open(self) -> None:
        with self.page.expect_websocket() as opened:
            self.page.goto(self.server.url)
        self.socket = opened.value

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def begin(self, name: str) -> None:
        """Press a button; the server has begun its run, and nobody has waited for more."""
        assert self.socket is not None
        with self.socket.expect_event("framereceived", begins_a_run):
            self.press(name)

    def shows(self, text: str) -> None:
        expect(self.page.get_by_text(text)).to_be_visible()

    def reload(self) -> None:
        """Load the page anew in a tab of its own; the old one is closed."""
        old, self.page = self.page, self.context.new_page()
        old.close()
        self.page.goto(self.server.url)


def begins_a_run(frame: bytes | str) -> bool:
    assert isinstance(frame, bytes)
    kind: str = ForwardMsg.FromString(frame).WhichOneof("type")
    return kind == "new_session"


def press_and(name: str, text: str) -> Callable[[Kept], None]:
    def act(kept: Kept) -> None:
        kept.press(name)
        kept.shows(text)

    return act


def stop(kept: Kept) -> None:
    kept.press("Stop")
    expect(kept.page.get_by_text("Count is")).to_have_count(0)


def fail(kept: Kept) -> None:
    kept.press("Raise")
    expect(kept.page.get_by_test_id("stException")).to_be_visible()


def switch(kept: Kept) -> None:
    kept.press("Switch")
    kept.shows("Another page.")


def rerun(kept: Kept) -> None:
    kept.press("Rerun")
    kept.shows("Count is 1, cart [], name '', volume 0 in run 3")


def interrupt(kept: Kept) -> None:
    kept.press("Long")
    kept.shows("Long run has begun.")
    kept.press("Append")
    kept.shows("Count is 1, cart [0]")


def ask_for_another(kept: Kept) -> None:
    kept.press("Short")
    kept.shows("Short run has begun.")
    kept.begin("Add")


def close_in_mid_run(kept: Kept) -> None:
    kept.press("Long")
    kept.shows("Long run has begun.")


def at_once(kept: Kept) -> None:
    kept.begin("Add")


def in_place(kept: Kept) -> None:
    kept.press("Append")
    kept.shows("cart [0]")


ENDINGS: dict[str, tuple[Callable[[Kept], None], str]] = {
    "normal": (press_and("Add", "Count is 1"), "Count is 1, cart []"),
    "stop": (stop, "Count is 1, cart []"),
    "rerun": (rerun, "Count is 1, cart []"),
    "switch_page": (switch, "Count is 1, cart []"),
    "exception": (fail, "Count is 1, cart []"),
    "interrupted": (interrupt, "Count is 1, cart [0]"),
    "asked for another": (ask_for_another, "Count is 2, cart []"),
    "fragment": (press_and("In a fragment", "Fragment has 1."), "Count is 1, cart []"),
    "closed in mid-run": (close_in_mid_run, "Count is 1, cart []"),
    "reload at once": (at_once, "Count is 1, cart []"),
    "change in place": (in_place, "Count is 0, cart [0]"),
}


@pytest.fixture(scope="module", params=["streamlit run", "uvicorn"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    asgi = request.param == "uvicorn"
    with serve(APPS / "kept.py", asgi=asgi) as started:
        yield started


@pytest.fixture
def kept(context: BrowserContext, page: Page, server: Server) -> Kept:
    opened = Kept(context, page, server)
    opened.open()
    opened.shows("Count is 0, cart [], name '', volume 0 in run 1; restored 0.")
    return opened


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_page_load_after_any_ending_has_the_change(kept: Kept, ending: str) -> None:
    """The new page is right in its first run."""
    act, expected = ENDINGS[ending]
    act(kept)
    kept.reload()
    kept.shows(f"{expected}, name '', volume 0 in run 1")


def test_no_click_is_dropped_whose_page_closes_at_once() -> None:
    """Under ``st.App``: the connection ends right behind the message, twenty times."""
    with serve(APPS / "kept.py", asgi=True) as server:
        for _ in range(20):
            profile = Profile(server.url)
            request = Request(server.url, headers={"Accept": "text/html"})
            with urlopen(request) as answer:
                given = SimpleCookie(answer.headers["Set-Cookie"])
            profile.cookies |= {name: cookie.value for name, cookie in given.items()}
            with profile.open() as tab:
                tab.set("Add", trigger_value=True)
                tab.request()
            # The next page may be asked for before the last click's run has begun.
            wait_until(partial(counts_one, profile))


def counts_one(profile: Profile) -> bool:
    with (tab := profile.open()):
        return tab.shows("Count is 1, cart [], name '', volume 0 in run 1")


def test_widgets_are_restored(kept: Kept) -> None:
    """A text and a slider, in the script and on the screen."""
    kept.page.get_by_label("Name").fill("Ada")
    kept.page.get_by_label("Name").press("Enter")
    kept.shows("name 'Ada'")
    slider = kept.page.get_by_role("slider", name="Volume")
    slider.focus()
    for _ in range(20):
        slider.press("ArrowRight")
    kept.shows("volume 20")
    kept.reload()
    kept.shows("name 'Ada', volume 20 in run 1; restored 3.")
    expect(kept.page.get_by_label("Name")).to_have_value("Ada")
    expect(kept.page.get_by_role("slider", name="Volume")).to_have_value("20")


@pytest.mark.parametrize("asgi", [False, True], ids=["streamlit run", "uvicorn"])
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_restarted_server_has_everything(
    browser: Browser, tmp_path: Path, end: signal.Signals, asgi: bool
) -> None:
    """Server and browser end after the run; when both are back, they go on from what was saved.

    A killed server is given the moment it takes to save after the run.
    """
    app = APPS / "kept.py"
    context = browser.new_context()
    with serve(app, folder=tmp_path, asgi=asgi) as server:
        kept = Kept(context, context.new_page(), server)
        kept.page.goto(server.url)
        for count in (1, 2, 3):
            kept.press("Add")
            kept.shows(f"Count is {count}")
        if end is signal.SIGKILL:
            file = tmp_path / ".streamlit" / "persistent_state.db"
            wait_until(lambda: value_of(file, "count") == 3)
        server.process.send_signal(end)
        server.process.wait(30)
    reopened = browser.new_context(storage_state=context.storage_state())
    context.close()
    with serve(app, folder=tmp_path, asgi=asgi, port=server.port) as server:
        kept = Kept(reopened, reopened.new_page(), server)
        kept.page.goto(server.url)
        kept.shows("Count is 3, cart [], name '', volume 0 in run 1; restored")
    reopened.close()


def test_the_server_sets_the_cookie_below_a_base_path(browser: Browser) -> None:
    """On the very first request, for the whole host, and out of reach for scripts."""
    context = browser.new_context()
    env = {"SCRIPT": str(APPS / "kept.py")}
    with serve(ASGI_APP, "--server.baseUrlPath=below/here", env=env) as server:
        page = context.new_page()
        page.goto(f"{server.url}/below/here/", wait_until="commit")
        (cookie,) = context.cookies()
        assert (cookie["path"], cookie["httpOnly"]) == ("/", True)
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_text("Count is 1")).to_be_visible()
        page.reload()
        expect(page.get_by_text(re.compile("Count is 1.* in run 1"))).to_be_visible()
    context.close()


def test_the_default_is_never_painted(kept: Kept) -> None:
    """No state of the page, from its first paint on, shows what was there before the restore."""
    for count in (1, 2):
        kept.press("Add")
        kept.shows(f"Count is {count}")
    kept.context.add_init_script(
        """window.painted = [];
        const look = () => {
            const now = document.body?.innerText.match(/Count is \\d+/)?.[0];
            if (now && painted.at(-1) !== now) painted.push(now);
            requestAnimationFrame(look);
        };
        requestAnimationFrame(look);"""
    )
    kept.reload()
    kept.shows("Count is 2")
    expect(kept.page.get_by_test_id("stApp")).to_have_attribute(
        "data-test-script-state", "notRunning"
    )
    assert kept.page.evaluate("painted") == ["Count is 2"]
    kept.shows("in run 1")


def test_two_browsers_do_not_see_each_other(kept: Kept, browser: Browser) -> None:
    """Another profile starts from nothing."""
    kept.press("Add")
    kept.shows("Count is 1")
    other = browser.new_context()
    page = other.new_page()
    page.goto(kept.server.url)
    expect(page.get_by_text(re.compile("Count is 0.*restored 0"))).to_be_visible()
    other.close()


def test_the_identity_is_one_cookie(kept: Kept, server: Server) -> None:
    """Out of reach for scripts of the page where the server sets it."""
    kept.press("Add")
    kept.shows("Count is 1")
    kept.reload()
    kept.shows("Count is 1")
    (cookie,) = [c for c in kept.context.cookies() if c["name"].startswith(COOKIE)]
    assert cookie["httpOnly"] is server.asgi
    assert (cookie["path"], cookie["sameSite"]) == ("/", "Lax")
    assert cookie["value"] not in server.log
