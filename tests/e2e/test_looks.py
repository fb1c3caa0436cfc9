"""It looks and feels like Streamlit's own widgets, for eyes, hands and screen readers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from tests.e2e.conftest import Serve
from tests.support.widget import Host, Widget

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

# Whether the font that the element's style asks for first is loaded in its document.
FONT_LOADED = """async element => {
    const document = element.ownerDocument;
    const family = document.defaultView.getComputedStyle(element).fontFamily.split(",")[0];
    await document.fonts.ready;
    return [...document.fonts].some(face => face.status === "loaded"
        && face.family.replaceAll('"', "") === family.replaceAll('"', ""));
}"""

LONG_LABEL = "A label that is long enough to need more than one line in a narrow column"

CUSTOM = (
    "--theme.base=dark",
    "--theme.primaryColor=#00c2a8",
    "--theme.backgroundColor=#101828",
    "--theme.secondaryBackgroundColor=#1d2939",
    "--theme.textColor=#fefefe",
    "--theme.borderColor=#667085",
    "--theme.baseRadius=large",
    "--theme.buttonRadius=full",
    "--theme.font=serif",
    "--theme.baseFontSize=18",
)

# What axe-core asks of a whole page, it asks of a frame in one as well.
WHOLE_PAGE_RULES = {
    name: {"enabled": False} for name in ("landmark-one-main", "page-has-heading-one", "region")
}

Open = Callable[..., Widget]


@pytest.fixture
def open_case(page: Page, host: Host, serve_app: Serve) -> Open:
    def go(case: str, *options: str, label: str = "Visits", **query: str) -> Widget:
        extra = "".join(f"&{name}={value}" for name, value in query.items())
        page.goto(f"{serve_app('looks', *options).url}/?host={host}&case={case}{extra}")
        within = page.get_by_test_id("stElementContainer").first if host == "iframe" else None
        widget = Widget(page, label, host, within)
        expect(widget.output).to_be_visible()
        return widget

    return go


def style(element: Locator, *names: str) -> dict[str, str]:
    """Return computed styles; colours as red, green, blue and alpha, however they are written."""
    found: dict[str, str] = element.evaluate(
        """(element, names) => {
            const style = element.ownerDocument.defaultView.getComputedStyle(element);
            const pen = new OffscreenCanvas(1, 1).getContext("2d");
            const read = name => {
                const value = style.getPropertyValue(name);
                if (!name.endsWith("color")) return value;
                pen.clearRect(0, 0, 1, 1);
                pen.fillStyle = value;
                pen.fillRect(0, 0, 1, 1);
                return pen.getImageData(0, 0, 1, 1).data.join(" ");
            };
            return Object.fromEntries(names.map(name => [name, read(name)]));
        }""",
        list(names),
    )
    return found


def box(element: Locator) -> FloatRect:
    found = element.bounding_box()
    assert found
    return found


FRAME = ("background-color", "border-top-width", "border-radius", "height")
TEXT = ("color", "font-size", "font-family")


@pytest.mark.parametrize("theme", ["light", "dark", "custom"])
def test_it_sits_beside_native_widgets_without_standing_out(
    browser: Browser, host: Host, serve_app: Serve, theme: str
) -> None:
    """Same sizes, colours, radius and font as st.number_input and st.text_input in any theme."""
    options = CUSTOM if theme == "custom" else ()
    context = browser.new_context(color_scheme="light" if theme == "light" else "dark")
    page = context.new_page()
    page.goto(f"{serve_app('looks', *options).url}/?host={host}")
    number = page.get_by_test_id("stNumberInput").first
    for label, native_number, native_text in (
        (
            "Visits",
            page.get_by_test_id("stNumberInput").first,
            page.get_by_test_id("stTextInput").first,
        ),
        ("Off", page.get_by_test_id("stNumberInput").last, page.get_by_test_id("stTextInput").last),
    ):
        within = None
        if host == "iframe":
            place = page.get_by_test_id("stElementContainer").filter(has=page.locator("iframe"))
            within = place.nth(0 if label == "Visits" else 1)
        widget = Widget(page, label, host, within)
        expect(widget.output).to_be_visible()
        native_frame = native_number.get_by_test_id("stNumberInputContainer")
        for field in (widget.output.locator(".."), widget.text.locator("..")):
            assert style(field, *FRAME) == style(native_frame, *FRAME)
        assert style(widget.text, *TEXT) == style(native_text.locator("input"), *TEXT)
        assert style(widget.output, *TEXT) == style(native_number.locator("input"), *TEXT)
        assert widget.output.evaluate(FONT_LOADED)
        native_label = native_number.get_by_test_id("stMarkdownContainer").locator("p")
        own_label = widget.root.get_by_text(label, exact=True)
        assert style(own_label, *TEXT) == style(native_label, *TEXT)
        assert style(widget.increase, "color", "width", "height") == style(
            native_number.get_by_test_id("stNumberInputStepUp"), "color", "width", "height"
        )
        assert box(widget.root)["height"] == pytest.approx(box(native_number)["height"], abs=1)
        assert box(widget.root)["width"] == pytest.approx(box(native_number)["width"], abs=1)
    button = page.get_by_role("button", name="Button", exact=True)
    first = page.get_by_test_id("stElementContainer").first if host == "iframe" else None
    names = ("height", "border-radius")
    assert style(Widget(page, "Visits", host, first).reset, *names) == style(button, *names)
    assert number.count() == 1
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("case", ["beside", "bounds", "collapsed"])
def test_axe_finds_nothing(
    browser: Browser, host: Host, serve_app: Serve, scheme: Any, case: str
) -> None:
    """No accessibility rule is broken by the widget, in light and dark."""
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{serve_app('looks').url}/?host={host}&case={case}")
    within = page.get_by_test_id("stElementContainer").first if host == "iframe" else None
    widget = Widget(page, "Visits", host, within)
    widget.text.fill("typing")
    for frame in page.frames:
        frame.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        "async ([element, rules]) => (await axe.run(element, {rules})).violations",
        [page.get_by_test_id("stElementContainer").first.element_handle(), WHOLE_PAGE_RULES],
    )
    problems = [f"{v['id']}: {n['html'][:200]}" for v in found for n in v["nodes"]]
    assert problems == []
    context.close()


def test_names_for_screen_readers(open_case: Open) -> None:
    """Buttons, number and field are named after the label; the number is announced politely."""
    widget = open_case("beside")
    for element in (widget.increase, widget.decrease, widget.reset, widget.text):
        expect(element).to_have_count(1)
    assert widget.output.evaluate("output => output.tagName") == "OUTPUT"
    expect(widget.output).to_have_attribute("aria-live", "polite")


def test_the_keyboard_does_everything(page: Page, open_case: Open) -> None:
    """Tab reaches each control in reading order, visibly; Space and Enter press the buttons."""
    widget = open_case("beside")
    controls = [
        widget.root.get_by_role("button", name="Help for Visits"),
        widget.decrease,
        widget.increase,
        widget.text,
        widget.reset,
    ]
    controls[0].focus()
    for control in controls:
        expect(control).to_be_focused()
        if control is not widget.text:
            page.keyboard.press("Shift")
            assert style(control, "outline-style")["outline-style"] == "solid"
        if control is widget.increase:
            page.keyboard.press("Space")
            page.keyboard.press("Enter")
            expect(widget.output).to_have_text("2")
        page.keyboard.press("Tab")
    widget.reset.focus()
    page.keyboard.press("Enter")
    expect(widget.output).to_have_text("0")


def test_the_focused_field_is_marked_as_the_native_one(page: Page, open_case: Open) -> None:
    """The border of the focused text field takes the primary colour."""
    widget = open_case("beside")
    native = page.get_by_test_id("stTextInput").first
    native.locator("input").focus()
    frame = native.get_by_test_id("stTextInputRootElement")
    # The border's colour moves in 0.2 s; compare where both transitions have ended.
    page.wait_for_function("element => !element.getAnimations().length", arg=frame.element_handle())
    wanted = style(frame, "border-top-color")
    widget.text.focus()
    field = widget.text.locator("..")
    field.evaluate("element => Promise.all(element.getAnimations().map(a => a.finished))")
    assert style(field, "border-top-color") == wanted


def test_bounds_disable_the_buttons(open_case: Open) -> None:
    """A button that would leave the bounds is disabled, as in st.number_input."""
    widget = open_case("bounds")
    widget.decrease.click()
    expect(widget.output).to_have_text("-2")
    expect(widget.decrease).to_be_disabled()
    for shown in ("0", "2", "4"):
        widget.increase.click()
        expect(widget.output).to_have_text(shown)
    expect(widget.increase).to_be_disabled()
    expect(widget.decrease).to_be_enabled()


def test_max_chars_is_counted_and_kept(page: Page, open_case: Open) -> None:
    """While typing, the field says how to apply and how much room is left; more does not fit."""
    widget = open_case("beside")
    expect(widget.text).to_have_attribute("placeholder", "Type here")
    widget.text.click()
    page.keyboard.type("abc")
    expect(widget.root.get_by_text("Press Enter to apply")).to_be_visible()
    expect(widget.root.get_by_text("3/10")).to_be_visible()
    page.keyboard.type("defghijklm")
    expect(widget.text).to_have_value("abcdefghij")
    expect(widget.root.get_by_text("10/10")).to_be_visible()
    page.keyboard.press("Enter")
    expect(widget.root.get_by_text("Press Enter to apply")).to_have_count(0)


def test_a_disabled_widget_takes_no_edit(page: Page, host: Host, open_case: Open) -> None:
    """All its controls are disabled and its value can be read."""
    open_case("beside")
    place = page.get_by_test_id("stElementContainer").filter(has=page.locator("iframe"))
    widget = Widget(page, "Off", host, place.nth(1) if host == "iframe" else None)
    for control in (widget.increase, widget.decrease, widget.reset, widget.text):
        expect(control).to_be_disabled()
    expect(widget.text).to_have_value("off")


def test_help_opens_on_hover_and_on_focus(page: Page, open_case: Open) -> None:
    """The tooltip is on the screen, whole, and goes away again."""
    widget = open_case("beside")
    icon = widget.root.get_by_role("button", name="Help for Visits")
    tip = widget.root.get_by_role("tooltip")
    expect(tip).to_be_hidden()
    icon.hover()
    expect(tip).to_have_text("How often")
    expect(tip).to_be_in_viewport(ratio=1)
    page.mouse.move(0, 0)
    expect(tip).to_be_hidden()
    icon.focus()
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()


def test_a_hidden_label_keeps_its_space_and_its_names(page: Page, open_case: Open) -> None:
    """label_visibility="hidden": the height of a labelled widget, no label to see."""
    widget = open_case("hidden")
    assert box(widget.root)["height"] == pytest.approx(68, abs=1)
    expect(widget.root.get_by_text("Visits", exact=True)).to_be_hidden()
    expect(widget.increase).to_be_visible()


def test_a_collapsed_label_takes_no_space(page: Page, open_case: Open) -> None:
    """label_visibility="collapsed": as high as a native widget without a label; no Reset."""
    widget = open_case("collapsed")
    native = page.get_by_test_id("stTextInput")
    assert box(widget.root)["height"] == pytest.approx(box(native)["height"], abs=1)
    expect(widget.reset).to_have_count(0)
    expect(widget.increase).to_be_visible()


@pytest.mark.parametrize("width", [120, 180, 260, 390, 700])
def test_nothing_is_clipped_in_narrow_places(
    page: Page, host: Host, open_case: Open, width: int
) -> None:
    """Every control lies inside the widget, and the widget inside its place."""
    widget = open_case("width", label=LONG_LABEL, width=str(width))
    place = box(widget.root)
    assert place["width"] == pytest.approx(width, abs=1)
    below = box(page.get_by_text("below"))
    assert below["y"] >= place["y"] + place["height"]
    for role in ("button", "textbox", "status"):
        for control in widget.root.get_by_role(role).all():
            inner = box(control)
            assert inner["x"] >= place["x"] - 0.5
            assert inner["x"] + inner["width"] <= place["x"] + place["width"] + 0.5
            assert inner["y"] + inner["height"] <= place["y"] + place["height"] + 0.5
            assert inner["width"] >= 16
    if host == "iframe":
        frame = box(page.locator("iframe"))
        assert frame["height"] == pytest.approx(place["height"], abs=1)


@pytest.fixture
def watched(page: Page) -> Page:
    """Note every height that a frame of the page ever has."""
    page.add_init_script(
        """if (window === window.top) {
            window.heights = [];
            new MutationObserver(() => {
                for (const frame of document.querySelectorAll("iframe")) {
                    const height = frame.getAttribute("height");
                    if (height !== window.heights.at(-1)) window.heights.push(height);
                }
            }).observe(document, {attributes: true, childList: true, subtree: true});
        }"""
    )
    return page


@pytest.mark.parametrize(("case", "height"), [("bounds", "68"), ("collapsed", "40")])
def test_the_frame_has_its_height_from_the_start(
    watched: Page, serve_app: Serve, case: str, height: str
) -> None:
    """Nothing below the widget jumps while it loads: the frame's height never changes."""
    watched.goto(f"{serve_app('looks').url}/?host=iframe&case={case}")
    widget = Widget(watched, "Visits", "iframe")
    widget.increase.click()
    expect(widget.output).not_to_have_text("0")
    assert watched.evaluate("heights") == [height]
