"""The SQL store keeps the contract, in a real PostgreSQL that is stopped, paused and cut off."""

from __future__ import annotations

import logging
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing.synchronize import Barrier

import psycopg
import pytest
import sqlalchemy
import streamlit as st

from streamlit_persistent_state._process import Process, running_in
from streamlit_persistent_state.errors import (
    Conflict,
    InvalidArgument,
    OwnerFull,
    StoreUnavailable,
)
from streamlit_persistent_state.stores import SQLStore, Store, open_store
from streamlit_persistent_state.stores._clock import Clock
from streamlit_persistent_state.testing import StoreContract
from streamlit_persistent_state.testing._store_contract import count_up, write
from tests.support.postgres_server import LARGEST_FILE, PASSWORD, PostgresServer, serve_postgres
from tests.support.proxy import proxy

TABLE = "streamlit_persistent_state"
TIMEOUT = 0.4


@pytest.fixture(scope="module")
def running() -> Iterator[PostgresServer]:
    with serve_postgres() as running:
        yield running


@pytest.fixture
def server(running: PostgresServer) -> PostgresServer:
    """A server without our tables."""
    with running.connect() as connection:
        connection.execute(f"DROP TABLE IF EXISTS {TABLE}, {TABLE}_version")
    return running


@pytest.fixture
def store(server: PostgresServer) -> Iterator[SQLStore]:
    with closing(SQLStore(server.url, timeout=TIMEOUT)) as store:
        yield store


@contextmanager
def engine_of(server: PostgresServer) -> Iterator[sqlalchemy.Engine]:
    engine = sqlalchemy.create_engine(server.url.replace("postgresql", "postgresql+psycopg"))
    yield engine
    engine.dispose()


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def store(self, server: PostgresServer) -> Iterator[Store]:
        # Eight processes on a busy machine may have to wait for their turn.
        self.url = f"{server.url}?timeout=20"
        with closing(open_store(self.url)) as store:
            yield store


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_url_names_it_and_connects_to_nothing(scheme: str) -> None:
    """`configure` may be called before the server is there."""
    store = open_store(f"{scheme}://u:{PASSWORD}@no.such.host:1/app")
    assert isinstance(store, SQLStore)
    store.close()


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        (f"postgresql://u:{PASSWORD}@host:port/app", "another form"),
        (f"postgresql://u:p@{PASSWORD}@host/app", "%40"),
        (f"postgresql://u:{PASSWORD}@host/app?nonsense=1", "nonsense"),
        (f"postgresql://u:{PASSWORD}@host/app?timeout=0", "timeout in the URL"),
        (f"postgresql://u:{PASSWORD}@host/app?sslmode=require&timeout=x", "timeout in the URL"),
        (f"mysql://u:{PASSWORD}@host/app", "for PostgreSQL"),
        ("sqlite:///state.db", "store='sqlite:///"),
        ("", "another form"),
    ],
)
def test_a_url_that_is_wrong_is_refused(url: str, hint: str) -> None:
    """When it is named, not when it is needed."""
    with pytest.raises(InvalidArgument, match=hint) as raised:
        SQLStore(url)
    assert PASSWORD not in str(raised.value)


def test_what_is_no_engine_of_psycopg_is_refused() -> None:
    """The message says what to do instead."""
    with pytest.raises(InvalidArgument, match="takes a URL"):
        SQLStore(5)
    with pytest.raises(InvalidArgument, match="store='sqlite:///"):
        SQLStore(sqlalchemy.create_engine("sqlite://"))
    for table in ("", "Table", "a b", 'a"b', "x" * 41, 5):
        with pytest.raises(InvalidArgument, match="table must"):
            SQLStore("postgresql://", table=table)  # type: ignore[arg-type]
    for timeout in (0, -1, "1", True):
        with pytest.raises(InvalidArgument, match="timeout must"):
            SQLStore("postgresql://", timeout=timeout)  # type: ignore[arg-type]


