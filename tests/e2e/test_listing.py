"""What this package keeps in session state is not in the way of an app that takes all of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Serve


@pytest.mark.parametrize("query", ["", "?above=1"], ids=["below", "above"])
def test_an_app_may_assign_and_write_down_all_keys(
    page: Page, serve_app: Serve, query: str
) -> None:
    """Below `persist` and above it, in the run that makes a cookie and in later ones."""
    page.goto(f"{serve_app('listing').url}/{query}")
    expect(page.get_by_text('{"Add": false, "items": [], "name": ""}')).to_be_visible()
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_text('"items": [], "name": "Ada"}')).to_be_visible()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text('"items": ["Ada"], "name": "Ada"}')).to_be_visible()
    page.reload()
    expect(page.get_by_text('{"Add": false, "items": ["Ada"], "name": "Ada"}')).to_be_visible()
