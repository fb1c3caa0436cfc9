"""Every page of the gallery does what it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from streamlit.testing.v1 import AppTest

from tests.e2e.conftest import Serve
from tests.support.server import Server
from tests.support.widget import Host, Widget

EXAMPLES = Path(__file__).parents[2] / "examples"
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
    "Two tabs": "tabs",
}
BANNER = re.compile(r"server started on|You can now view your Streamlit app|^\s*URL: ")


class Gallery:
    """The gallery as a user walks through it."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server
        self.main = page.get_by_test_id("stMain")
        self.result = self.main.get_by_test_id("stColumn").first
        self.code = self.main.get_by_test_id("stCode")

    def click_on(self, title: str) -> None:
        self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()

    def on(self, title: str) -> None:
        """Wait until the page is there and its script has ended."""
        expect(self.main.get_by_role("heading", name=title, exact=True)).to_be_visible()
        self.settled()

    def settled(self) -> None:
        expect(self.page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning"
        )

    def open(self, title: str) -> None:
        self.click_on(title)
        self.on(title)

    def there_and_back(self, title: str) -> None:
        """Leave for another page and come back."""
        self.open("Callbacks" if title != "Callbacks" else "Counter")
        self.open(title)

    def refresh(self, title: str) -> None:
        """Press F5."""
        self.page.reload()
        self.on(title)

    def button(self, name: str) -> Locator:
        return self.result.get_by_role("button", name=name, exact=True)

    def field(self, label: str) -> Locator:
        return self.result.get_by_label(label, exact=True)

    def enter(self, label: str, value: str) -> None:
        """Fill a field and commit it with Enter."""
        self.field(label).fill(value)
        self.field(label).press("Enter")

    def shows(self, text: str) -> None:
        """Wait until a paragraph of the result is this text."""
        exactly = re.compile(rf"^{re.escape(text)}$")
        shown = self.result.get_by_test_id("stMarkdown").filter(has_text=exactly)
        expect(shown.last).to_be_visible()

    def metric(self, label: str) -> Locator:
        metric = self.result.get_by_test_id("stMetric").filter(has_text=label)
        return metric.get_by_test_id("stMetricValue")

    def bars(self, region: str) -> Locator:
        """Return the chart's bars of a region, one a month."""
        return self.result.locator(f"[aria-roledescription=bar][aria-label*='{region}']")

    def says_nothing(self) -> None:
        """No exception stands on the page, and the log holds the server's address alone."""
        self.settled()
        expect(self.page.get_by_test_id("stException")).to_have_count(0)
        lines = self.server.log.splitlines()
        assert not [line for line in lines if line.strip() and not BANNER.search(line)]


@pytest.fixture
def gallery(page: Page, serve_app: Serve) -> Iterator[Gallery]:
    """Open the gallery; whatever the test does, no page may raise or warn."""
    server = serve_app(EXAMPLES / "app.py")
    page.goto(server.url)
    opened = Gallery(page, server)
    opened.on("Counter and text")
    yield opened
    opened.says_nothing()


def test_every_page_shows_its_own_source(gallery: Gallery) -> None:
    """What stands beside the result is the file that made it, and every file is a page."""
    assert {path.stem for path in (EXAMPLES / "patterns").glob("*.py")} == set(PAGES.values())
    for title, name in PAGES.items():
        gallery.open(title)
        source = (EXAMPLES / "patterns" / f"{name}.py").read_text("utf-8")
        expect(gallery.code).to_have_count(1)
        # The element's own text, since a matcher would treat all white space alike.
        assert gallery.code.locator("code").text_content() == source.rstrip("\n")


@pytest.mark.parametrize("name", PAGES.values())
def test_every_source_runs_alone(name: str) -> None:
    """A page copied out of the gallery is an app of its own."""
    at = AppTest.from_file(EXAMPLES / "patterns" / f"{name}.py").run()
    assert not at.exception
    assert len(at.main.children) > 1


def test_no_page_warns_or_raises(gallery: Gallery) -> None:
    """A walk through all pages and back leaves the server's log empty."""
    for title in [*PAGES, *reversed(PAGES)]:
        gallery.open(title)
        expect(gallery.page.get_by_test_id("stException")).to_have_count(0)
    gallery.says_nothing()


def test_on_a_phone(gallery: Gallery) -> None:
    """390 pixels wide, the source stands below the result and nothing is cut off."""
    page = gallery.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    gallery.on("Counter and text")
    page.get_by_test_id("stExpandSidebarButton").click()
    for title in PAGES:
        gallery.open(title)
        for box in (gallery.main, gallery.code.locator("pre")):
            assert box.evaluate("box => box.scrollWidth <= box.clientWidth"), title
        result, code = gallery.result.bounding_box(), gallery.code.bounding_box()
        assert result
        assert code
        assert result["y"] + result["height"] <= code["y"], title