_WITHOUT = """
import sys

sys.modules[sys.argv[1]] = None
from streamlit_persistent_state import stores

try:
    stores.open_store("postgresql://u:p@host/app")
except ValueError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("missing", ["sqlalchemy", "psycopg"])
def test_a_missing_driver_is_named(missing: str) -> None:
    """With the command that installs it; the other stores work without."""
    command = [sys.executable, "-c", _WITHOUT, missing]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "InvalidArgument" in said
    assert 'pip install "streamlit-persistent-state[postgres]"' in said


def test_a_driver_is_imported_only_when_it_is_needed() -> None:
    """Apps that keep their state elsewhere do not pay for it."""
    code = (
        "import sys, streamlit_persistent_state.stores;"
        "print({'sqlalchemy', 'psycopg'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_call_takes_one_round_trip(server: PostgresServer) -> None:
    """A load, a commit with and without a limit, a look at revisions, a deletion."""
    with proxy(server.port) as between:
        url = server.url.replace(str(server.port), str(between.port))
        with closing(SQLStore(url)) as store:
            revision = store.commit("o", [write("a", b"1"), write("b", b"1")])["a"].revision

            def round_trips(call: Callable[[], object]) -> int:
                before = between.round_trips
                call()
                return between.round_trips - before

            def commit(max_bytes: int | None) -> None:
                nonlocal revision
                writes = [write("a", b"2", revision), write(f"c{revision}", b"3")]
                revision = store.commit("o", writes, max_bytes=max_bytes)["a"].revision

            calls: dict[str, Callable[[], object]] = {
                "load": lambda: store.load("o", ["a", "b", "c"]),
                "revisions": lambda: store.revisions("o", ["a", "b", "c"]),
                "exists": lambda: store.exists("o"),
                "commit": lambda: commit(None),
                "limited commit": lambda: commit(10**6),
                "touch": lambda: store.touch("o", ["a"], 9e9),
                "size": lambda: store.size("o"),
                "delete": lambda: store.delete("o", ["b"]),
            }
            first = {name: round_trips(call) for name, call in calls.items()}
            assert first == dict.fromkeys(calls, 1)
            # psycopg prepares what is said often, once per connection.
            for call in calls.values():
                for _ in range(6):
                    call()
            later = {name: round_trips(call) for name, call in calls.items()}
            assert later == dict.fromkeys(calls, 1)


def test_loading_uses_the_primary_key(store: SQLStore, server: PostgresServer) -> None:
    """A table of a million owners is as fast as one of ten."""
    store.commit("o", [write("a", b"1")])
    with server.connect() as connection:
        connection.execute(
            f"INSERT INTO {TABLE} SELECT sha256(n::text::bytea), sha256(n::text::bytea), '', '', "
            "'', 1, 1, 1 FROM generate_series(1, 10000) AS n"
        )
        connection.execute(f"ANALYZE {TABLE}")
        values = {"owner": b"o", "keys": [b"a"], "now": 0.0}
        plan = connection.execute(b"EXPLAIN " + store._sql.load, values).fetchall()
    assert f"Index Scan using {TABLE}_pkey" in plan[0][0]


def test_a_wrong_password_is_not_told(
    server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The message says that it is wrong; the log of all packages does not tell it either."""
    caplog.set_level(logging.DEBUG)
    url = server.url.replace("postgres@", f"guarded:{PASSWORD}{{}}@")
    with closing(SQLStore(url.format("2"))) as wrong:
        with pytest.raises(StoreUnavailable, match="the user and the password") as raised:
            wrong.load("o", ["a"])
        said = [str(raised.value), str(raised.value.__cause__), repr(wrong), str(vars(wrong))]
    assert PASSWORD not in "".join([*said, caplog.text])
    assert "guarded@127.0.0.1" in said[0]
    with closing(SQLStore(url.format(""))) as right:
        assert right.load("o", ["a"]) == {}


def test_a_server_that_is_down_and_comes_back(store: SQLStore, server: PostgresServer) -> None:
    """Before the first use and in mid-session; the first call afterwards works again."""
    server.stop()
    try:
        with pytest.raises(StoreUnavailable, match="see that the server runs"):
            store.load("o", ["a"])
    finally:
        server.start()
    first = store.commit("o", [write("a", b"1")])
    server.stop()
    try:
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="see that the server runs"):
                store.commit("o", [write("a", b"2", first["a"].revision)])
    finally:
        server.start()
    assert store.load("o", ["a"]) == first
    server.stop()
    server.start()
    assert store.commit("o", [write("a", b"2", first["a"].revision)])


