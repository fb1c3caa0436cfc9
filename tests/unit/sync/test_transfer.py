"""What goes from one owner to another when somebody logs in."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from streamlit_persistent_state._identity.cookie import Identity, cookie_value, new_id
from streamlit_persistent_state._identity.verify import identified, verified
from streamlit_persistent_state._settings import Settings
from streamlit_persistent_state._sync.transfer import forward, move
from streamlit_persistent_state.errors import StoreUnavailable
from streamlit_persistent_state.stores import MemoryStore, Record, Write


class Meanwhile(MemoryStore):
    """A store in which another tab is quicker, once."""

    first: tuple[str, Write] | None = None

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        first, self.first = self.first, None
        if first is not None:
            super().commit(first[0], [first[1]])
        return super().commit(owner, writes, max_bytes=max_bytes)


@pytest.fixture
def store() -> Meanwhile:
    return Meanwhile()


def held(store: MemoryStore, owner: str) -> dict[str, bytes | None]:
    return {key: record.payload for _, key, record in store.records(owner)}


def test_what_the_other_has_stays_with_both(store: Meanwhile) -> None:
    """Nothing is overwritten, and nothing is lost."""
    store.commit("old", [Write("a", b"1", 1), Write("b", b"2", 1)])
    store.commit("new", [Write("b", b"3", 1)])
    store.commit("new", [Write("a", b"9", 1)])
    store.delete("new", ["a"])
    move(store, "old", "new")
    assert held(store, "new") == {"a": b"1", "b": b"3"}
    assert held(store, "old") == {"b": b"2"}


def test_a_part_can_be_moved(store: Meanwhile) -> None:
    """And of nobody's nothing."""
    store.commit("old", [Write("a", b"1", 1), Write("b", b"2", 1)])
    move(store, "old", "new", ["a", "c"])
    move(store, "nobody", "new")
    assert held(store, "new") == {"a": b"1"}


def test_two_that_move_at_once(store: Meanwhile) -> None:
    """The second sees what the first has done."""
    store.commit("old", [Write("a", b"1", 1)])
    store.first = ("new", Write("a", b"7", 1))
    move(store, "old", "new")
    assert held(store, "new") == {"a": b"7"}


def test_a_second_tab_goes_on_where_the_first_does(store: Meanwhile) -> None:
    """For the same log-in; another one goes elsewhere."""
    store.first = ("o", Write("\0forward", b'["ada", "first"]', 1))
    assert forward(store, "o", "ada", "second") == "first"
    assert forward(store, "o", "ada", "third") == "first"
    assert forward(store, "o", "grace", "fourth") == "fourth"


def test_a_store_that_is_down_delays_the_new_id(store: Meanwhile) -> None:
    """The next page load tries again, and so it does for a cookie that only the store can check."""
    old = Identity(new_id())
    store.close()
    assert identified(old, "ada", store) == old
    with pytest.raises(StoreUnavailable):
        verified(f"{old.browser}.of-another-process", Settings(), store)
    assert verified(cookie_value(old, ()), Settings(), store) == old
    with pytest.raises(StoreUnavailable):
        move(store, "a", "b")
