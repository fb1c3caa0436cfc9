"""What the page says of values that cannot be kept, as its developer sees it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Serve
from tests.support.server import Server


@pytest.fixture
def server(serve_app: Serve) -> Server:
    return serve_app("refused")


def shows(page: Page, text: str) -> None:
    expect(page.get_by_text(text, exact=True)).to_be_visible()


def box(page: Page) -> Locator:
    return page.get_by_test_id("stAlert")


def test_the_message_stands_below_the_page_until_it_is_mended(page: Page, server: Server) -> None:
    """Each click counts, all else is there after a refresh, and the box goes when it is mended."""
    page.goto(server.url)
    shows(page, "The last line")
    expect(box(page)).to_have_count(0)
    for clicks in (1, 2):
        page.get_by_role("button", name="Take a lock").click()
        shows(page, f"{clicks} clicks")
        expect(box(page)).to_contain_text("lock: _thread.lock cannot be stored")
        expect(box(page)).to_contain_text("st.cache_resource")
    last = page.get_by_text("The last line", exact=True).bounding_box()
    found = box(page).bounding_box()
    assert last is not None
    assert found is not None
    assert found["y"] > last["y"]
    page.get_by_role("button", name="Give it back").click()
    shows(page, "3 clicks")
    expect(box(page)).to_have_count(0)
    page.reload()
    shows(page, "3 clicks")


def test_a_fragment_says_it_in_a_toast(page: Page, server: Server) -> None:
    """The rest of the page stays as it is; the next run of all of it has it in its message."""
    page.goto(server.url)
    page.get_by_role("button", name="Take a lock").click()
    expect(box(page)).to_contain_text("lock: _thread.lock")
    page.get_by_role("button", name="Take another").click()
    shows(page, "1 in the fragment")
    toast = page.get_by_test_id("stToast")
    expect(toast).to_contain_text("late: _thread.lock at [0]")
    expect(toast).not_to_contain_text("lock: _thread.lock cannot")
    expect(box(page)).to_contain_text("lock: _thread.lock")
    shows(page, "The last line")
    page.get_by_role("button", name="Take a lock").click()
    expect(box(page)).to_contain_text("late: _thread.lock at [0]")
    page.reload()
    shows(page, "1 in the fragment")


def test_a_page_that_stops_has_its_message(page: Page, server: Server) -> None:
    """Below what it has drawn, in its first run."""
    page.goto(f"{server.url}/?stop=1")
    shows(page, "Above")
    expect(box(page)).to_contain_text("lock: _thread.lock cannot be stored")
