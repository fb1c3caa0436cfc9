"""A visit that leaves nothing behind, and one that is remembered."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import APPS
from tests.support.server import Server, serve
from tests.support.waiting import wait_until

DAY = 24 * 3600.0
STARTED_WITH = {"word", "guess", "ticks", "drawn"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serve(APPS / "visits.py", folder=tmp_path) as running:
        yield running


def lives(folder: Path) -> dict[str, float]:
    """Return for how many days each record of a browser lives."""
    with closing(sqlite3.connect(folder / ".streamlit" / "persistent_state.db")) as plain:
        found = plain.execute(
            "SELECT key, expires_at FROM record WHERE owner LIKE '%browser:%' AND payload NOT NULL"
        ).fetchall()
    return {key: (expires_at - time.time()) / DAY for key, expires_at in found}


def visited(page: Page, server: Server) -> str:
    """Load the page, let it tick, and return the word."""
    page.goto(server.url)
    expect(page.get_by_text("Many ticks.")).to_be_visible()
    return page.get_by_text(re.compile("The word is")).inner_text()


def all_last(folder: Path) -> bool:
    found = lives(folder)
    return found.keys() >= STARTED_WITH and all(399 < days <= 400 for days in found.values())


def test_a_visit_that_touches_nothing_leaves_nothing(
    server: Server, page: Page, tmp_path: Path
) -> None:
    """Whatever the script does by itself: a word that is drawn, a clock, a run of its own."""
    visited(page, server)
    wait_until(lambda: lives(tmp_path).keys() == STARTED_WITH)
    page.close()
    assert all(1 <= days <= 1.1 for days in lives(tmp_path).values())


def test_what_was_drawn_is_there_after_a_refresh_and_stays(
    server: Server, page: Page, tmp_path: Path
) -> None:
    """The browser that comes back may come back in a year."""
    word = visited(page, server)
    assert visited(page, server) == word
    wait_until(lambda: all_last(tmp_path))


@pytest.mark.parametrize("edit", ["a click in a fragment", "a text"])
def test_the_first_edit_makes_all_of_it_stay(
    server: Server, page: Page, context: BrowserContext, tmp_path: Path, edit: str
) -> None:
    """The word that the guess was about lives as long as the guess."""
    word = visited(page, server)
    if edit == "a text":
        page.get_by_label("Your guess").fill("b")
        page.get_by_label("Your guess").press("Enter")
    else:
        page.get_by_role("button", name="Guess").click()
        expect(page.get_by_text("1 guesses.")).to_be_visible()
    wait_until(lambda: all_last(tmp_path))
    page.close()
    assert visited(context.new_page(), server) == word
