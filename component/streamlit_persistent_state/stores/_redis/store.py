"""A store in Redis or Valkey: for apps that run on several machines."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from ..._record import Record, Write
from ...errors import Conflict, InvalidArgument
from .._clock import Clock, check_size, deletes, new_records, next_revision
from .._contract import RESERVED, TOMBSTONE_SECONDS
from .client import Driver, RedisClient, client_of
from .layout import (
    COMMIT,
    HEADS,
    INDEX,
    RENEW,
    SWEEP,
    TOUCH,
    Names,
    decoded,
    packed,
    packed_limit,
    packed_terms,
    unpacked,
    unpacked_size,
)

_Name = TypeVar("_Name", str, bytes)

_PREFIX = "streamlit-persistent-state"
_PAGE = 100


class RedisStore:
    """Keeps records in Redis or Valkey, for any number of processes and machines.

    A call that finds a connection takes one round trip to load or to commit, and is atomic. What
    survives a crash of the server is what its ``appendonly`` and ``save`` say. The server needs
    ``maxmemory-policy noeviction``: any other lets it drop values that have not expired.

    Parameters
    ----------
    url : str
        ``redis://user:password@host:6379/0``, ``rediss://`` (TLS), ``valkey://``,
        ``unix:///path?db=0``, or ``redis+sentinel://host1:26379,host2:26379/service/0``, whose
        name and password are those of the servers; the options ``sentinel_username`` and
        ``sentinel_password`` are for the sentinels. All options of redis-py may follow, and
        ``prefix``.
    prefix : str, default "streamlit-persistent-state"
        What the names of all keys begin with. Apps that share a database need one each.
    timeout : float, default 1.0
        Seconds to wait for a connection or an answer; the option ``socket_timeout`` wins.

    Raises
    ------
    InvalidArgument
        The URL or the prefix cannot be used. Nothing is connected to before the first use.
    """

    def __init__(self, url: str, *, prefix: str = _PREFIX, timeout: float = 1.0) -> None:
        client, url_prefix = client_of(url, timeout)
        self._set_up(client, url_prefix or prefix)

    @classmethod
    def from_client(cls, client: Driver, *, prefix: str = _PREFIX) -> RedisStore:
        """Return a store that uses a client of your own, with its timeouts and retries.

        Parameters
        ----------
        client : redis.Redis or redis.RedisCluster
            Must not decode responses. `close` leaves it open.
        prefix : str, default "streamlit-persistent-state"
            What the names of all keys begin with.
        """
        if client.get_encoder().decode_responses:
            raise InvalidArgument("the Redis client of a store must have decode_responses=False")
        store = cls.__new__(cls)
        store._set_up(RedisClient(client, "the Redis client"), prefix)
        return store

    def _set_up(self, client: RedisClient, prefix: str) -> None:
        if not prefix or set("{}") & set(prefix):
            raise InvalidArgument("prefix must be a text without braces, and not empty")
        self._client = client
        self._names, self._prefix = Names(prefix), prefix

    @property
    def place(self) -> Hashable | None:
        """The server and the prefix; None once the store is closed."""
        return None if self._client.closed else ("redis", self._client.place, self._prefix)

    def load(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        if not keys:
            return {}
        return _live(keys, self._client.ask("MGET", *self._names.records(owner, keys)))

    def revisions(self, owner: str, keys: Collection[str]) -> dict[str, int]:
        return {key: record.revision for key, record in self._heads(owner, keys).items()}

    def exists(self, owner: str) -> bool:
        return bool(self._index(owner))

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        if not writes:
            return {}
        clock = Clock(self.now() if deletes(writes) else None)
        written = new_records(writes, clock)
        expected = [write.expected for write in writes]
        size = self._replace(owner, written, expected, clock, max_bytes)
        check_size(size, max_bytes)
        return written

    def delete(self, owner: str, keys: Collection[str] | None = None) -> dict[str, Record]:
        while True:
            clock = Clock(self.now())
            held = {
                key: record
                for key, record in self._heads(owner, self._held(owner, keys)).items()
                if record.payload is not None
            }
            if not held:
                return {}
            deleted = {
                key: Record(
                    None,
                    record.schema,
                    next_revision(clock, record.revision),
                    clock.seconds,
                    clock.seconds + TOMBSTONE_SECONDS,
                )
                for key, record in held.items()
            }
            expected = [record.revision for record in held.values()]
            try:
                self._replace(owner, deleted, expected, clock, None)
            except Conflict:
                continue  # somebody has written meanwhile, and that shall be deleted as well
            return deleted

    def touch(self, owner: str, keys: Collection[str], expires_at: float | None) -> None:
        if keys:
            names = [self._names.index(owner), *self._names.records(owner, keys)]
            self._client.run(TOUCH, names, packed_limit(expires_at))

    def renew(
        self, owner: str, expires_at: float | None, *, after_write: float | None = None
    ) -> int:
        keys = [key for key in self._index(owner) if not key.startswith(RESERVED)]
        if not keys:
            return 0
        names = [self._names.index(owner), *self._names.records(owner, keys)]
        return int(self._client.run(RENEW, names, packed_limit(expires_at, after_write)))

    def sweep(self) -> int:
        """Remove what has expired, and return how many records that were.

        Redis has dropped them already: this counts and removes what the indexes still name. An
        index goes a day after the last of its records.
        """
        swept = 0
        for some in _pages(self._client.scan(self._names.all_indexes)):
            swept += sum(self._client.pipelined([("EVAL", SWEEP.text, 1, name) for name in some]))
        return swept

    def size(self, owner: str) -> int:
        return sum(self._index(owner).values())

    def records(self, owner: str | None = None) -> Iterator[tuple[str, str, Record]]:
        if owner is not None:
            for keys in _pages(self._index(owner)):
                for key, record in self.load(owner, keys).items():
                    if record.payload is not None:
                        yield owner, key, record
            return
        for names in _pages(self._client.scan(self._names.all_records)):
            found = self._client.pipelined([("GET", name) for name in names])
            for name, record in _live(names, found).items():
                if record.payload is not None:
                    yield *self._names.owner_and_key(name), record

    def announce(self, text: str) -> None:
        self._client.ask("PUBLISH", self._names.announcements, text)

    def announcements(self) -> Iterator[str | None]:
        for text in self._client.subscribed(self._names.announcements):
            yield None if text is None else decoded(text)

    def now(self) -> float:
        seconds, microseconds = self._client.ask("TIME")
        return int(seconds) + int(microseconds) / 1e6

    def close(self) -> None:
        self._client.close()

    def _held(self, owner: str, keys: Collection[str] | None) -> Collection[str]:
        return self._index(owner) if keys is None else set(keys)

    def _index(self, owner: str) -> dict[str, int]:
        """Return the size of each live record of an owner."""
        found = self._client.run(INDEX, [self._names.index(owner)])
        return {
            decoded(key): unpacked_size(entry)
            for key, entry in zip(found[::2], found[1::2], strict=True)
        }

    def _heads(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        """Return records without their payload: b"" where there is one, None where not."""
        if not keys:
            return {}
        return _live(keys, self._client.run(HEADS, self._names.records(owner, keys)))

    def _replace(
        self,
        owner: str,
        records: dict[str, Record],
        expected: Sequence[int],
        clock: Clock,
        max_bytes: int | None,
    ) -> int:
        """Compare and set, and return what the owner's payloads take; too much is not written."""
        answer = self._client.run(
            COMMIT,
            [self._names.index(owner), *self._names.records(owner, records)],
            packed_terms(max_bytes, expected),
            *map(packed, records.values()),
        )
        if isinstance(answer, list):
            keys = list(records)
            raise Conflict(
                {
                    keys[number]: None if found is None else unpacked(found)
                    for number, found in zip(answer[::2], answer[1::2], strict=True)
                }
            )
        size: int = answer
        return size


def _live(names: Iterable[_Name], found: Iterable[bytes | None]) -> dict[_Name, Record]:
    # Redis has dropped what has expired, by its own clock.
    return {
        name: unpacked(packed_record)
        for name, packed_record in zip(names, found, strict=True)
        if packed_record
    }


def _pages(items: Iterable[_Name]) -> Iterator[list[_Name]]:
    left = iter(items)
    while page := list(islice(left, _PAGE)):
        yield page
