"""No edit is lost, however fast it comes and however long the script takes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Serve
from tests.support.session import LiveSession
from tests.support.widget import Host, Widget

Open = Callable[..., Widget]

# Notes every number the widget ever shows, in the document the element lives in.
RECORD = """output => {
    const shown = [output.textContent];
    new MutationObserver(() => shown.push(output.textContent))
        .observe(output, {characterData: true, childList: true, subtree: true});
    output.ownerDocument.defaultView.shownNumbers = shown;
}"""
RECORDED = "output => output.ownerDocument.defaultView.shownNumbers.map(Number)"


def python_has(page: Page, counter: int, text: str = "") -> None:
    """Wait until the script shows these values."""
    expect(page.get_by_text(f"Python has {counter} and '{text}' in run")).to_be_visible()


def run_number(page: Page) -> int:
    """Return how often the script has run in this session."""
    found = re.search(r"in run (\d+)", page.get_by_text("Python has").inner_text())
    assert found
    return int(found[1])


def settled(page: Page) -> None:
    """Wait until no script is running."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


@pytest.fixture
def open_basic(page: Page, host: Host, serve_app: Serve) -> Open:
    def go(query: str = "") -> Widget:
        page.goto(f"{serve_app('basic').url}/?host={host}{query}")
        widget = Widget(page, "Visits", host)
        expect(widget.output).to_have_text("0")
        python_has(page, 0)
        settled(page)
        return widget

    return go


@pytest.mark.parametrize("delay", ["0", "0.3"])
def test_twenty_rapid_clicks_are_twenty(page: Page, open_basic: Open, delay: str) -> None:
    """Twenty clicks count twenty in Python and on the screen, and no number is shown twice."""
    widget = open_basic(f"&delay={delay}")
    widget.output.evaluate(RECORD)
    for _ in range(20):
        widget.increase.click()
    expect(widget.output).to_have_text("20")
    python_has(page, 20)
    settled(page)
    assert widget.output.evaluate(RECORDED) == list(range(21))


@pytest.mark.parametrize("delay", ["0", "0.3"])
def test_twenty_clicks_in_one_task_are_twenty(page: Page, open_basic: Open, delay: str) -> None:
    """Clicks made by a script, without a pause for React to render, all count."""
    widget = open_basic(f"&delay={delay}")
    widget.output.evaluate(RECORD)
    widget.increase.evaluate("button => { for (let i = 0; i < 20; i++) button.click(); }")
    expect(widget.output).to_have_text("20")
    python_has(page, 20)
    settled(page)
    shown = widget.output.evaluate(RECORDED)
    assert shown == sorted(shown)
    assert run_number(page) == 2


def test_clicks_in_both_directions_add_up(page: Page, open_basic: Open) -> None:
    """Decrease takes what Increase gives."""
    widget = open_basic()
    for _ in range(5):
        widget.increase.click()
        widget.decrease.click()
        widget.decrease.click()
    expect(widget.output).to_have_text("-5")
    python_has(page, -5)


def test_one_interaction_is_one_rerun_and_mounting_is_none(page: Page, open_basic: Open) -> None:
    """The page loads with one script run; each click, commit and reset makes one more."""
    widget = open_basic()
    assert run_number(page) == 1
    widget.increase.click()
    expect(page.get_by_text("in run 2.")).to_be_visible()
    widget.text.fill("x")
    widget.text.press("Enter")
    expect(page.get_by_text("in run 3.")).to_be_visible()
    widget.text.blur()  # committed already: no edit
    widget.reset.click()
    expect(page.get_by_text("in run 4.")).to_be_visible()
    settled(page)
    expect(page.get_by_text("in run 4.")).to_be_visible()


