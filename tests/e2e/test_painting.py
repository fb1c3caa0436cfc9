"""Streamlit's own widgets paint what was kept, and never their default."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Serve

# What the frames show of each widget. A text input is empty for a frame in every app.
FRAMES = """window.painted = {};
const face = (part) => [
    ...[...part.querySelectorAll("input, textarea")].map((field) =>
        ["checkbox", "radio"].includes(field.type) ? field.checked : field.value),
    ...[...part.querySelectorAll("button[kind]")].map((button) => button.getAttribute("kind")),
    ...[...part.querySelectorAll("[data-testid=stColorPickerBlock]")].map((block) =>
        getComputedStyle(block).backgroundColor),
    part.innerText,
].join("|");
const look = () => {
    for (const part of document.querySelectorAll("[class*=st-key-kept]")) {
        const key = [...part.classList].find((name) => name.startsWith("st-key-")).slice(7);
        const now = face(part);
        const faces = (painted[key] ??= []);
        const isEmpty = part.querySelector(".stTextInput, .stTextArea") && now.startsWith("|");
        if (now && faces.at(-1) !== now && !isEmpty) faces.push(now);
    }
    requestAnimationFrame(look);
};
requestAnimationFrame(look);"""


def test_no_widget_paints_its_default(page: Page, serve_app: Serve) -> None:
    """On three loads, what the first frame shows of each widget stays until the second run."""
    page.goto(serve_app("painting").url)
    expect(page.get_by_text("runs is 1.")).to_be_visible()
    page.get_by_role("button", name="Fill").click()
    expect(page.get_by_text("runs is 2.")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="kept_number")).to_have_value("7")
    page.add_init_script(FRAMES)
    for _ in range(3):
        page.reload()
        expect(page.get_by_text("runs is 1.")).to_be_visible()
        page.get_by_role("button", name="Run").click()
        expect(page.get_by_text("runs is 2.")).to_be_visible()
        painted = page.evaluate("painted")
        assert len(painted) == 23
        assert {key: faces for key, faces in painted.items() if len(faces) != 1} == {}
        assert painted["kept_color"] == ["rgb(0, 255, 0)|kept_color"]
