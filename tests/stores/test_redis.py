"""The Redis store keeps the contract, and what fails there never takes a page down."""

from __future__ import annotations

import gc
import logging
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.crc import key_slot

from streamlit_persistent_state._process import Process, running_in
from streamlit_persistent_state.errors import Conflict, InvalidArgument, StoreUnavailable
from streamlit_persistent_state.stores import Record, RedisStore, Store, open_store
from streamlit_persistent_state.testing import StoreContract
from streamlit_persistent_state.testing._store_contract import write
from tests.support.network import free_port
from tests.support.redis_server import RedisServer, redis_server
from tests.support.waiting import wait_until

_DAY = 24 * 3600.0


def every_call(store: RedisStore) -> list[Callable[[], object]]:
    return [
        lambda: store.load("o", ["a"]),
        lambda: store.revisions("o", ["a"]),
        lambda: store.exists("o"),
        lambda: store.commit("o", [write("b", b"1")]),
        lambda: store.delete("o"),
        lambda: store.touch("o", ["a"], 9e9),
        store.sweep,
        lambda: store.size("o"),
        lambda: list(store.records()),
    ]


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
def client(server: RedisServer) -> Iterator[redis.Redis]:
    with redis.Redis(port=server.port) as client:
        yield client


@pytest.fixture
def store(server: RedisServer) -> Iterator[RedisStore]:
    with closing(RedisStore(server.url)) as store:
        yield store


class TestRedisStore(StoreContract):
    @pytest.fixture
    def store(self, server: RedisServer) -> Iterator[Store]:
        # A commit of 40 000 keys takes a busy machine its time.
        self.url = f"{server.url}?socket_timeout=20"
        with closing(open_store(self.url)) as store:
            yield store


