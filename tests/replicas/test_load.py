"""Many sessions at once on two replicas: no error, no lost increment, each restored right.

``SESSIONS=200 SECONDS=60 pytest -s tests/replicas/test_load.py`` is the full measurement.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.replicas.conftest import Cluster, eventually
from tests.support.crowd import a_few_at_a_time, at_once
from tests.support.tab import Browser, Tab

SESSIONS = int(os.environ.get("SESSIONS", "40"))
# Streamlit itself raises when a run is asked for at the very moment at which another one ends:
# each of its script runners has a lock of its own.
OURS = "/streamlit_persistent_state/"
SECONDS = float(os.environ.get("SECONDS", "8"))


@dataclass
class Visitor:
    """Somebody who edits as fast as the answers come, and remembers what."""

    browser: Browser
    tab: Tab
    count: int = 0
    likes: int = 0
    visits: int = 0
    name: str = ""
    times: list[float] = field(default_factory=list)

    def edit(self, chance: random.Random) -> None:
        match chance.randrange(4):
            case 0:
                self.count += 1
                self.tab.click("Add")
            case 1:
                self.likes += 1
                self.tab.click("Like")
            case 2:
                self.visits += 1
                self.tab.edit("Visits", 1)
                self.tab.run()
            case _:
                self.name = f"name {len(self.times)}"
                self.tab.type("Name", self.name)

    @property
    def line(self) -> str:
        return f"name '{self.name}', visits {self.visits},"


def memory(process: int) -> float:
    """Return what a process has in memory, in MiB."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return float("nan")
    (line,) = (one for one in status.read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def test_many_sessions_lose_nothing(cluster: Cluster) -> None:
    """Forty for eight seconds, or as the environment says."""
    browsers = a_few_at_a_time(lambda _: cluster.browser(), range(SESSIONS))
    tabs = a_few_at_a_time(lambda one: one.open("votes=no"), browsers)
    visitors = [Visitor(browser, tab) for browser, tab in zip(browsers, tabs, strict=True)]
    sizes = [memory(replica.server.process.pid) for replica in cluster.replicas]
    began = time.monotonic()

    def work(visitor: Visitor) -> None:
        chance = random.Random(visitors.index(visitor))
        while (now := time.monotonic()) < began + SECONDS:
            visitor.edit(chance)
            visitor.times.append(time.monotonic() - now)

    at_once(work, visitors)
    seconds = time.monotonic() - began
    for visitor in visitors:
        visitor.tab.close()
    likes = sum(visitor.likes for visitor in visitors)
    eventually(lambda: cluster.stored(None, "likes") or 0, likes)
    for replica in cluster.replicas:
        assert OURS not in replica.log, replica.log
        assert "unsaved" not in replica.log, replica.log

    def restored(visitor: Visitor) -> None:
        tab = visitor.browser.open("votes=no")
        expected = f"Count {visitor.count}, likes {likes}, {visitor.line} votes None in run 1."
        assert tab.texts[0] == expected
        tab.close()

    a_few_at_a_time(restored, visitors)
    for replica in cluster.replicas:
        assert OURS not in replica.log, replica.log
        assert "unsaved" not in replica.log, replica.log
    times = sorted(one for visitor in visitors for one in visitor.times)
    print(
        f"\n{SESSIONS} sessions, {seconds:.0f} s: "
        f"{len(times)} edits, {len(times) / seconds:.0f}/s, "
        f"median {statistics.median(times):.2f} s, 95 % {times[len(times) * 95 // 100]:.2f} s, "
        f"slowest {times[-1]:.2f} s; memory of a replica {max(sizes):.0f} MiB at the start, "
        f"{max(memory(r.server.process.pid) for r in cluster.replicas):.0f} MiB at the end"
    )
