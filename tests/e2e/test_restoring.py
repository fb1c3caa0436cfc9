"""What was kept is there at once, is shown, and stays; a browser is one owner."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Serve
from tests.support.server import Server
from tests.support.widget import Host, Widget


@pytest.fixture
def server(serve_app: Serve) -> Server:
    return serve_app("restoring")


def shows(page: Page, text: str) -> None:
    expect(page.get_by_text(text)).to_be_visible()


def settled(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def settled_picture(page: Page) -> Any:
    """Return the pixels of the page once it has faded in."""
    before, now = b"", page.screenshot()
    while now != before:
        before, now = now, page.screenshot()
    return np.asarray(Image.open(BytesIO(now)), dtype=int)


def test_it_takes_no_space(browser: Browser, server: Server) -> None:
    """A page with persist() looks like one without, on the first visit and on the next."""
    pictures = []
    for query in ("", "&kept=1"):
        context = browser.new_context(viewport={"width": 700, "height": 500})
        page = context.new_page()
        for _ in range(2):
            page.goto(f"{server.url}/?app=plain{query}")
            shows(page, "runs is 1.")
            settled(page)
            pictures.append(settled_picture(page))
        assert len([c for c in context.cookies() if "persistent" in c["name"]]) == bool(query)
        context.close()
    for picture in pictures[1:]:
        # One step of 255 is how an antialiased corner may differ from itself.
        assert np.abs(picture - pictures[0]).max() <= 2


def test_a_run_that_overtakes_the_first_one_loses_nothing(page: Page, server: Server) -> None:
    """Twenty loads in which run 2 starts before the restored slider has mounted."""
    page.goto(f"{server.url}/?app=early")
    slider = page.get_by_role("slider")
    slider.press("ArrowRight")
    shows(page, "volume is 1;")
    for volume in range(1, 21):
        page.reload()
        shows(page, f"volume is {volume}; runs is 2.")
        expect(slider).to_have_value(str(volume))
        slider.press("ArrowRight")
        shows(page, f"volume is {volume + 1};")


def test_no_old_copy_comes_back_on_another_page(page: Page, server: Server) -> None:
    """Twenty edits on the page of the widget, each looked at on the page without it."""
    page.goto(f"{server.url}/with")
    slider = page.get_by_role("slider")
    slider.press("ArrowRight")
    shows(page, "volume is 1.")
    page.goto(server.url)
    shows(page, "volume is 1.")
    for volume in range(1, 21):
        page.get_by_role("link", name="With", exact=True).click()
        expect(slider).to_have_value(str(volume))
        slider.press("ArrowRight")
        shows(page, f"volume is {volume + 1}.")
        page.get_by_role("link", name="Without", exact=True).click()
        expect(slider).to_have_count(0)
        shows(page, f"volume is {volume + 1}.")
    page.reload()
    shows(page, "volume is 21.")


def test_fast_moves_of_a_slider_are_not_dropped(page: Page, server: Server) -> None:
    """Also right after a load, in runs in which the restored value is still being asserted."""
    page.goto(f"{server.url}/?app=early")
    shows(page, "volume is 0; runs is 2.")
    slider = page.get_by_role("slider")
    for value in (30, 60, 90):
        for _ in range(30):
            slider.press("ArrowRight", delay=0)
        expect(slider).to_have_value(str(value))
        shows(page, f"volume is {value};")
        page.reload()
        shows(page, f"volume is {value}; runs is 2.")


def test_a_slider_with_other_bounds_shows_its_default(page: Page, server: Server) -> None:
    """No error is painted, the log tells, and with the old bounds the old value is back."""
    page.goto(f"{server.url}/?app=bounds&max=100")
    page.get_by_role("slider").press("End")
    shows(page, "volume is 100; max is 100.")
    for _ in range(2):
        page.goto(f"{server.url}/?app=bounds&max=50")
        shows(page, "volume is 5; max is 50.")
        settled(page)
        expect(page.get_by_role("slider")).to_have_value("5")
        expect(page.get_by_test_id("stException")).to_have_count(0)
    assert "'volume' is quarantined: its widget does not take it" in server.log
    page.goto(f"{server.url}/?app=bounds&max=100")
    shows(page, "volume is 100; max is 100.")


def test_streamlits_own_ways_work_alongside(page: Page, server: Server) -> None:
    """A value in the URL wins over the kept one, and is kept from then on."""
    url = f"{server.url}/?app=alongside"
    page.goto(url)
    for name in ("Bound", "Own"):
        page.get_by_role("slider", name=name).press("ArrowRight")
    shows(page, "bound is 1; own is 1.")
    expect(page).to_have_url(re.compile("bound=1"))
    page.get_by_text("Show", exact=True).click()
    expect(page.get_by_role("slider")).to_have_count(1)
    settled(page)
    shows(page, "bound is 1; own is 1.")
    page.goto(url)
    shows(page, "bound is 1; own is 1.")
    expect(page.get_by_role("slider", name="Bound")).to_have_value("1")
    page.goto(f"{url}&bound=50")
    shows(page, "bound is 50; own is 1.")
    expect(page.get_by_role("slider", name="Bound")).to_have_value("50")
    page.goto(url)
    shows(page, "bound is 50; own is 1.")


def test_a_click_as_early_as_can_be_counts_on_what_was_kept(
    page: Page, server: Server, host: Host
) -> None:
    """Nothing is overwritten by the first click after a load."""
    url = f"{server.url}/?app=widget&host={host}"
    page.goto(url)
    for number in range(10):
        widget = Widget(page, "Visits", host)
        expect(widget.output).to_have_text(str(number))
        page.get_by_role("button", name="Add").click()
        widget.increase.click()
        page.goto(url)
    shows(page, "visits is 10; count is 10; runs is 1.")


def test_two_tabs_of_a_first_visit_are_one_browser(
    context: BrowserContext, server: Server, host: Host
) -> None:
    """Opened at once, before there is a cookie: one identity, and the edits of both."""
    url = f"{server.url}/?app=widget&host={host}"
    tabs = [context.new_page() for _ in range(2)]
    for tab in tabs:
        tab.evaluate("url => { location.href = url }", url)
    widgets = [Widget(tab, "Visits", host) for tab in tabs]
    for tab, widget in zip(tabs, widgets, strict=True):
        expect(widget.output).to_have_text("0")
        settled(tab)
    for clicks, widget in zip((3, 4), widgets, strict=True):
        for _ in range(clicks):
            widget.increase.click()
        expect(widget.output).not_to_have_text("0")
    for tab in tabs:
        settled(tab)
    third = context.new_page()
    third.goto(url)
    shows(third, "visits is 7;")
    for tab in tabs:
        tab.reload()
        shows(tab, "visits is 7;")
    names = [cookie["name"] for cookie in context.cookies()]
    assert sum(name.startswith("streamlit_persistent_state_") for name in names) == 1


def test_without_cookies_it_is_a_session(browser: Browser, server: Server) -> None:
    """The app works, a refresh starts anew, and the log says why."""
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(document, 'cookie', { get: () => '', set: () => {} });"
    )
    page = context.new_page()
    page.goto(f"{server.url}/?app=widget")
    widget = Widget(page, "Visits", "inline")
    widget.increase.click()
    shows(page, "visits is 1;")
    page.reload()
    shows(page, "visits is 0;")
    assert "keeps no cookies" in server.log
    context.close()
