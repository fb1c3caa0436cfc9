"""Very many owners in a store at once, each a copy of a first one that was committed to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import psycopg
import redis

from streamlit_persistent_state.stores._redis.layout import Names

_COPY = """
for number = tonumber(ARGV[1]), tonumber(ARGV[2]) - 1 do
  for _, name in ipairs(KEYS) do
    redis.call("COPY", name, (string.gsub(name, "owner0", "owner" .. number)))
  end
end
"""
_STEP = 10_000


def fill(url: str, start: int, stop: int) -> None:
    """Copy what ``"owner0"`` has to the owners from `start` to `stop`, without the last."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file, file:
            file.execute(
                "WITH RECURSIVE number(n) AS (SELECT ? UNION ALL SELECT n + 1 FROM number "
                "WHERE n + 1 < ?) INSERT INTO record SELECT 'owner' || n, key, payload, schema, "
                "revision, updated_at, expires_at FROM number, record WHERE owner = 'owner0'",
                (start, stop),
            )
    elif url.startswith("redis"):
        names = Names("streamlit-persistent-state")
        keys = [names.index("owner0"), *names.records("owner0", ["a"])]
        with closing(redis.Redis.from_url(url)) as client:
            copy = client.register_script(_COPY)
            for first in range(start, stop, _STEP):
                copy(keys=keys, args=[first, min(first + _STEP, stop)])
    else:
        with psycopg.connect(url) as connection:
            connection.execute(
                "INSERT INTO streamlit_persistent_state "
                "SELECT sha256(convert_to('owner' || n, 'UTF8')), key_hash, "
                "convert_to('owner' || n, 'UTF8'), key, payload, schema, revision, updated_at, "
                "expires_at FROM generate_series(%s, %s - 1) AS n, "
                "streamlit_persistent_state WHERE owner = 'owner0'",
                (start, stop),
            )
            connection.execute("ANALYZE streamlit_persistent_state")
