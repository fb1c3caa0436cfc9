"""The SQLite store keeps the contract, and its file is safe."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from streamlit_persistent_state.errors import Conflict, StoreUnavailable
from streamlit_persistent_state.stores import SQLiteStore
from streamlit_persistent_state.testing import StoreContract
from streamlit_persistent_state.testing._store_contract import write


class TestSQLiteStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SQLiteStore]:
        self.url = f"sqlite:///{tmp_path}/state.db"
        with closing(SQLiteStore(tmp_path / "state.db")) as store:
            yield store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "state.db"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(path, timeout=0.05)) as store:
        yield store


def test_nothing_is_made_before_the_first_use(path: Path) -> None:
    """Naming a store in the configuration touches no disk."""
    SQLiteStore(path).close()
    assert not path.parent.exists()


def test_only_its_owner_can_read_it(store: SQLiteStore, path: Path) -> None:
    """The file and its side files have mode 0600, the folder made for them 0700."""
    old = os.umask(0)
    try:
        store.commit("o", [write("a", b"1")])
    finally:
        os.umask(old)
    files = list(path.parent.iterdir())
    assert {file.name for file in files} == {"state.db", "state.db-wal", "state.db-shm"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_it_is_in_write_ahead_mode_with_a_version(store: SQLiteStore, path: Path) -> None:
    """Readers do not wait for writers, and a later version can tell what it finds."""
    store.commit("o", [write("a", b"1")])
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert plain.execute("PRAGMA user_version").fetchone() == (1,)


def test_loading_uses_the_primary_key(store: SQLiteStore, path: Path) -> None:
    """A file with a million owners is as fast as one with ten."""
    store.commit("o", [write("a", b"1")])
    from streamlit_persistent_state.stores._sqlite.store import _select

    with closing(sqlite3.connect(path)) as plain:
        plan = plain.execute(
            f"EXPLAIN QUERY PLAN {_select('payload', 1)}", ("o", "a", 0.0)
        ).fetchall()
    steps = " ".join(step for *_, step in plan)
    assert "SEARCH record USING PRIMARY KEY (owner=? AND key=?)" in steps
    assert "SCAN record" not in steps


def test_a_newer_file_is_left_alone(store: SQLiteStore, path: Path) -> None:
    """A downgrade says what to do and changes nothing."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(StoreUnavailable, match="newer version"):
        store.load("o", ["a"])
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(store: SQLiteStore, path: Path) -> None:
    """The message says how to start anew; the file stays as evidence."""
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(StoreUnavailable, match="move the file away"):
        store.load("o", ["a"])
    assert path.read_bytes() == b"no database" * 1000


def test_a_damaged_page_is_reported(store: SQLiteStore, path: Path) -> None:
    """A file whose pages are overwritten raises what every store raises."""
    store.commit("o", [write(f"k{n}", b"x" * 1000) for n in range(100)])
    store.close()
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damaged = bytearray(path.read_bytes())
    damaged[4096:] = b"\xff" * (len(damaged) - 4096)
    path.write_bytes(damaged)
    with pytest.raises(StoreUnavailable, match="move the file away"):
        list(SQLiteStore(path).records())


def test_a_path_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder in place of the file, or a file in place of the folder."""
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "state.db"):
        with pytest.raises(StoreUnavailable, match="must be able to write there"):
            SQLiteStore(path).load("o", ["a"])


def test_a_file_locked_by_another_program(store: SQLiteStore, path: Path) -> None:
    """A commit gives up after the time-out, reading goes on, and all works once it is free."""
    store.commit("o", [write("a", b"1")])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="another program holds the file"):
            store.commit("o", [write("b", b"1")])
        assert store.load("o", ["a"])["a"].payload == b"1"
    assert store.commit("o", [write("b", b"1")])


_FULL = """
import resource, sys
from streamlit_persistent_state.testing._store_contract import write
from streamlit_persistent_state.errors import StoreUnavailable
from streamlit_persistent_state.stores import SQLiteStore

