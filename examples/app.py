"""The gallery: every pattern of session state as one page, its source beside it."""

from pathlib import Path

import streamlit as st

PATTERNS = Path(__file__).parent / "patterns"
PAGES = {
    "The widget": {
        "widget": ("Counter and text", "exposure_plus_1", "One value, edited here and in Python."),
    },
    "Session state": {
        "counter": ("Counter", "counter_1", "A number that outlives the rerun of its button."),
        "name": ("Name", "badge", "A text that is there again when you come back to the page."),
        "slider": ("Slider", "tune", "The same with a number between two bounds."),
        "callbacks": ("Callbacks", "bolt", "Functions that run before the script does."),
        "reset": ("Reset", "restart_alt", "One button that takes everything back to its start."),
        "keys": ("Several keys", "key", "Session state is a dictionary: any number of keys."),
        "steps": ("Form in steps", "checklist", "Back and forth without losing an answer."),
        "dashboard": (
            "Dashboard",
            "monitoring",
            "Filters and a goal that drive numbers and a chart.",
        ),
        "tabs": ("Two tabs", "tab", "What one tab changes shows in the other at once."),
    },
}

st.set_page_config("Session state patterns", layout="wide", initial_sidebar_state=230)
chosen = st.navigation(
    {
        section: [
            st.Page(PATTERNS / f"{name}.py", title=title, icon=f":material/{icon}:")
            for name, (title, icon, _) in patterns.items()
        ]
        for section, patterns in PAGES.items()
    }
)
name, summary = next(
    (name, summary)
    for patterns in PAGES.values()
    for name, (title, _, summary) in patterns.items()
    if title == chosen.title
)

st.title(chosen.title)
st.write(f"{summary} Refresh now: it stays.")
result, source = st.columns([3, 4], gap="large")
# The source comes first: a page that stops or fails still shows it.
with source:
    st.code((PATTERNS / f"{name}.py").read_text("utf-8"), wrap_lines=True)
    st.caption(f"examples/patterns/{name}.py")
with result:
    chosen.run()
