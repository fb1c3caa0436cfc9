"""docs/security.md: each test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "security.md"


def test_each_test_that_is_named_is_there() -> None:
    """A promise about attackers points at what shows it."""
    there = {path.relative_to(TESTS).as_posix(): path.read_text() for path in TESTS.rglob("*.py")}
    named = re.findall(r"`([\w/]+\.py)?(?:::)?(test_\w+)?`", PAGE.read_text("utf-8"))
    file = ""
    checked = 0
    for path, test in named:
        if path:
            (file,) = [name for name in there if name == path or name.endswith(f"/{path}")]
        if test:
            assert f"def {test}(" in there[file], f"{file}::{test}"
            checked += 1
    assert checked > 10