def test_each_call_is_one_round_trip(store: RedisStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """To load, to commit and to look for revisions, once the server knows the scripts."""
    held = store.commit("o", [write("a", b"1"), write("b", b"1")])
    assert store.revisions("o", ["a"])
    store.touch("o", ["c"], None)
    assert store.exists("o")
    sent: list[bytes] = []
    plain: Any = redis.Connection.send_packed_command

    def counted(self: Any, command: list[bytes], *args: Any, **options: Any) -> None:
        sent.append(b"".join(command))
        plain(self, command, *args, **options)

    monkeypatch.setattr(redis.Connection, "send_packed_command", counted)
    for call, name in (
        (lambda: store.load("o", ["a", "b"]), b"MGET"),
        (lambda: store.revisions("o", ["a", "b"]), b"EVALSHA"),
        (lambda: store.exists("o"), b"EVALSHA"),
        (lambda: store.size("o"), b"EVALSHA"),
        (lambda: store.commit("o", [write("a", b"2", held["a"].revision)]), b"EVALSHA"),
        (lambda: store.touch("o", ["a", "b"], 9e9), b"EVALSHA"),
    ):
        sent.clear()
        call()
        assert len(sent) == 1
        assert name in sent[0]


def test_revisions_do_not_transfer_values(store: RedisStore, client: redis.Redis) -> None:
    """A check for changes costs the same for a counter as for a megabyte."""
    store.commit("o", [write("a", b"x" * 2**20)])
    store.revisions("o", ["a"])
    before = client.info("stats")["total_net_output_bytes"]
    store.revisions("o", ["a"])
    assert client.info("stats")["total_net_output_bytes"] - before < 10_000


def test_all_of_an_owner_is_on_one_node(store: RedisStore, client: redis.Redis) -> None:
    """Whatever the names: braces, none at all, and what looks like another owner's."""
    owners = ["", "{", "}", "{}", "a{b}c", "%7B", "{%7B}", ":", ":}", "o", "o:}x", "\ud800"]
    for owner in owners:
        client.flushall()
        store.commit(owner, [write(key, b"1") for key in owners])
        names = [name for name in client.scan_iter() if isinstance(name, bytes)]
        assert len(names) == 1 + len(owners)
        assert len({key_slot(name) for name in names}) == 1
        found = {(held, key) for held, key, _ in store.records()}
        assert found == {(owner, key) for key in owners}
    client.flushall()
    for owner in owners:
        store.commit(owner, [write("a", b"1")])
    assert {owner for owner, _, _ in store.records()} == set(owners)


def test_in_a_cluster() -> None:
    """Owners lie on different nodes, and each call stays on one."""
    with redis_server(cluster_enabled="yes", cluster_port=str(free_port())) as server:
        with redis.Redis(port=server.port) as node:
            node.cluster("ADDSLOTSRANGE", 0, 16383)
            wait_until(lambda: node.cluster("INFO")["cluster_state"] == "ok")
        with redis.RedisCluster(host="127.0.0.1", port=server.port) as cluster:
            store = RedisStore.from_client(cluster)
            for owner in "abc":
                held = store.commit(owner, [write(key, b"1") for key in "xyz"], max_bytes=3)
                assert store.load(owner, "xyz") == held
                assert store.revisions(owner, "xyz").keys() == set("xyz")
                with pytest.raises(Conflict):
                    store.commit(owner, [write("x", b"2")])
                assert store.delete(owner, ["z"]).keys() == {"z"}
                store.touch(owner, ["x"], time.time() - 1)
                store.commit(owner, [write("x", b"1", expires_at=time.time() - 1)])
                assert store.size(owner) == 1
            assert store.sweep() == 3
            assert {(owner, key) for owner, key, _ in store.records()} == {
                (owner, "y") for owner in "abc"
            }
            assert store.delete("a").keys() == {"y"}
            assert store.exists("a")


def test_a_prefix_separates_apps(server: RedisServer) -> None:
    """Also one that is part of another, or holds wildcards; the URL may name it."""
    first = RedisStore(server.url, prefix="app")
    others = (
        RedisStore(server.url, prefix="app:keys"),
        RedisStore(server.url, prefix="ap*"),
        RedisStore(server.url, prefix="ap[p]\\"),
        open_store(f"{server.url}?prefix=app2"),
    )
    for owner, other in zip("1234", others, strict=True):
        first.commit(owner, [write("a", b"1", expires_at=time.time() - 1), write("b", b"1")])
        assert not other.exists(owner)
        assert list(other.records()) == []
        assert other.sweep() == 0
        other.close()
        assert first.sweep() == 1
    first.close()


def test_redis_drops_what_has_expired(store: RedisStore, client: redis.Redis) -> None:
    """No sweep is needed, and none would find the values."""
    expires_at = time.time() + 0.1
    store.commit("o", [write("a", b"1", expires_at=expires_at), write("b", b"1", expires_at=9e9)])
    assert client.dbsize() == 3
    wait_until(lambda: client.dbsize() == 2)
    assert time.time() >= expires_at
    assert store.load("o", ["a", "b"]).keys() == {"b"}
    assert store.sweep() == 1


def test_the_index_leaks_nothing(store: RedisStore, client: redis.Redis) -> None:
    """It forgets expired records at the next commit, and goes a day after the last of them."""
    now = time.time()

    def index() -> bytes:
        (name,) = client.scan_iter(match="*:keys:*")
        assert isinstance(name, bytes)
        return name

    def goes_after() -> float:
        return client.pttl(index()) / 1000

    store.commit("o", [write("a", b"1", expires_at=now + 100)])
    assert goes_after() == pytest.approx(_DAY + 100, abs=10)
    held = store.commit("o", [write("b", b"1"), write("c", b"1", expires_at=now - 1)])
    assert goes_after() < 0
    assert client.hlen(index()) == 3
    store.commit("o", [write("b", b"2", held["b"].revision, now + 200)])
    assert goes_after() == pytest.approx(_DAY + 200, abs=10)
    assert client.hlen(index()) == 2
    store.touch("o", ["a"], now + 300)
    assert goes_after() == pytest.approx(_DAY + 300, abs=10)
    store.touch("o", ["a", "b"], now - 1)
    assert not store.exists("o")
    assert client.dbsize() == 0


def test_a_deletion_beats_a_write_in_between(
    store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever deletes after a write has been acknowledged does not leave it behind."""
    held = store.commit("o", [write("a", b"1")])
    between = [lambda: store.commit("o", [write("a", b"2", held["a"].revision)])]
    heads = store._heads

    def then_somebody_writes(owner: str, keys: Collection[str]) -> dict[str, Record]:
        found = heads(owner, keys)
        while between:
            between.pop()()
        return found

    monkeypatch.setattr(store, "_heads", then_somebody_writes)
    deleted = store.delete("o")
    assert deleted["a"].payload is None
    assert store.load("o", ["a"]) == deleted
    assert store.size("o") == 0


def test_a_server_that_is_not_there() -> None:
    """Every call says where it was looked for, at once."""
    port = free_port()
    store = RedisStore(f"redis://somebody:hidden@127.0.0.1:{port}/0")
    for call in every_call(store):
        with pytest.raises(StoreUnavailable, match=f"^redis://127.0.0.1:{port}: .*start Redis"):
            call()


@pytest.mark.parametrize("options", [{"requirepass": "right"}, {"rename_command": 'AUTH ""'}])
def test_the_password_stays_secret(
    options: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """In messages, tracebacks, logs and representations; also if the server repeats it."""
    with redis_server(**options) as server, caplog.at_level(logging.DEBUG):
        url = f"redis://:hid%64en@127.0.0.1:{server.port}/0"
        store = RedisStore(url)
        with pytest.raises(StoreUnavailable) as raised:
            store.load("o", ["a"])
    told = "".join(traceback.format_exception(raised.value)) + caplog.text + repr(store)
    assert "hidden" not in told
    assert "hid%64en" not in told


def test_a_wrong_password_says_so() -> None:
    """And a right one works."""
    with redis_server(requirepass="p@ss/w:rd") as server:
        for user in ("", ":wrong@"):
            refused = RedisStore(f"redis://{user}127.0.0.1:{server.port}/0")
            with pytest.raises(StoreUnavailable, match="name a user and password"):
                refused.load("o", ["a"])
        with closing(RedisStore(f"redis://:p%40ss%2Fw%3Ard@127.0.0.1:{server.port}/0")) as store:
            assert store.commit("o", [write("a", b"1")]) == store.load("o", ["a"])


def test_a_server_that_restarts_in_mid_session() -> None:
    """What is stopped is reported, and the first call after the start works."""
    with redis_server(appendonly="yes") as server, closing(RedisStore(server.url)) as store:
        held = store.commit("o", [write("a", b"1")])
        server.stop()
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="start Redis"):
                store.load("o", ["a"])
        server.start()
        assert store.load("o", ["a"]) == held
        server.stop()
        server.start()
        # The connection is stale, and the server does not know the script.
        held = store.commit("o", [write("a", b"2", held["a"].revision)])
        assert store.load("o", ["a"]) == held


def answers(store: RedisStore) -> bool:
    with suppress(StoreUnavailable):
        store.load("o", ["a"])
        return True
    return False


def test_a_page_does_not_hang(server: RedisServer) -> None:
    """A server that answers nothing costs each call the time-out, connected or not."""
    connected, new = (RedisStore(server.url, timeout=0.1) for _ in range(2))
    held = connected.commit("o", [write("a", b"1")])
    server.pause()
    try:
        for store in (connected, new):
            for call in every_call(store):
                # It comes back although the server stays paused.
                with pytest.raises(StoreUnavailable, match="Timeout"):
                    call()
    finally:
        server.resume()
    for store in (connected, new):
        # A busy machine may take more than the time-out for the first answers.
        wait_until(partial(answers, store))
        assert store.load("o", ["a"]) == held
        store.close()


def test_a_full_server_loses_nothing_stored(store: RedisStore, client: redis.Redis) -> None:
    """The commit that finds no room fails as a whole, and the next one works again."""
    held = store.commit("o", [write("a", b"1")])
    client.config_set("maxmemory", "1")
    try:
        with pytest.raises(StoreUnavailable, match="maxmemory"):
            store.commit("o", [write("a", b"2", held["a"].revision), write("b", b"2")])
        assert store.load("o", ["a", "b"]) == held
    finally:
        client.config_set("maxmemory", "0")
    store.commit("o", [write("a", b"2", held["a"].revision), write("b", b"2")])


def test_a_replica_is_not_written_to(store: RedisStore, client: redis.Redis) -> None:
    """The message says what to name instead."""
    store.commit("o", [write("a", b"1")])
    client.replicaof("127.0.0.1", free_port())
    try:
        with pytest.raises(StoreUnavailable, match="name the server that takes writes"):
            store.commit("o", [write("b", b"1")])
    finally:
        client.replicaof("NO", "ONE")


def test_a_record_of_a_newer_version_is_left_alone(store: RedisStore, client: redis.Redis) -> None:
    """A downgrade says what to do and changes nothing."""
    held = store.commit("o", [write("a", b"1")])
    (name,) = client.scan_iter(match="*:data:*")
    client.setrange(name, 0, "\x09")
    before = client.get(name)
    for call in (
        lambda: store.load("o", ["a"]),
        lambda: store.revisions("o", ["a"]),
        lambda: store.commit("o", [write("a", b"2", held["a"].revision)]),
    ):
        with pytest.raises(StoreUnavailable, match="newer version"):
            call()
    store.touch("o", ["a"], 9e9)
    assert client.get(name) == before


def test_other_data_under_the_same_name(store: RedisStore, client: redis.Redis) -> None:
    """Is an error of the store, not of the page."""
    store.commit("o", [write("a", b"1")])
    (name,) = client.scan_iter(match="*:keys:*")
    client.delete(name)
    client.lpush(name, b"1")
    with pytest.raises(StoreUnavailable, match="WRONGTYPE"):
        store.commit("o", [write("b", b"1")])


def test_through_sentinels(tmp_path: Path) -> None:
    """The server that takes writes is found, also where the first sentinel is down."""
    with (
        redis_server(requirepass="hidden") as server,
        redis_server(
            "--sentinel", sentinel=f"monitor service 127.0.0.1 {server.port} 1"
        ) as sentinel,
    ):
        hosts = f"127.0.0.1:{free_port()},127.0.0.1:{sentinel.port}"
        with closing(open_store(f"redis+sentinel://:hidden@{hosts}/service/3")) as store:
            assert store.commit("o", [write("a", b"1")]) == store.load("o", ["a"])
        with redis.Redis(port=server.port, password="hidden", db=3) as client:
            assert client.dbsize() == 2
        unknown = open_store(f"redis+sentinel://:hidden@{hosts}/other/3")
        with pytest.raises(StoreUnavailable, match=r"other: No master found") as raised:
            unknown.load("o", ["a"])
        assert "hidden" not in str(raised.value)
        unknown.close()
        sentinel.pause()
        paused = open_store(f"redis+sentinel://:hidden@{hosts}/service?socket_timeout=0.2")
        with pytest.raises(StoreUnavailable, match="No master found"):
            paused.load("o", ["a"])
        paused.close()


def test_over_tls(tmp_path: Path) -> None:
    """With a certificate that is known, and not with one that is not."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "1", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    port = free_port()
    with redis_server(
        tls_port=str(port),
        tls_cert_file=str(certificate),
        tls_key_file=str(key),
        tls_auth_clients="no",
    ):
        url = f"rediss://127.0.0.1:{port}/0"
        with pytest.raises(StoreUnavailable, match="certificate"):
            open_store(url).load("o", ["a"])
        with closing(open_store(f"{url}?ssl_ca_certs={certificate}")) as store:
            assert store.commit("o", [write("a", b"1")]) == store.load("o", ["a"])


# Older versions of redis-py leave a socket that could not connect to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_through_a_unix_socket(tmp_path: Path) -> None:
    """With the number of the database as an option."""
    path = tmp_path / "redis.sock"
    with (
        redis_server(unixsocket=str(path)) as server,
        closing(open_store(f"unix://{path}?db=2")) as store,
        redis.Redis(port=server.port, db=2) as client,
    ):
        assert store.commit("o", [write("a", b"1")]) == store.load("o", ["a"])
        assert client.dbsize() == 2
        server.stop()
        with pytest.raises(StoreUnavailable, match=f"^unix://{path}: "):
            store.load("o", ["a"])
        server.start()


def test_valkey_is_redis(server: RedisServer, store: RedisStore) -> None:
    """Under its own name."""
    held = store.commit("o", [write("a", b"1")])
    with closing(open_store(server.url.replace("redis:", "valkey:"))) as other:
        assert other.load("o", ["a"]) == held


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hid/den@host",
        "redis://:hidden@host:port",
        "redis://:hidden@host:70000",
        "redis://:hidden@host/name",
        "redis://:hidden@a..b",
        "redis://:hidden@host?unknown=1",
        "redis://:hidden@host?socket_timeout=soon",
        "rediss://:hidden@host?ssl_cert_reqs=perhaps",
        "redis://:hidden@host?prefix={}",
        "unix://:hidden@",
        "redis+sentinel://:hidden@host",
        "redis+sentinel://:hidden@/service",
        "redis+sentinel://:hidden@host,/service",
        "redis+sentinel://:hidden@host:port/service",
        "redis+sentinel://:hidden@host/service/name",
        "redis+sentinel://:hidden@host/service?unknown=1",
    ],
)
def test_a_wrong_url_is_refused(url: str) -> None:
    """When it is named, not when it is used; without its password in the message."""
    with pytest.raises(InvalidArgument) as raised:
        open_store(url)
    told = "".join(traceback.format_exception(raised.value))
    assert "hid" not in told.replace(url, "")


