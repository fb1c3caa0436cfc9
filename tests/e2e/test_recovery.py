"""A server that is killed over and over loses nothing it has saved."""

from __future__ import annotations

import os
import random
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import APPS
from tests.support.kept_file import value_of
from tests.support.server import serve

# A hundred for a thorough search: KILLS=100 pytest tests/e2e/test_recovery.py
KILLS = int(os.environ.get("KILLS", "8"))


def test_a_server_killed_at_any_moment_restores_what_it_saved(
    browser: Browser, tmp_path: Path
) -> None:
    """While somebody clicks: the next load shows what lies in the file, and that never shrinks."""
    chance = random.Random(1)
    file = tmp_path / ".streamlit" / "persistent_state.db"
    state, saved, port = None, 0, 0
    for _ in range(KILLS):
        context = browser.new_context(storage_state=state)
        page = context.new_page()
        with serve(APPS / "kept.py", folder=tmp_path, port=port) as server:
            port = server.port
            page.goto(server.url)
            expect(page.get_by_text(f"Count is {saved}, cart")).to_be_visible()
            for _ in range(chance.randrange(1, 8)):
                page.get_by_role("button", name="Add", exact=True).click()
            server.process.kill()
            server.process.wait()
        state = context.storage_state()
        context.close()
        before, saved = saved, (value_of(file, "count") or 0)
        assert saved >= before
    assert saved > 0
