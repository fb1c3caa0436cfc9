"""What the Redis store adds to the bare commands of its driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter

import redis
from playwright.sync_api import Browser

from benchmarks.pages import in_turn
from benchmarks.stats import Row, row
from streamlit_persistent_state.stores import RedisStore, Write
from tests.support.redis_server import redis_server

NAME = "stores"
_VALUE = b"12345"
# The least that compares and sets: no expiry, no size, no index, and nothing told on a conflict.
_COMPARE_AND_SET = """
for i, key in ipairs(KEYS) do
  if redis.call('GETRANGE', key, 0, 8) ~= ARGV[2 * i - 1] then
    return 0
  end
end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[2 * i])
end
return 1
"""


def measure(browser: Browser, quick: bool) -> list[Row]:
    rounds = 200 if quick else 5000
    with redis_server() as server, redis.Redis(port=server.port, protocol=2) as client:
        store = RedisStore(server.url)
        rows = [*_loads(store, client, rounds), *_commits(store, client, rounds)]
        store.close()
    return rows


def _turns(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return how many microseconds each call took in each round, after a tenth to warm up."""
    found: dict[str, list[float]] = {kind: [] for kind in calls}
    for number in range(-rounds // 10, rounds):
        for kind in in_turn(tuple(calls), number):
            start = perf_counter()
            calls[kind]()
            if number >= 0:
                found[kind].append((perf_counter() - start) * 1e6)
    return found


def _loads(store: RedisStore, client: redis.Redis, rounds: int) -> list[Row]:
    store.commit("owner", [Write(key, _VALUE, 1) for key in "ab"])
    names = sorted(client.scan_iter(match="*:data:*"))
    found = _turns(
        {
            "bare MGET": lambda: client.mget(names),
            "Redis store": lambda: store.load("owner", ["a", "b"]),
        },
        rounds,
    )
    return _rows("Redis load of 2 keys", found)


def _commits(store: RedisStore, client: redis.Redis, rounds: int) -> list[Row]:
    known = store.load("owner", ["a", "b"])
    script, revision = client.script_load(_COMPARE_AND_SET), 0
    head = b"%09d"

    def by_store() -> None:
        nonlocal known
        known = store.commit("owner", [Write(key, _VALUE, 1, known[key].revision) for key in "ab"])

    def by_hand() -> None:
        nonlocal revision
        old, new = head % revision if revision else b"", head % (revision + 1) + _VALUE
        assert client.evalsha(script, 2, "{bare}a", "{bare}b", old, new, old, new) == 1
        revision += 1

    def unchecked() -> None:
        with client.pipeline(transaction=True) as pipeline:
            pipeline.set("{set}a", _VALUE)
            pipeline.set("{set}b", _VALUE)
            pipeline.execute()

    calls = {"bare EVALSHA": by_hand, "Redis store": by_store, "SET pipeline": unchecked}
    return _rows("Redis commit of 2 keys", _turns(calls, rounds))


def _rows(measure: str, found: dict[str, list[float]]) -> list[Row]:
    bare = next(iter(found))
    return [
        row(NAME, measure, kind, "us", series)
        if kind != "Redis store"
        else row(NAME, measure, kind, "us", series, against=(bare, found[bare]), target=1.3)
        for kind, series in found.items()
    ]
