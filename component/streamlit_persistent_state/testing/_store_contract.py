"""The tests that every store must pass, for pytest to collect in a subclass."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable

from .._record import Record, Write
from ..errors import Conflict, InvalidArgument, OwnerFull, StoreUnavailable
from ..stores import Renewer, Store, Timekeeper

_WORKERS = 8
_OWNER = "browser:somebody"
_COUNT_UP = """
import sys
from streamlit_persistent_state.testing._store_contract import count_up
from streamlit_persistent_state.stores import open_store

count_up(open_store(sys.argv[1]), int(sys.argv[2]))
"""


def write(key: str, payload: bytes, expected: int = 0, expires_at: float | None = None) -> Write:
    return Write(key, payload, 1, expected, expires_at)


def count_up(store: Store, times: int) -> None:
    """Add one to a record as often as asked, each time on top of the newest revision."""
    for _ in range(times):
        while True:
            record = store.load(_OWNER, ["n"]).get("n")
            before = (int(record.payload or b"0"), record.revision) if record else (0, 0)
            try:
                store.commit(_OWNER, [write("n", b"%d" % (before[0] + 1), before[1])])
                break
            except Conflict:
                continue


def raises(error: type[Exception], call: Callable[[], object]) -> Exception:
    """Return what the call raises; any other end fails the test."""
    try:
        call()
    except error as raised:
        return raised
    raise AssertionError(f"{error.__name__} was not raised")


class StoreContract:
    """What a store must do. Subclass it in a test module and give it a fixture `store`.

    Set `url` on the instance, in that fixture, to what opens the same store in another process;
    without it the tests with several processes use threads.

    Examples
    --------
    >>> class TestMyStore(StoreContract):  # doctest: +SKIP
    ...     @pytest.fixture
    ...     def store(self, tmp_path):
    ...         self.url = f"mine:///{tmp_path}"
    ...         with closing(open_mine(self.url)) as store:
    ...             yield store
    """

    url: str | None = None

    def test_it_has_every_method(self, store: Store) -> None:
        """It can be given to ``configure(store=...)``."""
        assert isinstance(store, Store)

    def test_an_unknown_owner_has_nothing(self, store: Store) -> None:
        """Asking leaves no trace."""
        assert store.load(_OWNER, ["a", "b"]) == {}
        assert store.load(_OWNER, []) == {}
        assert not store.exists(_OWNER)
        assert list(store.records()) == []

    def test_what_was_committed_is_loaded(self, store: Store) -> None:
        """Exactly as it was, with the revisions and times that the commit has told."""
        before = time.time()
        written = store.commit(_OWNER, [write("a", b"1"), write("b", b"2", expires_at=9e9)])
        assert store.load(_OWNER, ["a", "b", "c"]) == written
        assert written["a"].payload == b"1"
        assert written["a"].schema == 1
        assert written["b"].expires_at == 9e9
        assert all(
            before - 1 <= record.updated_at <= time.time() + 1 for record in written.values()
        )
        assert store.exists(_OWNER)
        assert store.commit(_OWNER, []) == {}

    def test_owners_do_not_see_each_other(self, store: Store) -> None:
        """Not even when one's name begins with the other's."""
        store.commit(_OWNER, [write("a", b"1")])
        store.commit(_OWNER + "2", [write("a", b"2")])
        assert store.load(_OWNER, ["a"])["a"].payload == b"1"
        assert not store.exists(_OWNER[:-1])
        assert [owner for owner, _, _ in store.records(_OWNER)] == [_OWNER]

    def test_any_text_names_an_owner_and_a_key(self, store: Store) -> None:
        """Quotes, wildcards, control characters and long names are names like any other."""
        names = [
            "",
            "'",
            '"',
            "%",
            "_",
            "a b",
            "\n",
            "\x00",
            "\x00a",
            "é",
            "\U0001f600",
            "x" * 3000,
        ]
        for number, name in enumerate(names):
            store.commit(name, [write(key, b"%d" % number) for key in names])
        for number, name in enumerate(names):
            found = store.load(name, names)
            assert {key: record.payload for key, record in found.items()} == dict.fromkeys(
                names, b"%d" % number
            )

    def test_any_bytes_are_a_payload(self, store: Store) -> None:
        """All byte values, none at all, and a megabyte."""
        payloads = {"all": bytes(range(256)), "none": b"", "large": b"\x00\xff" * 2**19}
        store.commit(_OWNER, [write(key, payload) for key, payload in payloads.items()])
        found = store.load(_OWNER, payloads)
        assert {key: record.payload for key, record in found.items()} == payloads
        assert store.size(_OWNER) == 256 + 2**20

    def test_many_keys_at_once(self, store: Store) -> None:
        """More than databases take as single parameters."""
        keys = [f"key {number}" for number in range(40_000)]
        store.commit(_OWNER, [write(key, b"1") for key in keys])
        assert store.load(_OWNER, keys).keys() == set(keys)

    def test_a_load_sees_all_of_a_commit_or_nothing(self, store: Store) -> None:
        """Also of more keys than fit into one statement."""
        keys = [f"key {number:04}" for number in range(1200)]
        written = store.commit(_OWNER, [write(key, b"0") for key in keys])
        done = threading.Event()

        def rewrite(held: dict[str, Record]) -> None:
            number = 0
            while not done.is_set():
                number += 1
                payload = b"%d" % number
                writes = [write(key, payload, held[key].revision) for key in keys]
                held = store.commit(_OWNER, writes)

        writer = threading.Thread(target=rewrite, args=(written,))
        writer.start()
        try:
            for _ in range(60):
                found = store.load(_OWNER, keys)
                assert len({record.payload for record in found.values()}) == 1
        finally:
            done.set()
            writer.join()

    def test_a_stale_commit_is_refused(self, store: Store) -> None:
        """It changes nothing, and the error tells what the store has instead."""
        first = store.commit(_OWNER, [write("a", b"1"), write("b", b"1")])
        second = store.commit(_OWNER, [write("a", b"2", first["a"].revision)])
        assert second["a"].revision > first["a"].revision
        stale = [
            write("b", b"3", first["b"].revision),
            write("a", b"3", first["a"].revision),
            write("c", b"3", expected=1),
        ]
        conflict = raises(Conflict, lambda: store.commit(_OWNER, stale))
        assert isinstance(conflict, Conflict)
        assert conflict.current == {"a": second["a"], "c": None}
        assert store.load(_OWNER, ["a", "b", "c"]) == {**second, "b": first["b"]}
        raises(Conflict, lambda: store.commit(_OWNER, [write("a", b"3")]))

    def test_a_commit_may_delete(self, store: Store) -> None:
        """With other writes, all or none; what had no record is marked as deleted as well."""
        first = store.commit(_OWNER, [write("a", b"1"), write("b", b"1")])
        raises(Conflict, lambda: store.commit(_OWNER, [Write("a", None, 1), write("c", b"1")]))
        writes = [Write("a", None, 1, first["a"].revision), Write("n", None, 1), write("c", b"1")]
        before = time.time()
        done = store.commit(_OWNER, writes, max_bytes=2)
        assert store.load(_OWNER, ["a", "b", "c", "n"]) == {**done, "b": first["b"]}
        for key in ("a", "n"):
            deleted = done[key]
            assert deleted.payload is None
            assert deleted.revision > (first["a"].revision if key == "a" else 0)
            assert deleted.expires_at is not None
            assert abs(deleted.updated_at - before) < 60
            assert 86400 < deleted.expires_at - deleted.updated_at < 32 * 86400
            raises(Conflict, lambda: store.commit(_OWNER, [write(key, b"3")]))  # noqa: B023
        assert {key for _, key, _ in store.records(_OWNER)} == {"b", "c"}
        assert store.size(_OWNER) == 2
        assert store.delete(_OWNER, ["a", "n"]) == {}
        store.commit(_OWNER, [write("n", b"5", done["n"].revision)])
        assert store.load(_OWNER, ["n"])["n"].payload == b"5"

    def test_revisions_alone(self, store: Store) -> None:
        """Those that a load would tell."""
        written = store.commit(_OWNER, [write("a", b"1"), write("b", b"2")])
        deleted = store.delete(_OWNER, ["b"])
        store.commit(_OWNER, [write("c", b"3", expires_at=time.time() - 1)])
        revisions = {"a": written["a"].revision, "b": deleted["b"].revision}
        assert store.revisions(_OWNER, ["a", "b", "c", "d"]) == revisions
        assert store.revisions(_OWNER, []) == {}

    def test_an_owner_can_be_full(self, store: Store) -> None:
        """A commit that would leave more bytes than allowed writes nothing."""
        first = store.commit(_OWNER, [write("a", b"12345"), write("b", b"12345")], max_bytes=10)
        more = [write("a", b"1", first["a"].revision), write("c", b"1234567")]
        full = raises(OwnerFull, lambda: store.commit(_OWNER, more, max_bytes=12))
        assert isinstance(full, OwnerFull)
        assert (full.size, full.max_bytes) == (13, 12)
        assert store.load(_OWNER, ["a", "b", "c"]) == first
        store.commit("other", [write("a", b"1" * 12)], max_bytes=12)
        store.delete(_OWNER, ["b"])
        store.commit(_OWNER, more, max_bytes=8)
        assert store.size(_OWNER) == 8

    def test_a_key_is_written_once_in_a_commit(self, store: Store) -> None:
        """Which of two writes should win would be a guess."""
        twice = [write("a", b"1"), write("a", b"2")]
        raises(InvalidArgument, lambda: store.commit(_OWNER, twice))

    def test_a_deleted_record_does_not_come_back(self, store: Store) -> None:
        """A commit on top of what was deleted is a conflict, and so is one that expects nothing."""
        first = store.commit(_OWNER, [write("a", b"1"), write("b", b"2")])
        deleted = store.delete(_OWNER, ["a", "unknown"])
        assert deleted.keys() == {"a"}
        assert deleted["a"].payload is None
        assert deleted["a"].revision > first["a"].revision
        assert store.load(_OWNER, ["a", "b"]) == {**first, **deleted}
        assert [key for _, key, _ in store.records()] == ["b"]
        assert store.delete(_OWNER, ["a"]) == {}
        for expected in (0, first["a"].revision):
            again = [write("a", b"3", expected)]
            conflict = raises(Conflict, lambda again=again: store.commit(_OWNER, again))  # type: ignore[misc] # inference
            assert isinstance(conflict, Conflict)
            assert conflict.current == deleted
        anew = store.commit(_OWNER, [write("a", b"3", deleted["a"].revision)])
        assert anew["a"].revision > deleted["a"].revision

    def test_a_deletion_is_stamped_by_the_stores_clock(self, store: Store) -> None:
        """By this machine's, where the store has none."""
        now = store.now if isinstance(store, Timekeeper) else time.time
        store.commit(_OWNER, [write("a", b"1")])
        before = now()
        (deleted,) = store.delete(_OWNER).values()
        assert before - 0.001 <= deleted.updated_at <= now() + 0.001

    def test_all_of_an_owner_can_be_deleted(self, store: Store) -> None:
        """And of nobody else."""
        store.commit(_OWNER, [write("a", b"1"), write("b", b"2")])
        store.commit("other", [write("a", b"1")])
        assert store.delete(_OWNER).keys() == {"a", "b"}
        assert store.size(_OWNER) == 0
        assert [owner for owner, _, _ in store.records()] == ["other"]

    def test_an_expired_record_is_gone(self, store: Store) -> None:
        """For reading and for writing, before and after the sweep."""
        now = time.time()
        old = store.commit(_OWNER, [write("a", b"1", expires_at=now - 1)])
        store.commit(_OWNER, [write("b", b"2", expires_at=now + 1000)])
        store.commit("gone", [write("a", b"1", expires_at=now - 1)])
        assert store.load(_OWNER, ["a", "b"]).keys() == {"b"}
        assert not store.exists("gone")
        assert store.size(_OWNER) == 1
        assert store.delete("gone") == {}
        assert [key for _, key, _ in store.records()] == ["b"]
        anew = store.commit(_OWNER, [write("a", b"3", expires_at=now - 1)])
        assert anew["a"].revision > old["a"].revision
        assert store.sweep() == 2
        assert store.sweep() == 0
        assert store.commit(_OWNER, [write("a", b"4")])["a"].revision > anew["a"].revision

    def test_the_expiry_can_be_moved(self, store: Store) -> None:
        """Without a new revision, and not for what is deleted."""
        first = store.commit(_OWNER, [write("a", b"1"), write("b", b"2")])
        store.delete(_OWNER, ["b"])
        store.touch(_OWNER, ["a", "b", "c"], 9e9)
        found = store.load(_OWNER, ["a", "b", "c"])
        assert found["a"] == Record(b"1", 1, first["a"].revision, first["a"].updated_at, 9e9)
        assert found["b"].expires_at != 9e9
        store.touch(_OWNER, ["a"], None)
        assert store.load(_OWNER, ["a"])["a"].expires_at is None

    def test_an_owner_can_be_renewed(self, store: Store) -> None:
        """All at once, without a new revision; what is deleted or a note of the package stays."""
        if not isinstance(store, Renewer):
            return
        written = store.commit(
            _OWNER,
            [
                write("soon", b"1", expires_at=8e9),
                write("late", b"1", expires_at=9.5e9),
                write("good", b"1"),
                write("\0note", b"1", expires_at=8e9),
                write("deleted", b"1", expires_at=8e9),
                write("", b"", expires_at=8e9),
                write("gone", b"1", expires_at=time.time() - 1),
            ],
        )
        store.commit("other", [write("soon", b"1", expires_at=8e9)])
        deleted = store.delete(_OWNER, ["deleted"])

        def expiries() -> dict[str, float | None]:
            found = store.load(_OWNER, [*written, "gone"])
            revisions = {key: record.revision for key, record in {**written, **deleted}.items()}
            assert {key: record.revision for key, record in found.items()} == {
                key: revisions[key] for key in found
            }
            assert found.pop("deleted") == deleted["deleted"]
            return {key: record.expires_at for key, record in found.items()}

        assert store.renew(_OWNER, 9e9) == 4
        now = {"soon": 9e9, "late": 9.5e9, "good": 9e9, "\0note": 8e9, "": 9e9}
        assert expiries() == now
        # None lives longer than so many seconds after it was written, and none is cut short.
        limit = written["soon"].updated_at + 5e9
        assert store.renew(_OWNER, None, after_write=5e9) == 4
        assert expiries() == now
        store.touch(_OWNER, ["soon"], 5e9)
        store.touch(_OWNER, ["good"], None)
        assert store.renew(_OWNER, 9.9e9, after_write=5e9) == 4
        assert expiries() == now | {"soon": limit, "good": limit}
        assert store.renew(_OWNER, None) == 4
        assert expiries() == dict.fromkeys(now) | {"\0note": 8e9}
        assert store.renew("nobody", None) == 0
        (other,) = store.load("other", ["soon"]).values()
        assert other.expires_at == 8e9

    def test_all_records_can_be_exported(self, store: Store) -> None:
        """Also while others write, and by owner."""
        owners = {f"owner {number:03}": {"a", "b", "c"} for number in range(400)}
        for owner, keys in owners.items():
            store.commit(owner, [write(key, key.encode()) for key in keys])
        found: dict[str, set[str]] = {}
        for owner, key, record in store.records():
            found.setdefault(owner, set()).add(key)
            assert record.payload == key.encode()
            store.touch(owner, [key], 9e9)
        assert found == owners
        assert sorted(key for _, key, _ in store.records("owner 001")) == ["a", "b", "c"]

    def test_concurrent_threads_lose_no_increment(self, store: Store) -> None:
        """Eight threads that compare and set count exactly."""
        times = 50
        threads = [threading.Thread(target=count_up, args=(store, times)) for _ in range(_WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.load(_OWNER, ["n"])["n"].payload == b"%d" % (_WORKERS * times)

    def test_concurrent_processes_lose_no_increment(self, store: Store) -> None:
        """Eight processes that compare and set 200 times each count to 1600."""
        times = 200
        if self.url is None:
            count_up(store, _WORKERS * times)
        else:
            command = [sys.executable, "-c", _COUNT_UP, self.url, str(times)]
            processes = [subprocess.Popen(command) for _ in range(_WORKERS)]
            assert [process.wait(120) for process in processes] == [0] * _WORKERS
        assert store.load(_OWNER, ["n"])["n"].payload == b"1600"

    def test_a_closed_store_says_so(self, store: Store) -> None:
        """Closing twice is fine."""
        store.commit(_OWNER, [write("a", b"1")])
        store.close()
        store.close()
        raises(StoreUnavailable, lambda: store.load(_OWNER, ["a"]))
        raises(StoreUnavailable, lambda: store.commit(_OWNER, [write("b", b"1")]))
