"""The gallery: every pattern of session state as one page, its source beside it."""

from pathlib import Path

import streamlit as st

PATTERNS = Path(__file__).parent / "patterns"
PAGES = {
    "The widget": [("widget", "Counter and text", "exposure_plus_1")],
    "Session state": [
        ("counter", "Counter", "counter_1"),
        ("name", "Name", "badge"),
        ("slider", "Slider", "tune"),
        ("callbacks", "Callbacks", "bolt"),
        ("reset", "Reset", "restart_alt"),
        ("keys", "Several keys", "key"),
        ("steps", "Form in steps", "checklist"),
        ("dashboard", "Dashboard", "monitoring"),
    ],
}

st.set_page_config("Session state patterns", layout="wide")
pages = {
    section: [
        st.Page(PATTERNS / f"{name}.py", title=title, icon=f":material/{icon}:")
        for name, title, icon in patterns
    ]
    for section, patterns in PAGES.items()
}
page = st.navigation(pages)
source = next(
    PATTERNS / f"{name}.py"
    for patterns in PAGES.values()
    for name, title, _ in patterns
    if title == page.title
)

result, code = st.columns([2, 3], gap="large")
with result:
    page.run()
with code:
    st.caption(f"examples/patterns/{source.name}")
    st.code(source.read_text("utf-8"))
