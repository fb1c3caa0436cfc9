"""A client of Redis as a URL names it, and what its errors mean."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import redis
from redis import exceptions as errors
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool, parse_url
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from ...errors import InvalidArgument, StoreUnavailable
from .layout import Script

_SCAN = 1000
_HEARTBEAT = 1.0
_SENTINEL = "redis+sentinel"
_SENTINEL_PORT = 26379
_PLACE = ("host", "port", "path", "db", "username")
_FORMS = (
    "redis://user:password@host:6379/0, rediss://…, valkey://…, unix:///path?db=0 or "
    "redis+sentinel://user:password@host1:26379,host2:26379/service/0, "
    "with special characters of a password percent-encoded and with options that redis-py knows"
)

Driver = redis.Redis | redis.RedisCluster


class RedisClient:
    """Sends commands, and raises `StoreUnavailable` for all that can go wrong.

    Parameters
    ----------
    driver : redis.Redis or redis.RedisCluster
        Must not decode responses.
    where : str
        What it connects to, for messages.
    pools : list of ConnectionPool
        What `close` closes.
    """

    def __init__(self, driver: Driver, where: str, pools: Iterable[ConnectionPool] = ()) -> None:
        self._driver: Any = driver
        self._where = where
        self._pools = list(pools)
        self._closed = False

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def place(self) -> Hashable:
        """What the client connects to, or the client itself where it does not tell."""
        pool = getattr(self._driver, "connection_pool", None)
        options = getattr(pool, "connection_kwargs", {})
        found = tuple(options.get(name) for name in _PLACE)
        return (self._where, *found) if self._pools or any(found) else self._driver

    def close(self) -> None:
        self._closed = True
        for pool in self._pools:
            pool.disconnect(inuse_connections=False)

    def run(self, script: Script, keys: list[bytes], *arguments: Any) -> Any:
        execute = self._driver.execute_command
        try:
            return self._call(execute, "EVALSHA", script.sha, len(keys), *keys, *arguments)
        except errors.NoScriptError:
            # Nothing has run. A server that was just started learns the script this way.
            return self._call(execute, "EVAL", script.text, len(keys), *keys, *arguments)

    def ask(self, *command: Any) -> Any:
        return self._call(self._driver.execute_command, *command)

    def pipelined(self, commands: Iterable[tuple[Any, ...]]) -> list[Any]:
        def send() -> Any:
            with self._driver.pipeline(transaction=False) as pipeline:
                for command in commands:
                    pipeline.execute_command(*command)
                return pipeline.execute()

        found: list[Any] = self._call(send)
        return found

    def scan(self, pattern: bytes) -> Iterator[bytes]:
        """Yield each name once."""
        seen = set()
        names = self._driver.scan_iter(match=pattern, count=_SCAN)
        while (name := self._call(next, names, None)) is not None:
            if name not in seen:
                seen.add(name)
                yield name

    def subscribed(self, channel: bytes) -> Iterator[bytes | None]:
        """Yield what is published, and None at first and whenever there is nothing for a while."""
        feed = self._driver.pubsub(ignore_subscribe_messages=True)
        try:
            self._call(feed.subscribe, channel)
            yield None
            while True:
                # The answer to the subscription is ignored, and comes as None too.
                message = self._call(lambda: feed.get_message(timeout=_HEARTBEAT))
                yield None if message is None else message["data"]
        finally:
            feed.close()

    def _call(self, call: Callable[..., Any], *arguments: Any) -> Any:
        if self._closed:
            raise StoreUnavailable(f"{self._where}: this store is closed; open a new one")
        try:
            return call(*arguments)
        except errors.NoScriptError:
            raise
        except (errors.RedisError, errors.RedisClusterException) as error:
            # Not "from error": a server may repeat a password that it does not understand.
            raise StoreUnavailable(f"{self._where}: {_way_out(error)}") from None


def client_of(url: str, timeout: float) -> tuple[RedisClient, str | None]:
    """Return a client that has not connected yet, and the prefix that the URL names."""
    try:
        scheme = url.partition("://")[0]
        if scheme == _SENTINEL:
            return _sentinel_client(url, timeout)
        if scheme == "valkey":
            url = "redis" + url[len(scheme) :]
        options = _options(url, timeout)
        prefix = options.pop("prefix", None)
        parts = urlsplit(url)
        if parts.scheme == "unix":
            where = f"unix://{options['path']}"
        else:
            # Idle connections live on through firewalls.
            options.setdefault("socket_keepalive", True)
            host = options.setdefault("host", "localhost")
            host.encode("idna")
            where = f"{parts.scheme}://{host}:{options.setdefault('port', 6379)}"
            _check_database(parts.path)
        pool = ConnectionPool(**options)
        _check_options(pool)
        return RedisClient(redis.Redis(connection_pool=pool), where, [pool]), prefix
    except (ValueError, KeyError, TypeError, errors.RedisError):
        # Their messages may hold parts of the password.
        raise InvalidArgument(f"store has a Redis URL that is not of the form {_FORMS}") from None


def _sentinel_client(url: str, timeout: float) -> tuple[RedisClient, str | None]:
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    service, _, database = parts.path.strip("/").partition("/")
    if not service:
        raise ValueError("no service")
    _check_database(database)
    addresses = [urlsplit(f"//{host}") for host in hosts.split(",")]
    sentinels = [(one.hostname, one.port or _SENTINEL_PORT) for one in addresses]
    if not all(host for host, _ in sentinels):
        raise ValueError("no host")
    options = _options(f"redis://{user}{at}sentinel/{database}?{parts.query}", timeout)
    del options["host"]
    prefix = options.pop("prefix", None)
    # All sentinels together may take half of the time.
    each = timeout / 2 / len(sentinels)
    sentinel_options = {
        "username": options.pop("sentinel_username", None),
        "password": options.pop("sentinel_password", None),
        "protocol": options["protocol"],
        "retry": options["retry"],
        "socket_timeout": each,
        "socket_connect_timeout": each,
    }
    manager = Sentinel(sentinels, sentinel_kwargs=sentinel_options)  # type: ignore[no-untyped-call] # of redis-py
    pool = SentinelConnectionPool(service, manager, **options)  # type: ignore[no-untyped-call] # of redis-py
    _check_options(pool)
    pools = [pool, *(sentinel.connection_pool for sentinel in manager.sentinels)]
    where = f"{_SENTINEL}://{hosts}/{service}"
    return RedisClient(redis.Redis(connection_pool=pool), where, pools), prefix


def _options(url: str, timeout: float) -> dict[str, Any]:
    return {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        # With version 3, redis-py lets a server that announces maintenance take ten seconds.
        "protocol": 2,
        "retry": Retry(NoBackoff(), 0),
        # Newer versions of redis-py refuse the hundredth thread.
        "max_connections": 2**31,
        **parse_url(url),  # type: ignore[no-untyped-call] # of redis-py
        "decode_responses": False,
    }


def _check_database(path: str) -> None:
    """Raise if redis-py would take database 0 for one that it does not understand."""
    number = path.strip("/")
    if number and not number.isdecimal():
        raise ValueError("no database number")


def _check_options(pool: ConnectionPool) -> None:
    """Raise if redis-py would refuse an option at the first use."""
    pool.connection_class(**pool.connection_kwargs)


# The first that fits counts.
_WAYS_OUT: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (
        (errors.AuthenticationError, errors.AuthorizationError, errors.NoPermissionError),
        "name a user and password in the URL that may do this",
    ),
    (errors.BusyLoadingError, "it has just been started, and will be there soon"),
    (errors.OutOfMemoryError, "give Redis more memory (maxmemory), or set expire_after"),
    (errors.ReadOnlyError, "name the server that takes writes, or its sentinels"),
    (
        (errors.ConnectionError, errors.TimeoutError),
        "start Redis there, make it reachable, or set another store",
    ),
)


def _way_out(error: Exception) -> str:
    # "unknown command 'AUTH', with args beginning with: " goes on with the password.
    text = str(error).partition(", with args")[0].rstrip(".")
    for kinds, way_out in _WAYS_OUT:
        if isinstance(error, kinds):
            return f"{text}: {way_out}"
    return f"{text}: look into the log of Redis, or set another store"
