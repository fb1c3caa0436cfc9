"""The widget stays what it is wherever an app puts it, hides it or shows it again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Serve
from tests.support.widget import Host, Widget

Open = Callable[..., Widget]


@pytest.fixture
def open_place(page: Page, host: Host, serve_app: Serve) -> Open:
    def go(place: str, within: Locator | None = None) -> Widget:
        page.goto(f"{serve_app('places').url}/?place={place}&host={host}")
        return Widget(page, "Visits", host, within)

    return go


def python_has(page: Page, counter: int, text: str = "") -> None:
    # For a moment Streamlit may show what an earlier run has drawn beside it.
    expect(page.get_by_text(f"visits: {counter} '{text}'")).to_have_count(1)


def edit(page: Page, widget: Widget) -> None:
    """Click three times and commit a text; wait until Python has both."""
    for _ in range(3):
        widget.increase.click()
    widget.text.fill("kept")
    widget.text.press("Enter")
    python_has(page, 3, "kept")


def shows(widget: Widget, counter: int, text: str = "kept") -> None:
    expect(widget.output).to_have_text(str(counter))
    expect(widget.text).to_have_value(text)


def goes_on(page: Page, widget: Widget) -> None:
    """The widget shows what it held, and one more click counts one more."""
    shows(widget, 3)
    widget.increase.click()
    python_has(page, 4, "kept")
    shows(widget, 4)


def test_hidden_for_some_runs_and_shown_again(page: Page, open_place: Open) -> None:
    """An `if` that is false for some runs costs nothing, and the value stays readable."""
    widget = open_place("hidden")
    edit(page, widget)
    for _ in range(3):
        page.get_by_text("Show").click()
        expect(widget.root).to_have_count(0)
        python_has(page, 3, "kept")
        page.get_by_text("Show").click()
        shows(widget, 3)
    goes_on(page, widget)


def test_page_switch_and_back(page: Page, host: Host, serve_app: Serve) -> None:
    """Another page reads the value; back on the first the widget goes on from it."""
    page.goto(f"{serve_app('pages').url}/?host={host}")
    widget = Widget(page, "Visits", host)
    edit(page, widget)
    page.get_by_role("link", name="Second").click()
    expect(page.get_by_role("heading", name="Another page")).to_be_visible()
    python_has(page, 3, "kept")
    page.get_by_role("link", name="First").click()
    goes_on(page, widget)


def test_reset_from_another_page(page: Page, host: Host, serve_app: Serve) -> None:
    """reset() reaches a widget that is not on this page."""
    page.goto(f"{serve_app('pages').url}/?host={host}")
    widget = Widget(page, "Visits", host)
    edit(page, widget)
    page.get_by_role("link", name="Second").click()
    page.get_by_role("button", name="Reset from here").click()
    python_has(page, 0)
    page.get_by_role("link", name="First").click()
    shows(widget, 0, "")
    widget.increase.click()
    python_has(page, 1)


def test_in_a_tab(page: Page, open_place: Open) -> None:
    """Switching tabs and back keeps the value."""
    widget = open_place("tab")
    edit(page, widget)
    page.get_by_role("tab", name="Second").click()
    expect(page.get_by_text("Other tab")).to_be_visible()
    page.get_by_role("tab", name="First").click()
    goes_on(page, widget)


def test_in_an_expander(page: Page, open_place: Open) -> None:
    """Folding an expander and unfolding it keeps the value."""
    widget = open_place("expander")
    edit(page, widget)
    summary = page.get_by_text("More", exact=True)
    summary.click()
    expect(widget.output).not_to_be_in_viewport()
    summary.click()
    goes_on(page, widget)


def test_in_the_sidebar(page: Page, open_place: Open) -> None:
    """In the sidebar, folded and unfolded, too."""
    widget = open_place("sidebar", page.get_by_test_id("stSidebar"))
    edit(page, widget)
    page.get_by_test_id("stSidebarHeader").hover()
    page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    expect(page.get_by_test_id("stExpandSidebarButton")).to_be_visible()
    page.get_by_test_id("stExpandSidebarButton").click()
    goes_on(page, widget)


@pytest.mark.parametrize("between", ["at once", "after a rerun"])
def test_in_a_dialog_closed_and_reopened(page: Page, open_place: Open, between: str) -> None:
    """A dialog that is closed and opened again shows what it held, with or without a rerun."""
    widget = open_place("dialog")
    page.get_by_role("button", name="Open").click()
    for _ in range(3):
        widget.increase.click()
    widget.text.fill("kept")
    widget.text.press("Enter")
    shows(widget, 3)
    page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).click()
    expect(widget.root).to_have_count(0)
    if between == "after a rerun":
        page.get_by_role("button", name="Rerun").click()
        python_has(page, 3, "kept")
    page.get_by_role("button", name="Open").click()
    python_has(page, 3, "kept")
    shows(widget, 3)
    widget.increase.click()
    shows(widget, 4)
    page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("button", name="Rerun").click()
    python_has(page, 4, "kept")


def test_in_a_fragment_only_the_fragment_reruns(page: Page, open_place: Open) -> None:
    """An edit in a fragment runs the fragment and not the page; a full run keeps the value."""
    widget = open_place("fragment")
    edit(page, widget)
    expect(page.get_by_text("page ran 1")).to_be_visible()
    expect(page.get_by_text("fragment ran 1", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Rerun").click()
    expect(page.get_by_text("page ran 2")).to_be_visible()
    goes_on(page, widget)
    expect(page.get_by_text("page ran 2")).to_be_visible()


def test_in_a_form_all_edits_arrive_on_submit(page: Page, open_place: Open) -> None:
    """Nothing is sent while a form is filled in; Submit sends all of it in one run."""
    widget = open_place("form")
    for _ in range(3):
        widget.increase.click()
    widget.text.fill("kept")
    widget.text.press("Enter")
    shows(widget, 3)
    python_has(page, 0)
    page.get_by_role("button", name="Submit").click()
    python_has(page, 3, "kept")
    expect(page.get_by_text("page ran 2, callbacks change")).to_be_visible()
    shows(widget, 3)


def test_reset_inside_a_form(page: Page, open_place: Open) -> None:
    """Reset in a form waits for Submit as well, with the edits that came after it."""
    widget = open_place("form")
    for _ in range(3):
        widget.increase.click()
    page.get_by_role("button", name="Submit").click()
    python_has(page, 3)
    widget.increase.click()
    widget.reset.click()
    shows(widget, 0, "")
    widget.increase.click()
    shows(widget, 1, "")
    python_has(page, 3)
    page.get_by_role("button", name="Submit").click()
    python_has(page, 1)
    expect(page.get_by_text("page ran 3, callbacks change reset change")).to_be_visible()
    shows(widget, 1, "")


@pytest.mark.parametrize("place", ["popover_in_form", "form_in_popover"])
def test_a_popover_of_a_form_keeps_what_was_not_submitted(
    page: Page, open_place: Open, place: str
) -> None:
    """A popover unmounts what it hides; the edits in it are there when it opens again."""
    widget = open_place(place)
    more = page.get_by_role("button", name="More")
    more.click()
    for _ in range(3):
        widget.increase.click()
    widget.text.fill("kept")
    widget.text.press("Enter")
    shows(widget, 3)
    more.click()
    expect(widget.root).to_have_count(0)
    more.click()
    shows(widget, 3)
    widget.increase.click()
    shows(widget, 4)
    if place == "popover_in_form":
        more.click()
    page.get_by_role("button", name="Submit").click()
    python_has(page, 4, "kept")


def test_fifty_widgets_are_independent(page: Page, host: Host, serve_app: Serve) -> None:
    """Fifty widgets on one page: an edit changes one of them."""
    page.goto(f"{serve_app('places').url}/?place=fifty&host={host}")
    frames = page.locator("iframe")
    framed = page.get_by_test_id("stElementContainer").filter(has=frames)

    def widget(number: int) -> Widget:
        within = framed.nth(number) if host == "iframe" else None
        return Widget(page, f"Widget {number}", host, within)

    if host == "iframe":
        expect(frames).to_have_count(50)
    expect(widget(49).output).to_have_text("0")
    counts = [0] * 50
    for number, clicks in ((0, 1), (7, 3), (49, 2), (7, 1)):
        for _ in range(clicks):
            widget(number).increase.click()
        counts[number] += clicks
        expect(page.get_by_text(" ".join(map(str, counts)), exact=True)).to_be_visible()
    for number in (0, 1, 6, 7, 8, 48, 49):
        expect(widget(number).output).to_have_text(str(counts[number]))
