"""No edit is lost, however fast it comes and however long the script takes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Serve
from tests.support.widget import Host, Widget


def python_has(page: Page, counter: int, text: str = "") -> None:
    """Wait until the script shows these values."""
    expect(page.get_by_text(f"Python has {counter} and '{text}' in run")).to_be_visible()


@pytest.fixture
def open_basic(page: Page, host: Host, serve_app: Serve):
    def go(query: str = "") -> Widget:
        page.goto(f"{serve_app('basic').url}/?host={host}{query}")
        widget = Widget(page, "Visits", host)
        python_has(page, 0)
        expect(widget.output).to_have_text("0")
        return widget

    return go


@pytest.mark.parametrize("delay", ["0", "0.3"])
def test_twenty_rapid_clicks_are_twenty(page: Page, open_basic, delay: str) -> None:
    """Twenty clicks count twenty in Python and on the screen, also while a slow script runs."""
    widget = open_basic(f"&delay={delay}")
    for _ in range(20):
        widget.increase.click()
    expect(widget.output).to_have_text("20")
    python_has(page, 20)
    expect(widget.output).to_have_text("20")
