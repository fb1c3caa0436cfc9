"""Pages of two replicas under uvicorn hear of each other at once, without asking the store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.replicas.conftest import Cluster, running

PATIENCE = 30_000


@pytest.fixture(scope="module", params=["redis", "postgresql"])
def started(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    with running(request.param, asgi=True) as cluster:
        yield cluster


def opened(browser: Browser, url: str) -> Page:
    """Open a page in a browser of its own."""
    page = browser.new_context().new_page()
    page.goto(f"{url}/?live=yes")
    expect(page.get_by_text("in run 1.")).to_be_visible()
    return page


def shows(page: Page, text: str) -> None:
    expect(page.get_by_text(text)).to_be_visible(timeout=PATIENCE)


def test_another_replica_shows_a_change_at_once(browser: Browser, cluster: Cluster) -> None:
    """Each change once, in both directions, and none of its own."""
    pages = [opened(browser, replica.url) for replica in cluster.replicas]
    for likes in range(1, 5):
        pages[likes % 2].get_by_role("button", name="Like").click()
        for page in pages:
            shows(page, f"likes {likes}, name '', visits 0, votes 0 in run {likes + 1}.")
    for page in pages:
        page.context.close()


def test_a_replica_that_stops_does_not_wait_for_its_pages(
    browser: Browser, cluster: Cluster
) -> None:
    """They go on with the other replica, and hear of news from there."""
    staying, leaving = cluster.replicas
    pages = [opened(browser, cluster.url) for _ in range(2)]
    process = leaving.server.process
    leaving.stop()
    assert process.returncode in (0, -15), "it was killed in the end"
    try:
        other = opened(browser, staying.url)
        other.get_by_role("button", name="Like").click()
        for page in pages:
            shows(page, "likes 1,")
            page.context.close()
        other.context.close()
    finally:
        leaving.start(leaving.server.port)
