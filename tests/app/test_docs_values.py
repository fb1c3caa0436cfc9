"""The code of docs/values.md runs as it stands, and does what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import _settings, configure
from streamlit_persistent_state.stores import MemoryStore

PAGE = Path(__file__).parents[2] / "docs" / "values.md"
TODOS, MONEY, HTTPX, BOARD = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        (TODOS, "0 to do", "2 to do"),
        (MONEY, "250", "270"),
        (HTTPX, None, "42"),
        (BOARD, "X", "X"),
    ],
    ids=["types", "a plain class", "an answer", "a board"],
)
def test_an_example_keeps_what_it_says(
    monkeypatch: pytest.MonkeyPatch, code: str, before: str | None, after: str
) -> None:
    """Over two clicks, and in the first run of a new session."""
    monkeypatch.setattr(_settings, "_configured", {})
    configure(store=MemoryStore())
    code = code.replace("persist(", 'kept = persist(scope="app", ')
    code += "\nst.session_state.kept = kept\n"

    def shown(at: AppTest) -> list[str]:
        assert not at.exception, at.exception
        return [element.value.replace("`", "") for element in at.markdown]

    at = AppTest.from_string(code).run()
    assert shown(at) == ([] if before is None else [before])
    for _ in range(2):
        at.button[0].click().run()
    assert shown(at) == [after]
    assert at.session_state["kept"].save()
    again = AppTest.from_string(code).run()
    assert shown(again) == [after]
    if code.startswith(BOARD[:20]) and "Board" in code:
        assert again.session_state["board"].cells[1, 1] == "O"
