"""What a store says of itself is said once, to all, and kept while it is away."""

from __future__ import annotations

import logging
from collections.abc import Collection

import pytest

from streamlit_persistent_state._identity import register as registers
from streamlit_persistent_state._identity.app import UNNAMED
from streamlit_persistent_state._identity.register import KEY, OWNER, Register, register_of
from streamlit_persistent_state._process import Process, running_in
from streamlit_persistent_state.errors import StoreUnavailable
from streamlit_persistent_state.stores import MemoryStore, Record, Write


class Clock(Process):
    """A process whose clock is set."""

    at = 1000.0

    def monotonic(self) -> float:
        return self.at


class Failing(MemoryStore):
    """A store that can be away, and counts what it is asked."""

    is_away = False
    loads = 0

    def load(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        self.loads += 1
        if self.is_away:
            raise StoreUnavailable("it is away")
        return super().load(owner, keys)


@pytest.fixture
def store() -> Failing:
    return Failing()


def test_replicas_agree(store: Failing) -> None:
    """On the id and the key; they differ from those of another store."""
    assert Register(store).facts() == Register(store).facts()
    other = Register(MemoryStore()).facts()
    assert other.id != Register(store).facts().id
    assert other.key != Register(store).facts().key
    assert register_of(store) is register_of(store)


def test_it_goes_along_with_a_copy(store: Failing) -> None:
    """A store that is moved keeps its visitors."""
    facts, copy = Register(store).facts(), MemoryStore()
    for owner, key, record in store.records():
        assert record.payload is not None
        copy.commit(owner, [Write(key, record.payload, record.schema)])
    assert Register(copy).facts() == facts


def test_it_is_asked_once_in_a_while(store: Failing) -> None:
    """Not with every page."""
    clock, register = Clock(), Register(store)
    with running_in(clock):
        facts = register.facts()
        asked = store.loads
        assert all(register.facts() is facts for _ in range(10))
        assert store.loads == asked
        clock.at += 3600
        assert register.facts() == facts
        assert store.loads == asked + 1


def test_a_store_that_is_away_says_nothing_new(store: Failing) -> None:
    """What it has said holds; who has heard nothing cannot know."""
    clock, register = Clock(), Register(store)
    with running_in(clock):
        facts = register.facts()
        store.is_away = True
        clock.at += 3600
        assert register.facts() == facts
        with pytest.raises(StoreUnavailable):
            Register(store).facts()


def test_a_store_that_was_emptied_gets_it_back(store: Failing) -> None:
    """Or a restart would forget those who came since."""
    clock, register = Clock(), Register(store)
    with running_in(clock):
        register.enroll("a")
        facts = register.facts()
        store._owners = {}
        clock.at += 3600
        assert register.facts() == facts
        assert Register(store).facts() == facts


def test_another_store_in_its_place_is_heard(store: Failing) -> None:
    """A copy that was put back, say."""
    clock, register, other = Clock(), Register(store), MemoryStore()
    with running_in(clock):
        assert register.facts().id
        theirs = Register(other).facts()
        store._owners = other._owners
        clock.at += 3600
        assert register.facts() == theirs


def test_what_cannot_be_read_is_quarantined(store: Failing) -> None:
    """And made anew, so that the app goes on."""
    store.commit(OWNER, [Write(KEY, b"{damaged", 1)])
    facts = Register(store).facts()
    assert Register(store).facts() == facts
    assert b"{damaged" in [record.payload for _, _, record in store.records(OWNER)]


def test_apps_enroll(store: Failing, caplog: pytest.LogCaptureFixture) -> None:
    """Each once, whoever is first; a script that was renamed is told the cure."""
    one, two = Register(store), Register(store)
    assert one.facts() == two.facts()
    with caplog.at_level(logging.WARNING, registers.__name__):
        one.enroll("old.py")
        one.enroll("old.py")
        assert not caplog.records
        two.enroll("new.py")
    (said,) = caplog.messages
    assert "configure(app='old.py')" in said
    assert Register(store).facts().apps == (UNNAMED, "old.py", "new.py")
    caplog.clear()
    Register(store).enroll("third.py")
    Register(store).enroll("new.py")
    assert not caplog.records
