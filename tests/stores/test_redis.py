"""The Redis store keeps the contract, and what fails there never takes a page down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
import redis

from streamlit_persistent_state.stores import RedisStore
from streamlit_persistent_state.testing import StoreContract
from tests.support.redis_server import RedisServer, redis_server


@pytest.fixture(scope="module")
def shared() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
def server(shared: RedisServer) -> RedisServer:
    """A server that is empty."""
    with redis.Redis(port=shared.port) as client:
        client.flushall()
    return shared


@pytest.fixture
def store(server: RedisServer) -> Iterator[RedisStore]:
    with closing(RedisStore(server.url)) as store:
        yield store


class TestRedisStore(StoreContract):
    @pytest.fixture
    def store(self, server: RedisServer) -> Iterator[RedisStore]:
        self.url = server.url
        with closing(RedisStore(server.url)) as store:
            yield store