def test_options_of_the_driver_pass_through() -> None:
    """Those of the URL win; responses are never decoded."""
    store = RedisStore("redis://host:1/2?socket_timeout=7&client_name=me&decode_responses=True")
    assert isinstance(store, RedisStore)
    options = store._client._pools[0].connection_kwargs
    assert options["socket_timeout"] == 7
    assert options["client_name"] == "me"
    assert options["decode_responses"] is False
    assert (options["host"], options["port"], options["db"]) == ("host", 1, 2)


def test_a_client_of_ones_own(client: redis.Redis) -> None:
    """It is used, and stays open."""
    store = RedisStore.from_client(client)
    held = store.commit("o", [write("a", b"1")])
    assert store.load("o", ["a"]) == held
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        store.load("o", ["a"])
    assert client.ping()
    with (
        redis.Redis(decode_responses=True) as decoding,
        pytest.raises(InvalidArgument, match="decode_responses"),
    ):
        RedisStore.from_client(decoding)


def test_a_closed_store_lets_go_of_its_connections(
    server: RedisServer, client: redis.Redis
) -> None:
    """And so does one that nobody has closed, when it goes."""
    gc.collect()  # older versions of redis-py tie connections into cycles
    others = len(client.client_list())
    for end in (lambda store: store.close(), lambda store: None):
        store = RedisStore(server.url)
        store.load("o", ["a"])
        assert len(client.client_list()) == others + 1
        end(store)
        del store
        gc.collect()
        wait_until(lambda: len(client.client_list()) == others)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork has nothing to test")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_both_sides_of_a_fork_go_on(store: RedisStore) -> None:
    """Each with connections of its own."""
    held = store.commit("o", [write("a", b"0")])
    child = os.fork()
    if child == 0:
        try:
            for number in range(200):
                assert store.load("o", ["a"]) == held
                store.commit("o", [write(f"child {number}", b"1")])
            store.close()
            os._exit(0)
        except BaseException:
            os._exit(1)
    for number in range(200):
        assert store.load("o", ["a"]) == held
        store.commit("o", [write(f"parent {number}", b"1")])
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.size("o") == 401


