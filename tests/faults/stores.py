"""Redis and PostgreSQL with one set of switches for what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Protocol

import redis
from psycopg import sql

from streamlit_persistent_state._codec.envelope import value_in
from streamlit_persistent_state.stores import open_store
from tests.support.postgres_server import PASSWORD, PostgresServer
from tests.support.redis_server import RedisServer

WRONG = "not-the-password"


class Backend(Protocol):
    """A server that keeps state, and what can happen to it."""

    @property
    def url(self) -> str: ...

    @property
    def port(self) -> int: ...

    @property
    def refused_url(self) -> str:
        """Address with a wrong password, between `accept` and `refuse` the right one."""
        ...

    def accept(self) -> None: ...

    def refuse(self) -> None: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...


class Redis:
    """A server that finds its data again."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self.start, self.stop = server.start, server.stop
        self.pause, self.resume = server.pause, server.resume
        self.port, self.url = server.port, server.url

    @property
    def refused_url(self) -> str:
        return self.url.replace("//", f"//:{WRONG}@")

    def accept(self) -> None:
        self._set("requirepass", WRONG)

    def refuse(self) -> None:
        with redis.Redis(port=self.port, password=WRONG) as client:
            client.config_set("requirepass", "")

    def limit(self, maxmemory: str) -> None:
        self._set("maxmemory", maxmemory)

    def _set(self, name: str, value: str) -> None:
        with redis.Redis(port=self.port) as client:
            client.config_set(name, value)


class Postgres:
    """A server that finds its data again."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self.start, self.stop = server.start, server.stop
        self.port, self.url = server.port, server.url

    @property
    def refused_url(self) -> str:
        return self.url.replace("postgres@", f"guarded:{WRONG}@")

    def accept(self) -> None:
        self._allow(WRONG)

    def refuse(self) -> None:
        self._allow(PASSWORD)

    def _allow(self, password: str) -> None:
        with self._server.connect() as connection:
            connection.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO guarded")
            connection.execute(
                sql.SQL("ALTER USER guarded PASSWORD {}").format(sql.Literal(password))
            )

    def pause(self) -> None:
        self._paused = self._server.paused()
        self._paused.__enter__()

    def resume(self) -> None:
        self._paused.__exit__(None, None, None)


def stored(url: str) -> dict[str, list[Any]]:
    """Return what the store holds of every key, of all owners."""
    found: dict[str, list[Any]] = {}
    with closing(open_store(url)) as store:
        for _, key, record in store.records():
            assert record.payload is not None
            value = value_in(record.payload, record.schema)
            found.setdefault(key, []).append(value)
    return found


def clear(url: str) -> None:
    with closing(open_store(url)) as store:
        for owner in {owner for owner, _, _ in store.records()}:
            store.delete(owner)


@contextmanager
def paused(backend: Backend) -> Iterator[None]:
    """Let the server answer nothing in the block."""
    backend.pause()
    try:
        yield
    finally:
        backend.resume()


@contextmanager
def stopped(backend: Backend) -> Iterator[None]:
    """Let there be no server in the block."""
    backend.stop()
    try:
        yield
    finally:
        backend.start()


@contextmanager
def accepting(backend: Backend) -> Iterator[None]:
    """Let the password of `refused_url` be the right one in the block."""
    backend.accept()
    try:
        yield
    finally:
        backend.refuse()
