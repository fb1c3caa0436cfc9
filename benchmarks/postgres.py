"""What the PostgreSQL store costs beside the bare psycopg statements that do the same."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from time import perf_counter

import psycopg
from playwright.sync_api import Browser

from benchmarks.pages import in_turn
from benchmarks.stats import Row, row
from streamlit_persistent_state.stores import SQLStore, Write
from tests.support.postgres_server import PostgresServer, serve_postgres

NAME = "postgres"
_BARE, _STORE = "bare psycopg", "store"
_TARGET = 1.3
_KEYS = [sha256(key).digest() for key in (b"a", b"b")]
_OWNER = sha256(b"bare").digest()
_LOAD = b"""
    SELECT key_hash, payload, schema, revision, updated_at, expires_at
    FROM streamlit_persistent_state
    WHERE owner_hash = %s AND key_hash = ANY(%s) AND (expires_at IS NULL OR expires_at > %s)
"""
_LOCK = b"""
    SELECT key_hash, revision FROM streamlit_persistent_state
    WHERE owner_hash = %s AND key_hash = ANY(%s) ORDER BY key_hash FOR UPDATE
"""
_ALONE = b"SELECT pg_advisory_xact_lock(5)"
_SIZE = b"""
    SELECT sum(octet_length(payload)) FROM streamlit_persistent_state
    WHERE owner_hash = %s AND (expires_at IS NULL OR expires_at > %s)
"""
_UPDATE = b"""
    UPDATE streamlit_persistent_state AS r SET payload = w.payload, revision = w.revision
    FROM unnest(%s::bytea[], %s::bytea[], %s::bigint[], %s::bigint[])
        AS w(key_hash, payload, expected, revision)
    WHERE owner_hash = %s AND r.key_hash = w.key_hash AND r.revision = w.expected
"""


def measure(_: Browser, quick: bool) -> list[Row]:
    with serve_postgres() as server:
        return _rows(server, 100 if quick else 3000)


def _rows(server: PostgresServer, rounds: int) -> list[Row]:
    """Load and commit two keys, by hand on one connection and by the store."""
    with closing(SQLStore(server.url)) as store, server.connect() as bare:
        known = {
            owner: store.commit(owner, [Write(key, b"12345", 1) for key in "ab"])["a"].revision
            for owner in ("bare", "store", "limited")
        }

        def load_by_hand() -> None:
            bare.cursor(binary=True).execute(_LOAD, (_OWNER, _KEYS, time.time())).fetchall()

        def commit_by_hand(limited: bool) -> None:
            """Look with a lock, write, perhaps look at the size, and end the transaction."""
            revision = known["bare"] + 1
            with bare.transaction(), bare.cursor(binary=True) as cursor:
                if limited:
                    cursor.execute(_ALONE)
                cursor.execute(_LOCK, (_OWNER, _KEYS)).fetchall()
                update(cursor, revision)
                if limited:
                    cursor.execute(_SIZE, (_OWNER, time.time())).fetchone()
            known["bare"] = revision

        def commit_at_once() -> None:
            """Do no more than change records that are there, if that is all there is to do."""
            revision = known["bare"] + 1
            with bare.cursor(binary=True) as cursor:
                update(cursor, revision)
            known["bare"] = revision

        def update(cursor: psycopg.Cursor, revision: int) -> None:
            values = ([b"12345"] * 2, [known["bare"]] * 2, [revision] * 2, _OWNER)
            assert cursor.execute(_UPDATE, (_KEYS, *values)).rowcount == 2

        def commit(owner: str, max_bytes: int | None = None) -> None:
            writes = [Write(key, b"12345", 1, known[owner]) for key in "ab"]
            known[owner] = store.commit(owner, writes, max_bytes=max_bytes)["a"].revision

        calls: dict[tuple[str, str], Callable[[], object]] = {
            ("load of 2 keys", _BARE): load_by_hand,
            ("load of 2 keys", _STORE): lambda: store.load("store", ["a", "b"]),
            ("commit of 2 keys", _BARE): lambda: commit_by_hand(False),
            ("commit of 2 keys", _STORE): lambda: commit("store"),
            ("commit with max_bytes", _BARE): lambda: commit_by_hand(True),
            ("commit with max_bytes", _STORE): lambda: commit("limited", 10**6),
            ("one UPDATE of 2 keys", _BARE): commit_at_once,
        }
        found: dict[tuple[str, str], list[float]] = {name: [] for name in calls}
        for number in range(rounds):
            for name in in_turn(tuple(calls), number):
                start = perf_counter()
                calls[name]()
                found[name].append((perf_counter() - start) * 1e6)
    return [
        row(NAME, what, kind, "us", series)
        if kind == _BARE
        else row(
            *(NAME, what, kind, "us", series),
            against=(_BARE, found[what, _BARE]),
            target=_TARGET,
        )
        for (what, kind), series in found.items()
    ]