def test_the_widget(gallery: Gallery, host: Host) -> None:
    """Edits, callbacks and both buttons; the value is there after a page switch."""
    gallery.result.get_by_test_id("stRadio").get_by_text(host, exact=True).click()
    visits = Widget(gallery.page, "Visits", host)
    for _ in range(3):
        visits.increase.click()
    visits.text.fill("Grace")
    visits.text.press("Enter")
    gallery.shows("3 visits, the last by Grace.")
    expect(gallery.result.get_by_text("Latest callbacks: change")).to_be_visible()
    gallery.there_and_back("Counter and text")
    gallery.shows("3 visits, the last by Grace.")
    gallery.refresh("Counter and text")
    gallery.shows("3 visits, the last by Grace.")
    gallery.result.get_by_test_id("stRadio").get_by_text(host, exact=True).click()
    expect(visits.output).to_have_text("3")
    expect(visits.text).to_have_value("Grace")
    gallery.button("Start at 100").click()
    gallery.shows("100 visits, the last by Ada.")
    expect(visits.output).to_have_text("100")
    visits.reset.click()
    gallery.shows("0 visits, the last by nobody yet.")
    expect(gallery.result.get_by_text(re.compile(r"Latest callbacks: .*reset$"))).to_be_visible()
    expect(visits.decrease).to_be_disabled()
    visits.increase.click()
    gallery.shows("1 visits, the last by nobody yet.")
    gallery.button("Reset from Python").click()
    gallery.shows("0 visits, the last by nobody yet.")
    expect(visits.output).to_have_text("0")


def test_the_widget_changes_its_host_and_is_switched_off(gallery: Gallery) -> None:
    """The value moves from the page into the frame and back; disabled, it takes no edits."""
    inline = Widget(gallery.page, "Visits", "inline")
    framed = Widget(gallery.page, "Visits", "iframe")
    hosts = gallery.result.get_by_test_id("stRadio")
    inline.increase.click()
    gallery.shows("1 visits, the last by nobody yet.")
    hosts.get_by_text("iframe", exact=True).click()
    expect(framed.output).to_have_text("1")
    framed.increase.click()
    gallery.shows("2 visits, the last by nobody yet.")
    hosts.get_by_text("inline", exact=True).click()
    expect(inline.output).to_have_text("2")
    gallery.result.get_by_text("Disabled", exact=True).click()
    expect(inline.increase).to_be_disabled()
    expect(inline.text).to_be_disabled()
    gallery.result.get_by_text("Disabled", exact=True).click()
    inline.increase.click()
    gallery.shows("3 visits, the last by nobody yet.")


def test_the_counter(gallery: Gallery) -> None:
    """Each press counts one, and the count stays on other pages and on a refresh."""
    gallery.open("Counter")
    for count in (1, 2):
        gallery.button("Increment").click()
        gallery.shows(f"Count = {count}")
    gallery.there_and_back("Counter")
    gallery.shows("Count = 2")
    gallery.button("Increment").click()
    gallery.shows("Count = 3")
    gallery.refresh("Counter")
    gallery.shows("Count = 3")
    gallery.button("Increment").click()
    gallery.shows("Count = 4")


def test_the_name(gallery: Gallery) -> None:
    """Every edit counts, not every second one, and the field keeps it on a page switch."""
    gallery.open("Name")
    for name in ("Ada", "Grace", "Linus", "Edsger"):
        gallery.enter("Enter your name:", name)
        gallery.shows(f"Hello, {name}")
        expect(gallery.field("Enter your name:")).to_have_value(name)
    for come_back in (gallery.there_and_back, gallery.refresh):
        come_back("Name")
        expect(gallery.field("Enter your name:")).to_have_value("Edsger")
        gallery.shows("Hello, Edsger")
    gallery.enter("Enter your name:", "Barbara")
    gallery.shows("Hello, Barbara")


def test_names_in_a_hurry(gallery: Gallery) -> None:
    """Names entered without waiting for the script, the last with a page switch right behind."""
    gallery.open("Name")
    for name in ("Ada", "Grace", "Linus", "Edsger"):
        gallery.enter("Enter your name:", name)
    gallery.shows("Hello, Edsger")
    expect(gallery.field("Enter your name:")).to_have_value("Edsger")
    gallery.enter("Enter your name:", "Barbara")
    gallery.there_and_back("Name")
    gallery.shows("Hello, Barbara")
    expect(gallery.field("Enter your name:")).to_have_value("Barbara")


def test_the_slider(gallery: Gallery) -> None:
    """Each step of the slider arrives, and it stands where it stood after a page switch."""
    gallery.open("Slider")
    slider = gallery.result.get_by_role("slider")
    for volume in (51, 52, 53):
        slider.press("ArrowRight")
        gallery.shows(f"Volume = {volume}")
    for _ in range(10):
        slider.press("ArrowLeft")
    gallery.shows("Volume = 43")
    expect(slider).to_have_value("43")
    for come_back in (gallery.there_and_back, gallery.refresh):
        come_back("Slider")
        gallery.shows("Volume = 43")
        expect(slider).to_have_value("43")
    slider.press("ArrowRight")
    gallery.shows("Volume = 44")