_WITHOUT = """
import sys
sys.modules["redis"] = None
from streamlit_persistent_state import stores
from streamlit_persistent_state.errors import InvalidArgument
stores.open_store("memory://")
for name_it in (lambda: stores.open_store("redis://host"), lambda: stores.RedisStore):
    try:
        name_it()
    except InvalidArgument as error:
        print(error)
"""


def test_without_the_driver() -> None:
    """Nothing else needs it, and who asks for Redis is told what to install."""
    command = [sys.executable, "-c", _WITHOUT]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.count('pip install "streamlit-persistent-state[redis]"') == 2


def test_the_driver_is_imported_by_those_who_use_it() -> None:
    """It takes its time, which an app with another store does not pay."""
    code = (
        "import sys; from streamlit_persistent_state import stores; assert 'redis' not in "
        "sys.modules; stores.RedisStore; assert 'redis' in sys.modules; "
        "assert not hasattr(stores, 'Other')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


class AYearAhead(Process):
    """A server of the app whose clock is wrong."""

    def now(self) -> float:
        return super().now() + 365 * 24 * 3600


def test_a_wrong_clock_takes_nothing_away(store: RedisStore) -> None:
    """What has expired is a matter of the store's clock, for those who sweep and those who read."""
    expires_at = time.time() + 1000
    written = store.commit("o", [write("a", b"1", expires_at=expires_at)])
    with running_in(AYearAhead()):
        assert store.sweep() == 0
        assert store.load("o", ["a"]) == written
        assert store.revisions("o", ["a"])
        assert store.exists("o")
        assert store.size("o") == 1
        assert [key for _, key, _ in store.records()] == ["a"]
        assert store.renew("o", expires_at + 1) == 1
        with pytest.raises(Conflict):
            store.commit("o", [write("a", b"2")])
        assert store.delete("o").keys() == {"a"}
