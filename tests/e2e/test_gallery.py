"""Every page of the gallery does what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Serve
from tests.support.widget import Widget

EXAMPLES = Path(__file__).parents[2] / "examples"


class Gallery:
    """The gallery as a user walks through it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.main = page.get_by_test_id("stMain")

    def open(self, title: str) -> None:
        self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
        self.on(title)

    def on(self, title: str) -> None:
        """Wait until the page is there and its script has ended."""
        expect(self.main.get_by_role("heading", name=title, exact=True)).to_be_visible()
        expect(self.page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning"
        )

    def there_and_back(self, title: str) -> None:
        """Leave for another page and come back."""
        self.open("Callbacks" if title != "Callbacks" else "Counter")
        self.open(title)

    def button(self, name: str) -> Locator:
        return self.main.get_by_role("button", name=name, exact=True)

    def shows(self, text: str) -> None:
        result = self.main.get_by_test_id("stColumn").first
        expect(result.get_by_test_id("stMarkdown").filter(has_text=text).last).to_be_visible()

    def metric(self, label: str) -> Locator:
        metric = self.main.get_by_test_id("stMetric").filter(has_text=label)
        return metric.get_by_test_id("stMetricValue")


@pytest.fixture
def gallery(page: Page, serve_app: Serve) -> Iterator[Gallery]:
    server = serve_app(EXAMPLES / "app.py")
    page.goto(server.url)
    opened = Gallery(page)
    opened.on("Counter and text")
    yield opened
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert not [line for line in server.log.splitlines() if "arning" in line or "Error" in line]


PAGES = {
    "Counter and text": "widget",
    "Counter": "counter",
    "Name": "name",
    "Slider": "slider",
    "Callbacks": "callbacks",
    "Reset": "reset",
    "Several keys": "keys",
    "Form in steps": "steps",
    "Dashboard": "dashboard",
}


def test_every_page_shows_its_own_source(gallery: Gallery) -> None:
    """What stands beside the result is the file that made it, and every file is a page."""
    assert {path.stem for path in (EXAMPLES / "patterns").glob("*.py")} == set(PAGES.values())
    for title, name in PAGES.items():
        gallery.open(title)
        code = gallery.main.locator("[data-testid=stCode] code")
        source = (EXAMPLES / "patterns" / f"{name}.py").read_text("utf-8")
        expect(code).to_have_text(source, use_inner_text=False)


def test_the_widget(gallery: Gallery) -> None:
    """Edits, callbacks, both buttons and both hosts; all of it is there after a page switch."""
    visits = Widget(gallery.page, "Visits", "inline")
    for _ in range(3):
        visits.increase.click()
    visits.text.fill("Grace")
    visits.text.press("Enter")
    gallery.shows("3 visits, the last by Grace.")
    framed = Widget(gallery.page, "Framed", "iframe")
    framed.increase.click()
    expect(framed.output).to_have_text("5")
    gallery.there_and_back("Counter and text")
    gallery.shows("3 visits, the last by Grace.")
    expect(visits.output).to_have_text("3")
    expect(framed.output).to_have_text("5")
    gallery.button("Start at 100").click()
    gallery.shows("100 visits, the last by Ada.")
    expect(visits.output).to_have_text("100")
    visits.reset.click()
    gallery.shows("0 visits, the last by nobody yet.")
    expect(gallery.main.get_by_text("reset", exact=False).last).to_be_visible()
    visits.increase.click()
    gallery.button("Reset from Python").click()
    gallery.shows("0 visits, the last by nobody yet.")
    expect(Widget(gallery.page, "Off", "inline").increase).to_be_disabled()


def test_the_counter(gallery: Gallery) -> None:
    """Each press counts one, and the count stays on other pages."""
    gallery.open("Counter")
    for count in (1, 2):
        gallery.button("Increment").click()
        gallery.shows(f"Count = {count}")
    gallery.there_and_back("Counter")
    gallery.shows("Count = 2")


def test_the_name(gallery: Gallery) -> None:
    """Every edit counts, not every second one, and the field keeps it on a page switch."""
    gallery.open("Name")
    field = gallery.main.get_by_label("Enter your name:")
    for name in ("Ada", "Grace", "Linus", "Edsger"):
        field.fill(name)
        field.press("Enter")
        gallery.shows(f"Hello, {name}")
        expect(field).to_have_value(name)
    gallery.there_and_back("Name")
    expect(field).to_have_value("Edsger")
    gallery.shows("Hello, Edsger")


