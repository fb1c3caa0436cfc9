"""Reset and forget beat what other replicas have changed before, and nothing after."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest

from tests.replicas.conftest import Cluster, eventually, tab_on
from tests.support.crowd import at_once
from tests.support.tab import Tab


@dataclass
class Clicker:
    """Clicks on and on, and counts the clicks that were answered before and sent after."""

    tab: Tab
    before: int = 0
    sent_after: int = 0
    total: int = 0


@pytest.mark.parametrize("way", ["Reset all", "Forget all"])
def test_it_beats_what_another_replica_holds(cluster: Cluster, way: str) -> None:
    """A session that has not heard of it yet goes on from the defaults, not from its old values."""
    browser = cluster.browser()
    one, other = (tab_on(browser, replica.url) for replica in cluster.replicas)
    for _ in range(5):
        one.click("Add")
        one.click("Like")
    eventually(lambda: cluster.stored(browser, "count"), 5)
    eventually(lambda: cluster.stored(None, "likes"), 5)
    other.click(way)
    one.click("Add")
    one.click("Like")
    eventually(lambda: cluster.stored(browser, "count"), 1)
    eventually(lambda: cluster.stored(None, "likes"), 1)
    for tab in (one, other):
        tab.close()
    again = browser.open()
    assert again.shows("Count 1, likes 1, name '', visits 0, votes 0 in run 1.")
    again.close()


@pytest.mark.parametrize("way", ["Reset all", "Forget all"])
def test_it_beats_clicks_that_come_in_all_the_time(cluster: Cluster, way: str) -> None:
    """What was answered before is gone; what was sent after its answer is there."""
    clickers = [Clicker(cluster.browser().open()) for _ in range(8)]
    button = cluster.browser().open()
    warm, pressed, done = threading.Barrier(9), threading.Event(), threading.Event()

    def click(clicker: Clicker) -> None:
        for number in range(30):
            if number == 5:
                warm.wait(60)
            begun_after = done.is_set()
            clicker.tab.click("Like")
            clicker.total += 1
            clicker.sent_after += begun_after
            clicker.before += not pressed.is_set()
        clicker.tab.close()

    def press(_: None) -> None:
        warm.wait(60)
        eventually(lambda: sum(c.before for c in clickers) >= 60, True)
        eventually(lambda: (cluster.stored(None, "likes") or 0) >= 60, True)
        pressed.set()
        button.click(way)
        done.set()

    work = threading.Thread(target=press, args=(None,))
    work.start()
    at_once(click, clickers)
    work.join()
    button.close()
    counted = settled(cluster)
    least = sum(clicker.sent_after for clicker in clickers)
    most = sum(clicker.total - clicker.before for clicker in clickers)
    assert least <= counted <= most


def settled(cluster: Cluster) -> int:
    """Return what everybody has counted once a page load has had all sessions' ends."""
    tab = cluster.browser().open()
    tab.click("Like")
    seen = next(text for text in tab.texts if "likes" in text)
    eventually(lambda: (cluster.stored(None, "likes") or 0) >= 1, True)
    tab.close()
    return int(seen.partition("likes ")[2].partition(",")[0]) - 1
