"""The README's code runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state.testing import edit

README = Path(__file__).parents[2] / "README.md"
APP, TEST = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Return a folder with the README's app and its test."""
    (tmp_path / "app.py").write_text(APP, "utf-8")
    return tmp_path


def test_the_first_screen_is_twelve_lines() -> None:
    """Short enough to be read at a glance."""
    assert len([line for line in APP.splitlines() if line.strip()]) <= 12


def test_the_app_runs_and_its_buttons_do_what_they_say(app: Path) -> None:
    """Pasted into a file, the first example works."""
    at = AppTest.from_file(str(app / "app.py")).run()
    assert not at.exception
    at.text_input[0].set_value("Ada").run()
    at.button[0].click().run()
    edit(at, "visits", counter=2, text="Grace")
    said = [markdown.value for markdown in at.markdown]
    assert said == ["1 clicks by Ada.", "2 visits, the last by Grace."]
    at.button[1].click().run()
    said = [markdown.value for markdown in at.markdown]
    assert said == ["0 clicks by Ada.", "0 visits, the last by nobody yet."]


def test_the_example_test_passes(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test the README shows is a test of the app the README shows."""
    monkeypatch.chdir(app)
    names: dict[str, object] = {}
    exec(compile(TEST, "README.md", "exec"), names)
    shown = names["test_visits"]
    assert callable(shown)
    shown()
