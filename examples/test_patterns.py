"""How to test an app that keeps state: with AppTest, and no browser, server or file."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from streamlit_persistent_state.testing import edit

PATTERNS = Path(__file__).parent / "patterns"


def test_the_counter_counts() -> None:
    """What persist() keeps is in session state like any other value."""
    at = AppTest.from_file(PATTERNS / "counter.py").run()
    at.button[0].click().run()
    assert at.session_state["count"] == 1


def test_each_apptest_starts_from_nothing() -> None:
    """Another test's values are not there, nor those of your own browser."""
    at = AppTest.from_file(PATTERNS / "counter.py").run()
    assert at.session_state["count"] == 0


def test_the_widget_is_edited_and_reset() -> None:
    """testing.edit does what a user does with the mouse and the keyboard."""
    at = AppTest.from_file(PATTERNS / "reset.py").run()
    edit(at, "laps", counter=5, text="fast")
    assert at.session_state["laps"] == {"counter": 5, "text": "fast"}
    at.button[1].click().run()
    assert at.session_state["laps"] == {"counter": 1, "text": "warm up"}