def test_the_slider(gallery: Gallery) -> None:
    """Each step of the slider arrives, and it stands where it stood after a page switch."""
    gallery.open("Slider")
    slider = gallery.main.get_by_role("slider")
    for volume in (51, 52, 53):
        slider.press("ArrowRight")
        gallery.shows(f"Volume = {volume}")
    gallery.there_and_back("Slider")
    gallery.shows("Volume = 53")
    expect(slider).to_have_value("53")


def test_callbacks(gallery: Gallery) -> None:
    """The number above the buttons is new in the run that the button causes."""
    gallery.open("Callbacks")
    gallery.button("Add one").click()
    expect(gallery.metric("Total")).to_have_text("1")
    gallery.button("Add ten").click()
    expect(gallery.metric("Total")).to_have_text("11")
    gallery.there_and_back("Callbacks")
    expect(gallery.metric("Total")).to_have_text("11")


def test_reset(gallery: Gallery) -> None:
    """One button resets the plain counter and the widget."""
    gallery.open("Reset")
    laps = Widget(gallery.page, "Laps", "inline")
    gallery.button("Click").click()
    gallery.shows("Clicks = 1")
    laps.increase.click()
    laps.text.fill("fast")
    laps.text.press("Enter")
    gallery.shows("Lap 2: fast")
    gallery.button("Reset").click()
    gallery.shows("Clicks = 0")
    gallery.shows("Lap 1: warm up")
    expect(laps.output).to_have_text("1")
    expect(laps.text).to_have_value("warm up")


def test_several_keys(gallery: Gallery) -> None:
    """Three keys, three widgets: each edit is kept with the others."""
    gallery.open("Several keys")
    name = gallery.main.get_by_label("User name")
    name.fill("ada")
    name.press("Enter")
    expect(gallery.main.get_by_text('"ada"', exact=True)).to_be_visible()
    age = gallery.main.get_by_label("Age", exact=True)
    age.fill("36")
    age.press("Enter")
    expect(gallery.main.get_by_text("36", exact=True)).to_be_visible()
    gallery.there_and_back("Several keys")
    expect(name).to_have_value("ada")
    expect(age).to_have_value("36")


def test_the_form_in_steps(gallery: Gallery) -> None:
    """Going back and forth, and to another page, loses no answer."""
    gallery.open("Form in steps")
    expect(gallery.button("Back")).to_be_disabled()
    name = gallery.main.get_by_label("Your name")
    name.fill("Ada")
    gallery.button("Next").click()
    gallery.main.get_by_text("Large", exact=True).click()
    note = gallery.main.get_by_label("Note", exact=True)
    note.fill("No sugar")
    gallery.button("Back").click()
    expect(name).to_have_value("Ada")
    gallery.there_and_back("Form in steps")
    expect(name).to_have_value("Ada")
    gallery.button("Next").click()
    expect(note).to_have_value("No sugar")
    gallery.button("Next").click()
    gallery.shows("Ada takes Large.")
    gallery.shows("No sugar")
    expect(gallery.button("Next")).to_be_disabled()


def test_the_dashboard(gallery: Gallery) -> None:
    """Filters and goal drive the metrics and the chart, and stay on a page switch."""
    gallery.open("Dashboard")
    expect(gallery.metric("Sold")).to_have_text("352")
    expect(gallery.metric("To go")).to_have_text("48")
    gallery.main.get_by_role("slider").press("ArrowLeft")
    expect(gallery.metric("Sold")).to_have_text("310")
    goal = Widget(gallery.page, "Goal", "inline")
    goal.decrease.click()
    expect(gallery.metric("To go")).to_have_text("80")
    goal.text.fill("Target")
    goal.text.press("Enter")
    expect(gallery.metric("Target")).to_have_text("79%")
    expect(gallery.main.get_by_test_id("stVegaLiteChart")).to_be_visible()
    gallery.there_and_back("Dashboard")
    expect(gallery.metric("Sold")).to_have_text("310")
    expect(gallery.metric("Target")).to_have_text("79%")
    regions = gallery.main.get_by_test_id("stMultiSelect").locator("input").first
    regions.press("Backspace")
    expect(gallery.metric("Sold")).to_have_text("136")
    regions.press("Backspace")
    expect(gallery.metric("Sold")).to_have_text("0")
