"""Stores that pass news between processes, on real servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import islice
from typing import TypeAlias

import pytest
import redis
import sqlalchemy

from streamlit_persistent_state._sync.notifications import Admission, digest, hub_of
from streamlit_persistent_state.errors import StoreUnavailable
from streamlit_persistent_state.stores import (
    Announcer,
    MemoryStore,
    RedisStore,
    SQLiteStore,
    SQLStore,
)
from tests.support.postgres_server import PostgresServer, serve_postgres
from tests.support.redis_server import RedisServer, redis_server
from tests.support.waiting import PATIENCE, wait_until

Server: TypeAlias = RedisServer | PostgresServer
AnyStore: TypeAlias = RedisStore | SQLStore
Open: TypeAlias = Callable[[], AnyStore]


@pytest.fixture(scope="module", params=["redis", "postgresql"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with redis_server() if request.param == "redis" else serve_postgres() as started:
        yield started


@pytest.fixture
def opened(server: Server) -> Iterator[Open]:
    """Open one more store on the server, as another process would."""
    with ExitStack() as stack:
        kind = RedisStore if isinstance(server, RedisServer) else SQLStore
        yield lambda: stack.enter_context(closing(kind(server.url)))


def connections(server: Server) -> int:
    if isinstance(server, RedisServer):
        with redis.Redis(port=server.port) as client:
            return len(client.client_list()) - 1
    with server.connect() as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "
            "AND pid <> pg_backend_pid()"
        ).fetchone()
        assert found is not None
        return int(found[0])


def notify(feed: Iterator[str | None], count: int) -> list[str]:
    return list(islice((text for text in feed if text is not None), count))


def test_what_one_announces_the_others_hear(opened: Open) -> None:
    """In its order, from when they listen; whoever says it hears it too."""
    one, other = opened(), opened()
    one.announce("too early")
    feeds = [store.announcements() for store in (one, other)]
    assert [next(feed) for feed in feeds] == [None, None]
    for text in ("first", "second"):
        one.announce(text)
    other.announce("x" * 200)
    for feed in feeds:
        assert notify(feed, 3) == ["first", "second", "x" * 200]


def test_silence_is_told(opened: Open) -> None:
    """So that whoever listens can look up now and then."""
    feed = opened().announcements()
    assert list(islice(feed, 3)) == [None, None, None]


def test_a_feed_that_is_closed_lets_go(server: Server, opened: Open) -> None:
    """Of its connection, and leaves those of the store alone."""
    store = opened()
    store.announce("text")
    wait_until(lambda: connections(server) == 1)  # those of earlier tests have ended
    feed = store.announcements()
    next(feed)
    store.announce("text")
    assert connections(server) == 2
    feed.close()  # type: ignore[attr-defined] # a generator
    wait_until(lambda: connections(server) == 1)


def test_a_store_that_is_closed_ends_its_feeds(opened: Open) -> None:
    """As every other call does."""
    store = opened()
    feed = store.announcements()
    next(feed)
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        notify(feed, 1)
    with pytest.raises(StoreUnavailable, match="closed"):
        store.announce("text")


def test_an_engine_of_the_app_lends_no_connection_for_good() -> None:
    """Its pool may be small: one of a single connection goes on serving."""
    with serve_postgres() as server:
        url = server.url.replace("postgresql", "postgresql+psycopg")
        engine = sqlalchemy.create_engine(url, pool_size=1, max_overflow=0, pool_timeout=5)
        with closing(SQLStore(engine)) as store:
            feed = store.announcements()
            next(feed)
            store.announce("text")
            assert notify(feed, 1) == ["text"]
        feed.close()  # type: ignore[attr-defined] # a generator
        engine.dispose()


def test_news_is_heard_again_after_a_restart_of_the_server(server: Server, opened: Open) -> None:
    """Whoever waits is told once that something may have been missed."""
    here, elsewhere = hub_of(opened()), hub_of(opened())
    told = threading.Semaphore(0)
    admission = Admission("my session", time.time() + 3600, frozenset([digest("owner")]))
    unsubscribe = here.subscribe(admission, told.release)
    assert told.acquire(timeout=PATIENCE), "it has begun to listen"
    server.stop()
    server.start()
    assert told.acquire(timeout=PATIENCE), "it listens again"
    elsewhere.publish("owner", "another session")
    assert told.acquire(timeout=PATIENCE), "it has heard"
    unsubscribe()
    wait_until(lambda: not here._listens)
    assert not told.acquire(blocking=False)


def test_other_stores_announce_nothing() -> None:
    """What one process changes in a file, another finds when it asks."""
    assert not isinstance(MemoryStore(), Announcer)
    assert not issubclass(SQLiteStore, Announcer)
