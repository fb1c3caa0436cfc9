"""Who logs out stays logged out; what stands above `persist` shows what was kept."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Serve
from tests.support.server import Server


@pytest.fixture
def server(serve_app: Serve) -> Server:
    return serve_app("deleting")


def shows(page: Page, text: str) -> None:
    expect(page.get_by_text(text)).to_be_visible()


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()


@pytest.mark.parametrize("way", ["In the script", "In a callback", "In a fragment"])
def test_a_log_out_outlives_a_refresh(page: Page, server: Server, way: str) -> None:
    """Also one that comes right after the click was done."""
    page.goto(server.url)
    shows(page, "User is nobody, messages [].")
    for _ in range(3):
        press(page, "Log in")
        shows(page, "User is Ada, messages ['hello'")
        page.reload()
        shows(page, "User is Ada, messages ['hello'")
        press(page, way)
        shows(page, "User is nobody")
        page.reload()
        shows(page, "User is nobody")
    if way != "In a fragment":
        shows(page, "messages [].")


def test_a_widget_above_persist_shows_what_was_kept(page: Page, server: Server) -> None:
    """On each load, and edits of it count."""
    page.goto(f"{server.url}/?app=below")
    name, volume = page.get_by_label("Name"), page.get_by_role("slider")
    shows(page, "Name is , volume 5.")
    for text, number in (("Ada", 6), ("Grace", 7), ("Emmy", 8)):
        name.fill(text)
        name.press("Enter")
        shows(page, f"Name is {text}, volume {number - 1}.")
        volume.press("ArrowRight")
        shows(page, f"Name is {text}, volume {number}.")
        press(page, "Go")
        page.reload()
        shows(page, f"Name is {text}, volume {number}.")
        expect(name).to_have_value(text)
        expect(volume).to_have_value(str(number))


def test_a_slider_whose_bounds_change_ends_at_its_default(page: Page, server: Server) -> None:
    """At once, as without `persist`; a refresh shows the same."""
    page.goto(f"{server.url}/?app=bounds")
    most, x = page.get_by_role("slider", name="Most"), page.get_by_role("slider", name="X")
    x.press("End")
    shows(page, "Most is 100, x is 100.")
    page.reload()
    shows(page, "Most is 100, x is 100.")
    for number in (99, 98, 97, 96):
        most.press("ArrowLeft")
        shows(page, f"Most is {number}, x is 5.")
        expect(x).to_have_value("5")
    page.reload()
    shows(page, "Most is 96, x is 5.")