def test_typing_under_a_rerun_loses_nothing(page: Page, open_basic: Open) -> None:
    """Characters typed while scripts run stay, and so does the caret in the middle of the text."""
    widget = open_basic("&delay=0.3")
    widget.text.click()
    page.keyboard.type("headtail")
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    # Reruns caused by the page's other clicks arrive while the user goes on typing.
    for part in ("-one", "-two", "-three"):
        widget.increase.evaluate("button => button.click()")
        page.keyboard.type(part, delay=60)
    expect(widget.text).to_have_value("head-one-two-threetail")
    assert widget.text.evaluate("input => input.selectionStart") == len("head-one-two-three")
    python_has(page, 3)
    settled(page)
    page.keyboard.type("!")
    page.keyboard.press("Enter")
    python_has(page, 3, "head-one-two-three!tail")
    expect(widget.text).to_have_value("head-one-two-three!tail")


@pytest.mark.parametrize("delay", ["0", "0.3"])
def test_a_click_and_at_once_a_text_both_arrive(page: Page, open_basic: Open, delay: str) -> None:
    """A click with the text committed right behind it: Python gets both."""
    widget = open_basic(f"&delay={delay}")
    widget.increase.click()
    widget.text.fill("hello")
    widget.text.press("Enter")
    python_has(page, 1, "hello")
    expect(widget.output).to_have_text("1")
    expect(widget.text).to_have_value("hello")


def test_text_commits_on_blur(page: Page, open_basic: Open) -> None:
    """Leaving the field, here by a click on Increase, commits what was typed; both arrive."""
    widget = open_basic()
    widget.text.fill("typed")
    widget.increase.click()
    python_has(page, 1, "typed")


def test_python_sets_the_value_and_it_stays(page: Page, open_basic: Open) -> None:
    """An assignment in a callback shows in that rerun, and editing goes on from it."""
    widget = open_basic()
    widget.increase.click()
    python_has(page, 1)
    page.get_by_role("button", name="Assign from Python").click()
    python_has(page, 100, "set")
    expect(widget.output).to_have_text("100")
    expect(widget.text).to_have_value("set")
    widget.increase.click()
    python_has(page, 101, "set")
    expect(widget.output).to_have_text("101")


def test_every_way_to_reset_agrees(page: Page, open_basic: Open) -> None:
    """Reset from Python and the widget's own Reset both give the defaults, on both sides."""
    widget = open_basic()
    for press in (page.get_by_role("button", name="Reset from Python"), widget.reset):
        widget.increase.click()
        widget.text.fill("x")
        widget.text.press("Enter")
        python_has(page, 1, "x")
        press.click()
        python_has(page, 0)
        expect(widget.output).to_have_text("0")
        expect(widget.text).to_have_value("")


def test_a_reset_beats_the_clicks_before_it_and_none_after(page: Page, open_basic: Open) -> None:
    """Three clicks, Reset, two clicks, all while the script runs: two."""
    widget = open_basic("&delay=0.3")
    for _ in range(3):
        widget.increase.click()
    widget.reset.click()
    widget.increase.click()
    widget.increase.click()
    expect(widget.output).to_have_text("2")
    python_has(page, 2)
    settled(page)
    expect(widget.output).to_have_text("2")


def test_clicks_under_way_add_to_what_python_sets(page: Page, open_basic: Open) -> None:
    """Clicks made while the assigning run is on its way count on top of the assigned value."""
    widget = open_basic("&delay=0.5")
    page.get_by_role("button", name="Assign from Python").click()
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "running")
    for _ in range(5):
        widget.increase.click()
    python_has(page, 105, "set")
    expect(widget.output).to_have_text("105")


def test_the_first_edit_is_one_whenever_it_is_looked_at(serve_app: Serve) -> None:
    """Also before the script goes on after the callback: the later edit wins."""
    url = serve_app("looked_at").url
    with LiveSession(url) as one, LiveSession(url) as other:
        for session in (one, other):
            session.run()
            assert "Chosen: None." in session.texts
        for session, choice in ((one, "one"), (other, "other")):
            session.click(choice)
            assert f"Chosen: {choice}." in session.texts
        one.run()
        assert "Chosen: other." in one.texts