def test_callbacks(gallery: Gallery) -> None:
    """The number above the buttons is new in the run that the button causes."""
    gallery.open("Callbacks")
    gallery.button("Add one").click()
    expect(gallery.metric("Total")).to_have_text("1")
    gallery.button("Add ten").click()
    expect(gallery.metric("Total")).to_have_text("11")
    for come_back in (gallery.there_and_back, gallery.refresh):
        come_back("Callbacks")
        expect(gallery.metric("Total")).to_have_text("11")


def test_reset(gallery: Gallery) -> None:
    """One button resets the plain counter and the widget, which then count on."""
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
    gallery.refresh("Reset")
    gallery.shows("Clicks = 0")
    gallery.shows("Lap 1: warm up")
    gallery.button("Click").click()
    gallery.shows("Clicks = 1")
    laps.increase.click()
    gallery.shows("Lap 2: warm up")


def test_several_keys(gallery: Gallery) -> None:
    """Three keys, three fields: each edit is kept with the others, also on a page switch."""
    gallery.open("Several keys")
    kept = gallery.result.get_by_test_id("stJson")
    gallery.enter("User name", "ada")
    expect(kept).to_contain_text('"ada"')
    gallery.enter("Age", "36")
    expect(kept).to_contain_text("36")
    gallery.result.get_by_role("combobox").click()
    gallery.page.get_by_role("option", name="Oslo").click()
    expect(kept).to_contain_text('"Oslo"')
    for come_back in (gallery.there_and_back, gallery.refresh, gallery.there_and_back):
        expect(kept).to_contain_text('"ada"')
        expect(kept).to_contain_text("36")
        expect(gallery.field("User name")).to_have_value("ada")
        expect(gallery.field("Age")).to_have_value("36")
        expect(gallery.result.get_by_role("combobox")).to_have_value("Oslo")
        come_back("Several keys")


def test_the_form_in_steps(gallery: Gallery) -> None:
    """Going back and forth, and to another page, loses no answer."""
    gallery.open("Form in steps")
    expect(gallery.button("Back")).to_be_disabled()
    gallery.field("Your name").fill("Ada")
    gallery.button("Next").click()  # with the cursor still in the field
    gallery.result.get_by_text("Large", exact=True).click()
    gallery.field("Note").fill("No sugar")
    gallery.button("Back").click()
    expect(gallery.field("Your name")).to_have_value("Ada")
    for come_back in (gallery.there_and_back, gallery.refresh):
        come_back("Form in steps")
        expect(gallery.field("Your name")).to_have_value("Ada")
    gallery.button("Next").click()
    expect(gallery.field("Note")).to_have_value("No sugar")
    expect(gallery.result.get_by_role("radio", name="Large")).to_be_checked()
    gallery.button("Next").click()
    gallery.shows("Ada takes Large.")
    gallery.refresh("Form in steps")
    gallery.shows("Ada takes Large.")
    gallery.shows("No sugar")
    expect(gallery.button("Next")).to_be_disabled()


def test_the_dashboard(gallery: Gallery) -> None:
    """Filters and goal drive the metrics and the chart, and stay on a page switch."""
    gallery.open("Dashboard")
    expect(gallery.metric("Sold")).to_have_text("352")
    expect(gallery.metric("To go")).to_have_text("48")
    expect(gallery.bars("North")).to_have_count(6)
    gallery.result.get_by_role("slider").press("ArrowLeft")
    expect(gallery.metric("Sold")).to_have_text("310")
    expect(gallery.bars("North")).to_have_count(5)
    goal = Widget(gallery.page, "Goal", "inline")
    goal.decrease.click()
    expect(gallery.metric("To go")).to_have_text("80")
    goal.text.fill("Target")
    goal.text.press("Enter")
    expect(gallery.metric("Target")).to_have_text("79%")
    for come_back in (gallery.there_and_back, gallery.refresh):
        come_back("Dashboard")
        expect(gallery.metric("Sold")).to_have_text("310")
        expect(gallery.metric("Target")).to_have_text("79%")
    expect(gallery.result.get_by_role("slider")).to_have_value("5")
    regions = gallery.result.get_by_test_id("stMultiSelect").locator("input").first
    regions.press("Backspace")
    expect(gallery.metric("Sold")).to_have_text("136")
    expect(gallery.bars("North")).to_have_count(5)
    expect(gallery.bars("South")).to_have_count(0)
    regions.press("Backspace")
    expect(gallery.metric("Sold")).to_have_text("0")
    expect(gallery.bars("North")).to_have_count(0)


def test_two_tabs(gallery: Gallery) -> None:
    """Each shows what the other changes, and both add up."""
    gallery.open("Two tabs")
    second = Gallery(gallery.page.context.new_page(), gallery.server)
    second.page.goto(gallery.page.url)
    second.on("Two tabs")
    for likes, tab, other in ((1, gallery, second), (2, second, gallery)):
        tab.button("Like").click()
        for shown in (tab, other):
            expect(shown.metric("Likes")).to_have_text(str(likes))
    gallery.enter("Note", "hello")
    expect(second.field("Note")).to_have_value("hello")
    second.refresh("Two tabs")
    expect(second.metric("Likes")).to_have_text("2")