store = SQLiteStore(sys.argv[1])
written = store.commit("o", [write("a", b"1")])
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
try:
    store.commit("o", [write("b", b"x" * 10**6)])
except StoreUnavailable as error:
    print(error)
assert store.load("o", ["a", "b"]) == written
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.commit("o", [write("b", b"2")])
"""


def test_a_full_disk_loses_nothing_stored(path: Path) -> None:
    """The commit that finds no room fails as a whole, and the next one works again."""
    command = [sys.executable, "-c", _FULL, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert str(path) in done.stdout


def test_threads_that_come_and_go_share_connections(store: SQLiteStore) -> None:
    """Every run of a script has threads of its own; the file is not opened for each."""
    for _ in range(50):
        thread = threading.Thread(target=store.load, args=("o", ["a"]))
        thread.start()
        thread.join()
    assert len(store._file._idle) == 1


def test_many_threads_at_once_take_a_handful_of_connections(path: Path) -> None:
    """Each session has threads of its own; what they have open does not grow with them."""
    opened: list[object] = []
    with closing(SQLiteStore(path)) as store:
        store.commit("o", [write("a", b"1")])
        open_one = store._file._open

        def counted() -> Any:
            opened.append(None)
            return open_one()

        store._file._open = counted  # type: ignore[method-assign]
        start = threading.Barrier(60)

        def work(number: int) -> None:
            start.wait()
            for _ in range(5):
                store.load("o", ["a"])
                revision = store.revisions(f"o{number}", ["a"]).get("a", 0)
                store.commit(f"o{number}", [write("a", b"1", revision)])

        threads = [threading.Thread(target=work, args=(number,)) for number in range(60)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.load("o59", ["a"])
        assert len(opened) <= 4  # besides the first
        assert len(store._file._idle) <= 5


def test_who_waits_for_a_connection_waits_for_the_time_out_alone(store: SQLiteStore) -> None:
    """A writer of this process that takes long holds up other writers, and nobody who reads."""
    store.commit("o", [write("a", b"1")])
    with store._file.connection(writes=True):
        with pytest.raises(StoreUnavailable, match=r"in use for 0\.05 s"):
            store.commit("o", [write("b", b"1")])
        assert store.load("o", ["a"])
    assert store.commit("o", [write("b", b"1")])


_VISIT = """
import sqlite3, sys

