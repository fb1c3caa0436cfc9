"""What goes from one owner to another when somebody logs in: once, whole, and to nobody else."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest

from streamlit_persistent_state._codec.envelope import unpack
from streamlit_persistent_state._process import current
from streamlit_persistent_state._record import MISSING
from streamlit_persistent_state._sync import breaker
from streamlit_persistent_state._sync.keeper import Keeper
from streamlit_persistent_state._sync.ledger import Terms
from streamlit_persistent_state._sync.lifetime import Lifetime, Span
from streamlit_persistent_state._sync.transfer import UNDER_WAY, Ways, move, ways_in
from streamlit_persistent_state.errors import StoreUnavailable
from streamlit_persistent_state.stores import MemoryStore, Record, Write


class Meanwhile(MemoryStore):
    """A store in which another tab is quicker, once, and which fails when it is told to.

    Attributes
    ----------
    fails_at : int
        How many writes succeed before one fails; that one is done all the same if it
        `answers_never`.
    """

    first: tuple[str, Write] | None = None
    fails_at = -1
    answers_never = False

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        first, self.first = self.first, None
        if first is not None:
            super().commit(first[0], [first[1]])
        fails = self._fails()
        if fails and not self.answers_never:
            raise StoreUnavailable("it has failed")
        written = super().commit(owner, writes, max_bytes=max_bytes)
        if fails:
            raise StoreUnavailable("it does not answer")
        return written

    def delete(self, owner: str, keys: Collection[str] | None = None) -> dict[str, Record]:
        fails = self._fails()
        if fails and not self.answers_never:
            raise StoreUnavailable("it has failed")
        deleted = super().delete(owner, keys)
        if fails:
            raise StoreUnavailable("it does not answer")
        return deleted

    def _fails(self) -> bool:
        self.fails_at -= 1
        return self.fails_at == -1


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    monkeypatch.setattr(breaker, "_FIRST_PAUSE", 0.0)
    return Meanwhile()


def held(store: MemoryStore, owner: str) -> dict[str, bytes | None]:
    """Return what an owner has, and its note of a move that is under way."""
    found = {
        key: record.payload and unpack(record.payload, record.schema).body
        for _, key, record in store.records(owner)
        if key != UNDER_WAY
    }
    note = store.load(owner, [UNDER_WAY]).get(UNDER_WAY)
    if note is not None and ways_in(note) == Ways():
        found[UNDER_WAY] = note.payload
    return found


def read(store: MemoryStore, owner: str, *keys: str) -> dict[str, object]:
    """Return what a session of an owner gets."""
    keeper = Keeper(store, owner, dict, Terms(1000))
    for key in keys:
        keeper.declare(key, 0)
    keeper.restore(keys)
    return {key: keeper.entries[key].incoming for key in keys}


def test_a_deletion_at_the_source_is_none_of_the_target(store: Meanwhile) -> None:
    """What a session of the target has not saved yet goes on top of what was moved."""
    store.commit("old", [Write("k", b"[]", 1)])
    values: dict[str, object] = {"k": ["a"]}
    source = Keeper(store, "old", lambda: values, Terms(1000))
    mine: dict[str, object] = {"k": ["b"]}
    target = Keeper(store, "new", lambda: mine, Terms(1000))
    for keeper in (source, target):
        keeper.declare("k", [])
        keeper.restore(["k"])
        keeper.taken("k", keeper.incoming("k", MISSING))
        keeper.is_page_load = False
    target.look_at_new(mine, is_all=False)
    store.delete("old", ["k"])
    assert source.save()
    move(store, "old", "new")
    assert target.save()
    assert read(store, "new", "k") == {"k": ["a", "b"]}


def test_what_the_other_has_stays_with_both(store: Meanwhile) -> None:
    """Nothing is overwritten, and nothing is lost."""
    store.commit("old", [Write("a", b"1", 1), Write("b", b"2", 1)])
    store.commit("new", [Write("b", b"3", 1)])
    store.commit("new", [Write("a", b"9", 1)])
    store.delete("new", ["a"])
    move(store, "old", "new")
    assert held(store, "new") == {"a": b"1", "b": b"3"}
    assert held(store, "old") == {"b": b"2"}
    move(store, "old", "new")
    assert held(store, "old") == {"b": b"2"}


def test_a_part_can_be_moved(store: Meanwhile) -> None:
    """And of nobody's nothing."""
    store.commit("old", [Write("a", b"1", 1), Write("b", b"2", 1)])
    move(store, "old", "new", ["a", "c"])
    move(store, "nobody", "new")
    assert held(store, "new") == {"a": b"1"}
    assert held(store, "old") == {"b": b"2"}


