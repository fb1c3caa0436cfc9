"""Connections go to the replicas in turns, and no page load can tell."""

from __future__ import annotations

import re
import urllib.request

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.replicas.conftest import Cluster
from tests.support.tab import Browser
from tests.support.widget import Host, Widget

LOADS = 6
REPLICA = re.compile(r"Replica (\d)\.")


def replica(page: Page) -> str:
    return page.get_by_text(REPLICA).inner_text()


def test_each_load_is_right_in_its_first_run(
    context: BrowserContext, cluster: Cluster, host: Host
) -> None:
    """Loaded right after the answer to a click, wherever click and page land."""
    page = context.new_page()
    page.goto(f"{cluster.url}/?host={host}&votes=no")
    expect(
        page.get_by_text("Count 0, likes 0, name '', visits 0, votes None in run 1")
    ).to_be_visible()
    moves = set()
    for count in range(1, LOADS + 1):
        before = replica(page)
        widget = Widget(page, "Visits", host)
        expect(widget.output).to_have_text(str(count - 1))
        widget.increase.click()
        page.get_by_role("button", name="Add", exact=True).click()
        # What a busy server has not answered yet, no other one can know.
        expect(
            page.get_by_text(f"Count {count}, likes 0, name '', visits {count},")
        ).to_be_visible()
        old, page = page, context.new_page()
        page.goto(f"{cluster.url}/?host={host}&votes=no")
        old.close()
        expect(
            page.get_by_text(f"Count {count}, likes 0, name '', visits {count},")
        ).to_be_visible()
        expect(page.get_by_text("in run 1.")).to_be_visible()
        moves.add((before, replica(page)))
    assert {after for _, after in moves} <= {"Replica 1.", "Replica 2."}


def test_loads_land_on_both_replicas(cluster: Cluster) -> None:
    """And show the same: in turns, each with a click of its own."""
    browser = cluster.browser()
    seen = []
    for count in range(LOADS):
        tab = browser.open()
        assert tab.shows(f"Count {count}, likes {count},")
        assert tab.shows("in run 1.")
        tab.click("Add")
        tab.click("Like")
        seen.append(tab.texts[-1])
        tab.close()
    assert set(seen) == {"Replica 1.", "Replica 2."}


@pytest.mark.parametrize(
    "path", ["component/streamlit_persistent_state._streamlit.component.streamlit_persistent_state"]
)
def test_files_come_from_the_replica_that_has_them(cluster: Cluster, path: str) -> None:
    """A replica that was started just now has shown the widget to nobody."""
    one, other = cluster.replicas
    other.restart()
    Browser(one.url).open("host=iframe").close()
    statuses = []
    for _ in range(4):
        with urllib.request.urlopen(f"{cluster.url}/{path}/index.html", timeout=30) as answer:
            statuses.append(answer.status)
    assert statuses == [200] * 4
