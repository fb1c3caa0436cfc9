"""What several sessions change at the same time, on two replicas, is all there."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from streamlit_persistent_state._identity.cookie import BASE
from tests.replicas.conftest import PATIENCE, Cluster, eventually, tab_on
from tests.support.crowd import a_few_at_a_time, at_once
from tests.support.tab import Browser, Tab
from tests.support.widget import Host, Widget

CLICKS = 20
SESSIONS = 50


@pytest.mark.parametrize("live", [True, False], ids=["live", "with the next commit"])
def test_clicks_in_two_tabs_on_two_replicas_add_up(
    context: BrowserContext, cluster: Cluster, host: Host, live: bool
) -> None:
    """Twenty in each at once are forty in the store and on both screens."""
    query = f"/?host={host}&votes=no" + ("&live=300ms" if live else "")
    pages: list[Page] = []
    for replica in cluster.replicas:
        page = context.new_page()
        page.goto(replica.url + query)
        expect(Widget(page, "Visits", host).output).to_have_text("0")
        pages.append(page)
    widgets = [Widget(page, "Visits", host) for page in pages]
    for _ in range(CLICKS):
        for widget in widgets:
            widget.increase.click()
    total = 2 * CLICKS
    cookies = {str(c["name"]): str(c["value"]) for c in context.cookies()}
    browser = Browser(cluster.url)
    browser.cookies = {n: v for n, v in cookies.items() if n.startswith(BASE)}
    eventually(lambda: (cluster.stored(browser, "visits") or {}).get("counter"), total)
    for page, widget in zip(pages, widgets, strict=True):
        if not live:
            # Its next commit brings what others have committed, and its next run shows it.
            widget.increase.click()
            total += 1
            eventually(lambda: cluster.stored(browser, "visits")["counter"], total)
            page.get_by_role("button", name="Rerun", exact=True).click()
        expect(page.get_by_text(f"visits {total},")).to_be_visible(timeout=PATIENCE * 1000)
        expect(widget.output).to_have_text(str(total))


def test_clicks_in_two_tabs_on_one_replica_add_up(cluster: Cluster) -> None:
    """Each shows all of them with its next rerun."""
    browser = cluster.browser()
    tabs = [tab_on(browser, cluster.replicas[0].url) for _ in range(2)]

    def click(tab: Tab) -> None:
        for _ in range(CLICKS):
            tab.edit("Visits", 1)
            tab.request()
        tab.click("Add")

    at_once(click, tabs)
    eventually(lambda: cluster.stored(browser, "visits")["counter"], 2 * CLICKS)
    for tab in tabs:
        eventually(lambda tab=tab: (tab.run(), tab.screen("Visits"))[1], 2 * CLICKS)  # type: ignore[misc]
        tab.close()


def test_increments_in_two_tabs_on_two_replicas_add_up(cluster: Cluster) -> None:
    """Twenty in each at once are forty in the store, and on both screens after the next commit."""
    browser = cluster.browser()
    tabs = [tab_on(browser, replica.url) for replica in cluster.replicas]

    def click(tab: Tab) -> None:
        for _ in range(CLICKS):
            tab.click("Add")

    at_once(click, tabs)
    eventually(lambda: cluster.stored(browser, "count"), 2 * CLICKS)
    for number, tab in enumerate(tabs, 1):
        tab.click("Add")
        eventually(lambda: cluster.stored(browser, "count"), 2 * CLICKS + number)
        tab.run()
        assert tab.shows(f"Count {2 * CLICKS + number},")
        tab.close()


def test_what_everybody_counts_survives_fifty_sessions(cluster: Cluster) -> None:
    """At once, on two replicas: no increment and no click is lost, and none counts twice."""
    browsers = a_few_at_a_time(lambda _: cluster.browser(), range(SESSIONS))
    tabs = a_few_at_a_time(lambda browser: browser.open(), browsers)

    def click(tab: Tab) -> None:
        for _ in range(4):
            tab.click("Like")
            tab.edit("Votes", 1)
            tab.run()
        tab.close()

    at_once(click, tabs)
    eventually(lambda: cluster.stored(None, "likes"), 4 * SESSIONS)
    eventually(lambda: cluster.stored(None, "votes")["counter"], 4 * SESSIONS)
    for browser in browsers[:4]:
        tab = browser.open()
        assert tab.shows(f"likes {4 * SESSIONS},")
        assert tab.shows(f"votes {4 * SESSIONS} in run 1.")
        tab.close()
