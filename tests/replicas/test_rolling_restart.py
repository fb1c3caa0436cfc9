"""Both replicas are restarted, one after the other, while people click."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from websockets.exceptions import WebSocketException

from tests.replicas.conftest import PATIENCE, Cluster, eventually
from tests.support.crowd import a_few_at_a_time, at_once
from tests.support.tab import Browser, Page, Tab

SESSIONS = 12


@dataclass
class Visitor:
    """Somebody whose page connects again when it has lost its server."""

    browser: Browser
    tab: Tab
    page: Page
    answered: int = 0
    sent: int = 0
    visits: int = 0

    def click(self) -> None:
        self.visits += 1
        self.tab.edit("Visits", 1)
        self.sent += 1
        try:
            self.tab.click("Add")
            self.answered += 1
        except (OSError, EOFError, WebSocketException):
            self.connect()

    def connect(self) -> None:
        self.tab.close()
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.tab = self.browser.open("votes=no", self.page)
                return
            except (OSError, EOFError, WebSocketException):
                assert time.monotonic() < deadline, "no replica has taken the connection"
                time.sleep(0.05)


def test_a_rolling_restart_loses_nothing_that_was_answered(cluster: Cluster) -> None:
    """Clicks on a button that were answered count; those on the widget count once, all of them."""
    browsers = a_few_at_a_time(lambda _: cluster.browser(), range(SESSIONS))
    visitors = []
    for browser in browsers:
        page = Page()
        visitors.append(Visitor(browser, browser.open("votes=no", page), page))
    ended = threading.Event()

    def work(visitor: Visitor) -> None:
        while not ended.is_set():
            visitor.click()
        visitor.tab.run()
        visitor.tab.close()

    def restart() -> None:
        try:
            for replica in cluster.replicas:
                before = [visitor.answered for visitor in visitors]
                eventually(lambda: all(v.answered > b for v, b in zip(visitors, before)), True)  # noqa: B023, B905
                replica.restart()
        finally:
            ended.set()

    restarting = threading.Thread(target=restart)
    restarting.start()
    at_once(work, visitors)
    restarting.join()
    for visitor in visitors:
        eventually(lambda: cluster.stored(visitor.browser, "visits")["counter"], visitor.visits)  # noqa: B023
        tab = visitor.browser.open("votes=no")
        assert tab.shows(f"visits {visitor.visits}, votes None in run 1.")
        tab.close()
        assert visitor.answered <= cluster.stored(visitor.browser, "count") <= visitor.sent