@pytest.mark.parametrize("answers_never", [False, True])
@pytest.mark.parametrize("step", [0, 1, 2])
@pytest.mark.parametrize("who", ["bob reads", "bob moves", "again"])
def test_a_move_that_fails_is_completed_before_anybody_reads(
    store: Meanwhile, step: int, answers_never: bool, who: str
) -> None:
    """Wherever it fails: Bob, who comes next, gets nothing of Ada's, and she gets all."""
    store.commit("browser", [Write("a", b"1", 1), Write("b", b"2", 1)])
    store.fails_at, store.answers_never = step, answers_never
    with pytest.raises(StoreUnavailable):
        move(store, "browser", "ada")
    begun = UNDER_WAY in held(store, "browser")
    if who == "bob reads":
        found = read(store, "browser", "a")
        assert found == {"a": 0 if step or answers_never else 1}
    elif who == "bob moves":
        move(store, "browser", "bob")
    else:
        move(store, "browser", "ada")
    owners = {"ada", "browser"} if not begun and who == "bob reads" else {"ada"}
    if step == 0 and not answers_never and who == "bob moves":
        owners = {"bob"}  # nothing of the first move is known
    moved = {**held(store, "ada"), **held(store, "browser"), **held(store, "bob")}
    assert moved == {"a": b"1", "b": b"2"}
    assert {owner for owner, _, _ in store.records() if held(store, owner)} <= owners


def test_what_the_user_changes_meanwhile_stays(store: Meanwhile) -> None:
    """After the copy and before the deletion: the first value comes back nowhere."""
    store.commit("browser", [Write("a", b"1", 1)])
    store.fails_at = 2
    with pytest.raises(StoreUnavailable):
        move(store, "browser", "ada")
    (record,) = store.load("ada", ["a"]).values()
    store.commit("ada", [Write("a", b"5", 1, record.revision)])
    assert read(store, "browser", "a") == {"a": 0}
    left = held(store, "ada")
    assert left.pop("a") == b"5"
    assert list(left.values()) == [b"1"], "in quarantine, since it may never have been hers"
    assert held(store, "browser") == {}


def test_a_store_that_stays_away_shows_nobody_anything(store: Meanwhile) -> None:
    """A half-done move is not read past."""
    store.commit("browser", [Write("a", b"1", 1)])
    store.fails_at = 1
    with pytest.raises(StoreUnavailable):
        move(store, "browser", "ada")
    store.fails_at = 0
    assert read(store, "browser", "a") == {"a": 0}
    assert read(store, "browser", "a") == {"a": 0}
    assert held(store, "ada") == {"a": b"1"}


def test_two_that_move_at_once(store: Meanwhile) -> None:
    """The second sees what the first has done."""
    store.commit("old", [Write("a", b"1", 1)])
    store.first = ("new", Write("a", b"7", 1))
    move(store, "old", "new")
    found = held(store, "new")
    assert found.pop("a") == b"7"
    assert [*found.values(), *held(store, "old").values()] == [b"1"]


def test_what_a_user_takes_over_lives_as_long_as_the_users(store: Meanwhile) -> None:
    """And not only until the visitor would have been forgotten."""
    soon = current().now() + 60
    for moved, expected in ((Lifetime(store, "ada", Span(), None, None, None), None), (None, soon)):
        owner = "ada" if moved else "bob"
        store.commit("browser", [Write("a", b"1", 1, revision(store), soon)])
        move(store, "browser", owner, lifetime=moved)
        assert store.load(owner, ["a"])["a"].expires_at == expected


def revision(store: MemoryStore) -> int:
    found = store.load("browser", ["a"]).get("a")
    return 0 if found is None else found.revision


def test_a_store_that_is_down_moves_nothing(store: Meanwhile) -> None:
    """And says so."""
    store.close()
    with pytest.raises(StoreUnavailable):
        move(store, "a", "b")


def test_a_damaged_note_keeps_nobody_out(store: Meanwhile) -> None:
    """Nobody knows what was to go where: what is there is read."""
    store.commit("browser", [Write("a", b"1", 1), Write(UNDER_WAY, b"{", 1)])
    assert read(store, "browser", "a") == {"a": 1}
