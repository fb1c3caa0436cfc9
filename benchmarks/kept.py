"""What keeping state costs: a page load, a rerun, a load and a commit of the SQLite store."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from playwright.sync_api import Browser, BrowserContext, expect

from benchmarks.pages import APPS, in_turn
from benchmarks.stats import Row, row
from streamlit_persistent_state.stores import SQLiteStore, Write
from tests.support.server import serve

NAME = "kept"
_OWNERS = 1_000_000


def measure(browser: Browser, quick: bool) -> list[Row]:
    with TemporaryDirectory() as folder:
        return [
            *_page_loads(browser, 4 if quick else 60),
            *_reruns(browser, Path(folder), 5 if quick else 100),
            *_commits(Path(folder), 100 if quick else 2000),
            *_store_loads(Path(folder), 20 if quick else 300, _OWNERS // (20 if quick else 1)),
        ]


def _page_loads(browser: Browser, rounds: int) -> list[Row]:
    """Time a load until the script's answer stands on the page; the keys are restored."""
    kinds = ("plain", "kept")
    found: dict[str, list[float]] = {kind: [] for kind in kinds}
    runs: dict[str, set[str]] = {kind: set() for kind in kinds}
    with serve(APPS / "kept.py") as server:
        visitors: dict[str, BrowserContext] = {kind: browser.new_context() for kind in kinds}
        # The first visit has nothing to restore, and is not counted.
        for number in range(rounds + 1):
            for kind in in_turn(kinds, number):
                page = visitors[kind].new_page()
                start = perf_counter()
                page.goto(f"{server.url}/?kind={kind}", wait_until="commit")
                page.locator(".st-key-python").wait_for()
                if number > 0:
                    found[kind].append((perf_counter() - start) * 1000)
                    runs[kind].add(page.locator(".st-key-python").inner_text())
                page.close()
        for context in visitors.values():
            context.close()
    assert runs["plain"] == runs["kept"] == {"Python has 1"}
    measure = "load with 3 restored keys"
    return [
        row(NAME, measure, "plain", "ms", found["plain"]),
        row(
            NAME,
            measure,
            "kept",
            "ms",
            found["kept"],
            against=("plain", found["plain"]),
            target=1.05,
        ),
    ]


def _reruns(browser: Browser, folder: Path, runs: int) -> list[Row]:
    """Time the start and the end of reruns in which nothing has changed."""
    out = folder / "out"
    with serve(APPS / "kept.py", env={"BENCHMARK_OUT": str(out)}) as server:
        for kind in ("keys", "large"):
            page = browser.new_page()
            # From the second visit on, there is no cookie to write.
            for query in ("", "&time=1"):
                page.goto(f"{server.url}/?kind={kind}{query}")
                expect(page.locator(".st-key-python")).to_have_text("Python has 1")
                page.wait_for_function("document.cookie.includes('streamlit_persistent_state_')")
            for number in range(1, runs + 1):
                expect(page.locator(".st-key-python")).to_have_text(f"Python has {number}")
                expect(page.locator("[data-test-script-state=notRunning]")).to_be_attached()
                page.get_by_role("button", name="Rerun").click()
            expect(page.locator(".st-key-python")).to_have_text(f"Python has {runs + 1}")
            page.close()
    took: dict[str, list[float]] = defaultdict(list)
    for line in map(json.loads, out.read_text().splitlines()):
        if line["run"] > 5:
            took[line["kind"]].append(line["took"])
    return [
        row(NAME, "persist of 20 unchanged keys", "kept", "ms", took["keys"], target=0.5),
        row(NAME, "persist of an unchanged 1 MB list", "kept", "ms", took["large"], target=10),
    ]


def _timed(call: Callable[[], object]) -> float:
    start = perf_counter()
    call()
    return (perf_counter() - start) * 1e6


def _commits(folder: Path, rounds: int) -> list[Row]:
    """Commit two keys, against the bare statements with the same durability."""
    store = SQLiteStore(folder / "commits.db")
    store.commit("bare", [Write(key, b"0", 1) for key in "ab"])
    bare = sqlite3.connect(folder / "commits.db", isolation_level=None)
    bare.execute("PRAGMA synchronous = NORMAL")
    known = store.commit("store", [Write(key, b"0", 1) for key in "ab"])
    found: dict[str, list[float]] = {"bare": [], "store": []}

    def by_store() -> None:
        nonlocal known
        known = store.commit(
            "store", [Write(key, b"12345", 1, known[key].revision) for key in "ab"]
        )

    def by_hand() -> None:
        bare.execute("BEGIN IMMEDIATE")
        bare.execute(
            "SELECT key, revision FROM record WHERE owner = ? AND key IN (?, ?)", ("bare", "a", "b")
        ).fetchall()
        bare.executemany(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?)",
            [("bare", key, b"12345", 1, 1, 1.0, None) for key in "ab"],
        )
        bare.execute("COMMIT")

    for number in range(rounds):
        for kind in in_turn(("bare", "store"), number):
            found[kind].append(_timed(by_store if kind == "store" else by_hand))
    bare.close()
    store.close()
    measure = "commit of 2 keys"
    return [
        row(NAME, measure, "bare sqlite3", "us", found["bare"]),
        row(
            NAME, measure, "store", "us", found["store"],
            against=("bare sqlite3", found["bare"]), target=1.5,
        ),
    ]  # fmt: skip


def _store_loads(folder: Path, rounds: int, owners: int) -> list[Row]:
    """Load 1, 10 and 100 keys of one owner, among ten owners and among very many."""
    keys = [f"key{number}" for number in range(100)]
    stores = {
        "10 owners": SQLiteStore(folder / "few.db"),
        "many owners": SQLiteStore(folder / "many.db"),
    }
    for store in stores.values():
        for owner in range(10):
            store.commit(f"owner{owner}", [Write(key, b'"some text"', 1) for key in keys])
    stores["many owners"].commit("filler", [])
    filler = sqlite3.connect(folder / "many.db")
    with filler:
        filler.executemany(
            "INSERT INTO record VALUES (?, 'key0', ?, 1, 1, 1.0, NULL)",
            ((f"visitor{number}", b'"some text"') for number in range(owners)),
        )
    filler.close()
    found: dict[tuple[str, int], list[float]] = defaultdict(list)
    for number in range(rounds):
        for name in in_turn(tuple(stores), number):
            for count in (1, 10, 100):
                wanted = keys[:count]
                # Called at once.
                found[name, count].append(_timed(lambda: stores[name].load("owner5", wanted)))  # noqa: B023
    for store in stores.values():
        store.close()
    rows = [
        row(NAME, f"load of {count} keys", "10 owners", "us", found["10 owners", count])
        for count in (1, 10, 100)
    ]
    each = {count: [time / count for time in found["10 owners", count]] for count in (1, 10, 100)}
    rows += [
        row(
            NAME, f"load of {count} keys, each", "10 owners", "us", each[count],
            against=("1 key", each[1]), target=1,
        )
        for count in (10, 100)
    ]  # fmt: skip
    few = found["10 owners", 10]
    label = f"{owners} owners"
    rows.append(
        row(
            NAME, "load of 10 keys", label, "us", found["many owners", 10],
            against=("10 owners", few), target=1.3,
        )
    )  # fmt: skip
    return rows
