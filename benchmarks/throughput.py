"""How many saves a store takes: from several processes, and among more and more owners."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.fill import fill
from benchmarks.pages import in_turn
from benchmarks.stats import Row, row
from streamlit_persistent_state.stores import RedisStore, SQLStore, Store, Write, open_store
from tests.support.postgres_server import serve_postgres
from tests.support.redis_server import redis_server

NAME = "throughput"
_PROCESSES = (1, 2, 4)
_OWNERS = (1000, 10_000, 100_000, 1_000_000)
_KEYS = "ab"
_COMMITS = 500
_SAVE = """
import sys
from time import monotonic
from streamlit_persistent_state.stores import Write, open_store

store, owner, seconds = open_store(sys.argv[1]), sys.argv[2], float(sys.argv[3])
known = store.commit(owner, [Write(key, b"0", 1) for key in "ab"])
print("ready", flush=True)
sys.stdin.readline()
saves, end = 0, monotonic() + seconds
while monotonic() < end:
    writes = [Write(key, b"12345", 1, known[key].revision) for key in known]
    known = store.commit(owner, writes)
    saves += 1
print(saves)
"""


def measure(_browser: object, quick: bool) -> list[Row]:
    seconds, rounds = (0.3, 1) if quick else (2.0, 5)
    rows: list[Row] = []
    with _stores() as urls:
        for name, url in urls.items():
            found: dict[int, list[float]] = {count: [] for count in _PROCESSES}
            for number in range(rounds):
                for count in _PROCESSES:
                    found[count].append(_saves(url, count, seconds, number))
            for count in _PROCESSES:
                measure = f"saves a second, {count} processes"
                alone = None if count == 1 else ("one process", found[1])
                rows.append(row(NAME, measure, name, "", found[count], against=alone))
            rows += _among_owners(name, url, (1000, 2000) if quick else _OWNERS)
    return rows


@contextmanager
def _stores() -> Iterator[dict[str, str]]:
    with TemporaryDirectory() as folder, redis_server() as redis, serve_postgres(None) as postgres:
        yield {
            "sqlite": f"sqlite:///{Path(folder) / 'state.db'}",
            "redis": redis.url,
            "postgres": postgres.url,
        }


def _saves(url: str, processes: int, seconds: float, number: int) -> float:
    """Return how many commits of two keys a second all processes make together."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _SAVE, url, f"{number}-{processes}-{one}", str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for one in range(processes)
    ]
    for process in running:
        assert process.stdout is not None
        process.stdout.readline()
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return sum(int(process.communicate()[0]) for process in running) / seconds


def _among_owners(name: str, url: str, steps: tuple[int, ...]) -> list[Row]:
    """Time a commit while the store fills up, in turns with one that stays as it is."""
    stores = {"few owners": _beside(url), "many owners": open_store(url)}
    known = {}
    for kind, store in stores.items():
        store.commit("owner0", [Write("a", b'"some text"', 1)])
        known[kind] = store.commit("measured", [Write(key, b"0", 1) for key in _KEYS])
    owners, rows = 1, []
    for step in steps:
        fill(url, owners, step)
        owners = step
        took: dict[str, list[float]] = {kind: [] for kind in stores}
        for number in range(_COMMITS):
            for kind in in_turn(tuple(stores), number):
                writes = [Write(key, b"12345", 1, known[kind][key].revision) for key in _KEYS]
                start = perf_counter()
                known[kind] = stores[kind].commit("measured", writes)
                took[kind].append((perf_counter() - start) * 1e6)
        measure = f"save among {step} owners"
        against = ("few owners", took["few owners"])
        rows.append(row(NAME, measure, name, "us", took["many owners"], against=against))
    for store in stores.values():
        store.close()
    return rows


def _beside(url: str) -> Store:
    """Return another store in the same place."""
    if url.startswith("redis"):
        return RedisStore(url, prefix="few")
    if url.startswith("postgresql"):
        return SQLStore(url, table="few")
    return open_store(f"{url}.few")