def test_idle_connections_are_replaced_together(store: SQLStore, server: PostgresServer) -> None:
    """After a restart no call meets one of the old connections a second time."""
    barrier = threading.Barrier(4)

    def load() -> None:
        barrier.wait()
        store._database.run(lambda cursor: barrier.wait())

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.stop()
    server.start()
    for _ in range(4):
        assert store.load("o", ["a"]) == {}


def test_a_process_that_ends_can_save(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some Pythons start no thread any more by then."""

    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    with closing(SQLStore(server.url)) as store:
        monkeypatch.setattr(threading.Thread, "start", start)
        written = store.commit("o", [write("a", b"1")])
        assert store.load("o", ["a"]) == written


@contextmanager
def in_time() -> Iterator[None]:
    """Expect a call to come back although its server stays silent."""
    with pytest.raises(StoreUnavailable, match="has not answered"):
        yield


def test_a_paused_server_stops_nobody(store: SQLStore, server: PostgresServer) -> None:
    """A call returns soon, with an old connection and with a new one; later all is as before."""
    with closing(SQLStore(server.url, timeout=TIMEOUT)) as new:
        written = store.commit("o", [write("a", b"1")])
        with server.paused():
            with in_time():
                store.load("o", ["a"])
            with in_time():
                store.load("o", ["a"])
            with in_time():
                new.load("o", ["a"])
        assert store.load("o", ["a"]) == new.load("o", ["a"]) == written


def test_a_paused_server_behind_an_engine(server: PostgresServer) -> None:
    """The time-out of the store holds, whatever the engine's is."""
    with engine_of(server) as engine, closing(SQLStore(engine, timeout=TIMEOUT)) as store:
        written = store.commit("o", [write("a", b"1")])
        with server.paused():
            for _ in range(2):
                with in_time():
                    store.load("o", ["a"])
        assert store.load("o", ["a"]) == written


def test_a_network_that_loses_everything(server: PostgresServer) -> None:
    """It is noticed in time, and all connections are made anew afterwards."""
    with proxy(server.port) as between:
        url = server.url.replace(str(server.port), str(between.port))
        with closing(SQLStore(url, timeout=TIMEOUT)) as store:
            written = store.commit("o", [write("a", b"1")])
            between.lossy = True
            for _ in range(2):
                with in_time():
                    store.load("o", ["a"])
            between.lossy = False
            assert store.load("o", ["a"]) == written


def test_records_that_another_transaction_holds(store: SQLStore, server: PostgresServer) -> None:
    """A commit gives up and says why, reading goes on."""
    written = store.commit("o", [write("a", b"1")])
    with server.connect() as other, other.transaction():
        other.execute(f"SELECT FROM {TABLE} FOR UPDATE")
        with pytest.raises(StoreUnavailable, match="another transaction holds"):
            store.commit("o", [write("a", b"2", written["a"].revision)])
        assert store.load("o", ["a"]) == written
    assert store.commit("o", [write("a", b"2", written["a"].revision)])


def test_a_commit_whose_answer_is_lost_is_no_conflict(server: PostgresServer) -> None:
    """It is done a second time, finds its own records, and succeeds."""
    with proxy(server.port) as between:
        url = server.url.replace(str(server.port), str(between.port))
        with closing(SQLStore(url)) as store:
            first = store.commit("o", [write("a", b"1")])
            between.swallow_answer = True
            second = store.commit("o", [write("a", b"2", first["a"].revision)])
            assert not between.swallow_answer
            assert store.load("o", ["a"]) == second


def test_a_newer_table_is_left_alone(store: SQLStore, server: PostgresServer) -> None:
    """A downgrade says what to do and changes nothing."""
    store.load("o", ["a"])
    with server.connect() as connection:
        connection.execute(f"UPDATE {TABLE}_version SET version = 99")
        with (
            closing(SQLStore(server.url)) as old,
            pytest.raises(StoreUnavailable, match="newer version"),
        ):
            old.commit("o", [write("a", b"1")])
        assert connection.execute(f"SELECT count(*) FROM {TABLE}").fetchone() == (0,)


def test_tables_that_were_removed_are_made_anew(store: SQLStore, server: PostgresServer) -> None:
    """As a deleted file of the SQLite store is."""
    first = store.commit("o", [write("a", b"1")])
    with server.connect() as connection:
        connection.execute(f"DROP TABLE {TABLE}, {TABLE}_version")
    assert store.load("o", ["a"]) == {}
    with pytest.raises(Conflict):
        store.commit("o", [write("a", b"2", first["a"].revision)])
    assert store.commit("o", [write("a", b"2")])


def test_another_table_of_this_name_is_left_alone(server: PostgresServer) -> None:
    """Nothing is written into what belongs to somebody else."""
    with server.connect() as connection:
        connection.execute("CREATE TABLE theirs (a int)")
    with (
        closing(SQLStore(server.url, table="theirs")) as store,
        pytest.raises(StoreUnavailable, match="name another table"),
    ):
        store.commit("o", [write("a", b"1")])


def test_a_user_without_rights(store: SQLStore, server: PostgresServer) -> None:
    """The message says what to allow."""
    store.load("o", ["a"])
    url = server.url.replace("postgres@", f"guarded:{PASSWORD}@")
    with (
        closing(SQLStore(url)) as other,
        pytest.raises(StoreUnavailable, match="let the user create and write"),
    ):
        other.load("o", ["a"])


FORKS = multiprocessing.get_context("fork")


def open_first(url: str, barrier: Barrier) -> None:
    for number in range(10):
        with closing(SQLStore(url, table=f"table{number}")) as store:
            barrier.wait()
            store.load("o", ["a"])


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_many_processes_may_make_the_table_at_once(server: PostgresServer) -> None:
    """Ten new tables, each asked for by eight processes in the same moment."""
    barrier = FORKS.Barrier(8)
    processes = [FORKS.Process(target=open_first, args=(server.url, barrier)) for _ in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 8


def test_new_keys_of_many_writers_conflict(store: SQLStore) -> None:
    """Of eight threads that make the same two keys, in either order, one succeeds."""
    for number in range(20):
        keys = [f"a{number}", f"b{number}"]
        barrier, outcomes = threading.Barrier(8), list[str]()

        def make(name: bytes) -> None:
            wanted = [write(key, name) for key in (keys if name < b"4" else reversed(keys))]  # noqa: B023
            barrier.wait()  # noqa: B023
            try:
                store.commit("o", wanted)
                outcomes.append("made")  # noqa: B023
            except Conflict as conflict:
                found = {record and record.payload for record in conflict.current.values()}
                outcomes.append(f"{len(conflict.current)} {len(found)}")  # noqa: B023

        threads = [threading.Thread(target=make, args=(b"%d" % n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["2 1"] * 7 + ["made"]


def test_writers_of_the_same_moment_conflict(
    store: SQLStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where all write the same, on top of the same revision."""
    revision = store.commit("o", [write("a", b"1")])["a"].revision
    clock = Clock()
    monkeypatch.setattr("streamlit_persistent_state.stores._sql.store.Clock", lambda *_: clock)
    store.commit("o", [write("a", b"2", revision)])
    with pytest.raises(Conflict):
        store.commit("o", [write("a", b"2", revision)])


def test_an_owner_is_not_overfilled_by_many_writers(store: SQLStore) -> None:
    """Eight threads that each write a key of their own stay within the limit together."""
    barrier = threading.Barrier(8)
    outcomes: list[bool] = []

    def fill(name: str) -> None:
        barrier.wait()
        try:
            store.commit("o", [write(name, b"x" * 10)], max_bytes=35)
            outcomes.append(True)
        except OwnerFull:
            outcomes.append(False)

    store.load("o", [])
    threads = [threading.Thread(target=fill, args=(str(n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 5 + [True] * 3
    assert store.size("o") == 30


def test_a_full_disk_loses_nothing_stored(store: SQLStore) -> None:
    """The commit that finds no room fails as a whole, and the next one works again."""
    written = store.commit("o", [write("a", b"1")])
    payload = os.urandom(2**20)
    writes = [write(f"b{number}", payload) for number in range(LARGEST_FILE // 2**20 + 1)]
    with pytest.raises(StoreUnavailable, match="File too large"):
        store.commit("o", writes)
    assert store.load("o", ["a", "b0", "b1"]) == written
    assert store.commit("o", writes[:2])


def test_an_engine_stays_its_owners(server: PostgresServer) -> None:
    """Its connections come back as they were, and closing the store leaves it open."""
    with engine_of(server) as engine:
        store = SQLStore(engine)
        threads = [threading.Thread(target=count_up, args=(store, 10)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [record.payload for _, _, record in store.records()] == [b"80"]
        store.close()
        with engine.connect() as mine:
            mine.execute(sqlalchemy.text(f"DELETE FROM {TABLE}"))
            mine.rollback()
            assert mine.execute(sqlalchemy.text(f"SELECT count(*) FROM {TABLE}")).scalar() == 1


@pytest.mark.parametrize("autocommit", [False, True])
def test_a_connection_of_streamlit(server: PostgresServer, autocommit: bool) -> None:
    """The one that the app has already, with its settings from secrets.toml."""
    url = server.url.replace("postgresql", "postgresql+psycopg")
    connection = st.connection(f"c{autocommit}", type="sql", url=url, autocommit=autocommit)
    with closing(SQLStore(connection)) as store:
        written = store.commit("o", [write("a", b"1")])
        assert store.load("o", ["a"]) == written
    connection.engine.dispose()


def write_often(store: SQLStore, owner: str) -> None:
    revision = 0
    for number in range(100):
        revision = store.commit(owner, [write("a", b"%d" % number, revision)])["a"].revision


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork has nothing to test")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("handed_in", [False, True])
def test_a_forked_process_has_connections_of_its_own(
    server: PostgresServer, handed_in: bool
) -> None:
    """Both sides of a fork go on at the same time, also where the parent is in a call."""
    begun, done = threading.Event(), threading.Event()

    def call(_: object) -> None:
        begun.set()
        done.wait()

    with (
        engine_of(server) as engine,
        closing(SQLStore(engine if handed_in else server.url)) as store,
    ):
        busy = threading.Thread(target=store._database.run, args=(call,))
        busy.start()
        begun.wait()
        child = os.fork()
        if child == 0:
            try:
                write_often(store, "child")
                os._exit(0)
            except BaseException:
                os._exit(1)
        write_often(store, "parent")
        done.set()
        busy.join()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        for owner in ("child", "parent"):
            assert store.load(owner, ["a"])["a"].payload == b"99"


def wait_for_the_end_of(backend: int, server: PostgresServer) -> None:
    alive = "SELECT FROM pg_stat_activity WHERE pid = %s"
    deadline = time.monotonic() + 10
    with server.connect() as connection:
        while connection.execute(alive, [backend]).fetchone() is not None:
            assert time.monotonic() < deadline


def test_a_store_may_be_closed_during_a_call(server: PostgresServer) -> None:
    """The call ends well, and its connection is closed then."""
    store = SQLStore(server.url)
    begun, closed = threading.Event(), threading.Event()
    backends: list[int] = []

    def call(cursor: psycopg.Cursor) -> None:
        backends.append(cursor.connection.info.backend_pid)
        begun.set()
        closed.wait()

    busy = threading.Thread(target=store._database.run, args=(call,))
    busy.start()
    begun.wait()
    store.close()
    closed.set()
    busy.join()
    wait_for_the_end_of(backends[0], server)


def test_a_store_that_nobody_closes_closes_its_connections(server: PostgresServer) -> None:
    """When it goes, without a warning."""
    store = SQLStore(server.url)
    backend = store._database.run(lambda cursor: cursor.connection.info.backend_pid)
    del store
    wait_for_the_end_of(backend, server)


def test_the_sweep_goes_in_steps(store: SQLStore) -> None:
    """And leaves what another transaction has in hand."""
    store.commit("o", [write(f"k{number}", b"", expires_at=1.0) for number in range(1200)])
    assert store.sweep() == 1200


class AYearAhead(Process):
    """A server of the app whose clock is wrong."""

    def now(self) -> float:
        return super().now() + 365 * 24 * 3600


def test_a_wrong_clock_takes_nothing_away(store: SQLStore) -> None:
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