visitor = sqlite3.connect(sys.argv[1])
print(*sorted(key for key, in visitor.execute("SELECT key FROM record")))
visitor.close()
"""


def visit(path: Path) -> list[str]:
    """Open and close the file in another program, and return the keys it sees."""
    command = [sys.executable, "-c", _VISIT, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_a_visitor_does_not_take_the_log_away(store: SQLiteStore, path: Path) -> None:
    """What is committed after another program has closed the file is there for all to see."""
    store.commit("o", [write("a", b"1")])
    # Two connections of one process: opening the second must not drop the locks of the first.
    with store._file.connection(), store._file.connection():
        pass
    assert visit(path) == ["a"]
    store.commit("o", [write("b", b"2")])
    assert visit(path) == ["a", "b"]


@pytest.mark.parametrize("files", [["state.db"], ["state.db", "state.db-wal", "state.db-shm"]])
def test_a_deleted_file_is_made_anew(store: SQLiteStore, path: Path, files: list[str]) -> None:
    """No commit is acknowledged that goes into a file nobody can open any more."""
    first = store.commit("o", [write("a", b"1")])
    with store._file.connection():
        for name in files:
            (path.parent / name).unlink()
        assert store.load("o", ["a"]) == {}
    # The connection that was in use meanwhile belongs to the deleted file.
    with pytest.raises(Conflict):
        store.commit("o", [write("a", b"2", first["a"].revision)])
    store.commit("o", [write("b", b"2")])
    assert visit(path) == ["b"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork has nothing to test")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_loses_nothing(store: SQLiteStore, path: Path) -> None:
    """Both sides of a fork go on, and either may close the store first."""
    store.commit("o", [write("a", b"1")])
    (ready, tell_ready), (go, tell_go) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        try:
            store.commit("o", [write("b", b"1")])
            os.close(tell_ready)
            os.close(tell_go)
            os.read(go, 1)
            store.commit("o", [write("c", b"1")])
            os._exit(0)
        except BaseException:
            os._exit(1)
    os.close(tell_ready)
    os.read(ready, 1)
    store.close()
    assert visit(path) == ["a", "b"]
    os.close(tell_go)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.close(ready)
    os.close(go)
    assert visit(path) == ["a", "b", "c"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork has nothing to test")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_fork_in_the_middle_of_a_use_is_refused(store: SQLiteStore) -> None:
    """The child says so instead of writing without locks; the parent goes on."""
    with store._file.connection():
        child = os.fork()
        if child == 0:
            try:
                store.load("o", ["a"])
                os._exit(1)
            except StoreUnavailable as error:
                os._exit(0 if "was forked" in str(error) else 2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.commit("o", [write("a", b"1")])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork has nothing to test")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_waits_for_no_thread_of_its_parent(store: SQLiteStore) -> None:
    """Whoever was about to take a connection when the process forked is not there in the child."""
    store.commit("o", [write("a", b"1")])
    gate = store._file._gates[True]
    with gate:
        child = os.fork()
        if child == 0:
            try:
                store.commit("o", [write("b", b"1")])
                os._exit(0)
            except BaseException:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.load("o", ["b"])


_WRITER = """
import sys
from streamlit_persistent_state.testing._store_contract import write
from streamlit_persistent_state.stores import SQLiteStore

store, revision = SQLiteStore(sys.argv[1]), int(sys.argv[2])
for number in range(10**9):
    revision = store.commit("o", [write("n", b"%d" % number, revision)])["n"].revision
    print(number, flush=True)
"""


def test_a_killed_writer_loses_nothing_it_has_acknowledged(path: Path) -> None:
    """Kill -9 in the middle of writing, twenty times; the file is whole each time."""
    store = SQLiteStore(path)
    for round_ in range(20):
        record = store.load("o", ["n"]).get("n")
        command = [sys.executable, "-c", _WRITER, str(path), str(record.revision if record else 0)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            for _ in range(1 + round_ * 7):
                writer.stdout.readline()
            writer.send_signal(signal.SIGKILL)
            acknowledged = writer.stdout.read().split()
        kept = int(store.load("o", ["n"])["n"].payload or b"-1")
        assert kept >= int(acknowledged[-1] if acknowledged else round_ * 7)
        with closing(sqlite3.connect(path)) as plain:
            assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)


_FIRST = """
import os, sys
from streamlit_persistent_state.stores import SQLiteStore

for number, line in enumerate(sys.stdin):
    SQLiteStore(f"{sys.argv[1]}/{number}.db").load("o", ["a"])
    print(number, flush=True)
"""


def test_many_processes_may_open_it_first(tmp_path: Path) -> None:
    """Thirty new files, each opened by eight processes at the same moment."""
    command = [sys.executable, "-c", _FIRST, str(tmp_path)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    for number in range(30):
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == f"{number}\n"
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0


def test_exporting_one_owner_reads_only_its_records(store: SQLiteStore, path: Path) -> None:
    """It does not walk through what comes after in a file with many owners."""
    for owner in ("a", "b", "c"):
        store.commit(owner, [write(key, b"1") for key in ("", "x", "y")])
    steps: list[str] = []
    with store._file.connection() as connection:
        connection.set_trace_callback(steps.append)
    assert [(owner, key) for owner, key, _ in store.records("b")] == [
        ("b", ""),
        ("b", "x"),
        ("b", "y"),
    ]
    (statement,) = steps
    with closing(sqlite3.connect(path)) as plain:
        plan = plain.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
    assert [step for *_, step in plan] == ["SEARCH record USING PRIMARY KEY (owner=? AND key>?)"]
