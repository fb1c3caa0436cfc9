"""How long records live: what nobody has touched goes, what somebody may come back for stays."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from streamlit_persistent_state._process import Process, running_in
from streamlit_persistent_state._record import MISSING
from streamlit_persistent_state._sync import breaker
from streamlit_persistent_state._sync.keeper import Keeper
from streamlit_persistent_state._sync.ledger import Terms
from streamlit_persistent_state._sync.lifetime import Visit
from streamlit_persistent_state._sync.shared import Owner
from streamlit_persistent_state._workers import Job
from streamlit_persistent_state.errors import StoreUnavailable
from streamlit_persistent_state.stores import MemoryStore, Record, Renewer, Store, Write

HOUR, DAY = 3600.0, 24 * 3600.0
KEEP = timedelta(days=400)


class Clock(Process):
    """A process whose time is told."""

    def __init__(self) -> None:
        self.seconds = 2e9

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture(autouse=True)
def clock() -> Iterator[Clock]:
    clock = Clock()
    with running_in(clock):
        yield clock


class Plain:
    """A store of somebody else, without what is optional."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def load(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        return self._store.load(owner, keys)

    def revisions(self, owner: str, keys: Collection[str]) -> dict[str, int]:
        return self._store.revisions(owner, keys)

    def exists(self, owner: str) -> bool:
        return self._store.exists(owner)

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        return self._store.commit(owner, writes, max_bytes=max_bytes)

    def delete(self, owner: str, keys: Collection[str] | None = None) -> dict[str, Record]:
        return self._store.delete(owner, keys)

    def touch(self, owner: str, keys: Collection[str], expires_at: float | None) -> None:
        self._store.touch(owner, keys, expires_at)

    def sweep(self) -> int:
        return self._store.sweep()

    def size(self, owner: str) -> int:
        return self._store.size(owner)

    def records(self, owner: str | None = None) -> Iterator[tuple[str, str, Record]]:
        return self._store.records(owner)

    def close(self) -> None:
        self._store.close()


@pytest.fixture(params=["ours", "somebody else's"])
def store(request: pytest.FixtureRequest) -> Store:
    """Return a store, and one that cannot renew all records of an owner at once."""
    memory = MemoryStore()
    plain = Plain(memory)
    assert not isinstance(plain, Renewer)
    return memory if request.param == "ours" else plain


class Session:
    """One page load of a browser; the script draws a word and counts runs."""

    def __init__(
        self,
        store: Store,
        *keys: str,
        expire_after: timedelta | None = None,
        keep: timedelta | None = KEEP,
    ) -> None:
        self.state: dict[str, Any] = {}
        self.visit = Visit()
        terms = Terms(10_000, None, expire_after, keep, self.visit)
        self.keeper = Keeper(store, "browser:b", lambda: dict(self.state), terms)
        self.run(*keys)

    def run(self, *keys: str) -> Session:
        for key in keys:
            self.keeper.declare(key, MISSING)
        self.keeper.restore(keys)
        for key in keys:
            value = self.keeper.incoming(key, self.state.get(key, MISSING))
            if value is not MISSING:
                self.state[key] = value
            self.keeper.taken(key, value)
            self.state.setdefault(key, f"drawn {key}")
        self.keeper.save()
        return self

    def edit(self, key: str, value: object) -> Session:
        self.visit.has_acted = True
        self.state[key] = value
        assert self.keeper.save()
        return self

    def look(self) -> Session:
        """Do what is done now and then for a session that lives."""
        if self.keeper.lifetime.is_due():
            self.keeper.save()
        return self


def restart() -> None:
    """Let go of the sessions that nobody holds, as a server does that is started again."""
    gc.collect()


def lives(store: Store, clock: Clock) -> dict[str, float]:
    """Return for how many days from now each record lives."""
    found = store.records("browser:b")
    return {
        key: 1e9 if record.expires_at is None else (record.expires_at - clock.seconds) / DAY
        for _, key, record in found
    }


def test_what_a_script_starts_with_goes_after_a_day(store: Store, clock: Clock) -> None:
    """A crawler, a monitor, a private window: nothing of them is left two days later."""
    Session(store, "word", "count")
    found = lives(store, clock)
    assert found.keys() == {"word", "count"}
    assert all(1 <= days <= 1.1 for days in found.values())
    clock.seconds += 1.1 * DAY
    assert store.sweep() == 2


def test_it_lives_as_long_as_its_session(store: Store, clock: Clock) -> None:
    """A page that stays open for a week, untouched, loses nothing; a day after its end it does."""
    session = Session(store, "word")
    for _ in range(7 * 24 * 4):
        clock.seconds += HOUR / 4
        session.look()
        assert 1 <= lives(store, clock)["word"] <= 1.1


def test_what_the_script_does_by_itself_is_no_edit(store: Store, clock: Clock) -> None:
    """It draws a word in the place of a default, and counts what a timer does."""
    session = Session(store, "ticks")
    session.state["ticks"] = 2
    assert session.keeper.save()
    assert lives(store, clock)["ticks"] <= 1.1


def test_the_first_edit_of_any_key_makes_all_last(store: Store, clock: Clock) -> None:
    """What an edit speaks of, such as the word that is guessed, is kept as long as the edit."""
    session = Session(store, "word", "guess")
    clock.seconds += HOUR
    session.edit("guess", "a")
    assert all(399 < days <= 400 for days in lives(store, clock).values())
    session.run("later")
    assert 399 < lives(store, clock)["later"] <= 400


def test_a_click_that_changes_nothing_is_no_edit(store: Store, clock: Clock) -> None:
    """Nor are the first values of another page that it leads to."""
    session = Session(store, "word")
    session.visit.has_acted = True
    session.run("on another page")
    assert all(days <= 1.1 for days in lives(store, clock).values())


def test_nothing_is_kept_of_an_edit_alone(clock: Clock) -> None:
    """Where the other records cannot be made to last, the edit waits."""
    store = MemoryStore()
    session = Session(store, "word", "guess")

    def renew(*_: object, **__: object) -> int:
        raise StoreUnavailable("it is down")

    store.renew = renew  # type: ignore[method-assign]
    session.visit.has_acted = True
    session.state["guess"] = "a"
    assert not session.keeper.save()
    assert session.keeper.pending == ("guess",)
    assert session.keeper.trouble
    assert all(days <= 1.1 for days in lives(store, clock).values())
    del store.renew
    assert session.keeper.save(insist=True)
    assert all(days > 399 for days in lives(store, clock).values())


def test_a_return_makes_all_last(store: Store, clock: Clock) -> None:
    """Also what the page that is loaded again does not show, and without any edit."""
    Session(store, "word", "elsewhere")
    clock.seconds += DAY / 2
    again = Session(store, "word")
    assert again.state["word"] == "drawn word"
    assert all(399 < days <= 400 for days in lives(store, clock).values())


def test_a_return_to_another_page_is_one_too(store: Store, clock: Clock) -> None:
    """Nothing that this page keeps was there."""
    Session(store, "word")
    Session(store, "elsewhere")
    assert all(399 < days <= 400 for days in lives(store, clock).values())


def test_a_second_tab_is_a_return(store: Store, clock: Clock) -> None:
    """What the first tab goes on to write lasts as well."""
    first = Session(store, "word")
    second = Session(store, "word")
    first.state["word"] = "changed by a timer"
    assert first.keeper.save()
    assert lives(store, clock)["word"] > 399
    del second


def test_each_day_of_visits_renews(store: Store, clock: Clock) -> None:
    """Whoever comes once a year is never forgotten, and whoever does not come is."""
    Session(store, "word").edit("word", "mine")
    for _ in range(5):
        clock.seconds += 365 * DAY
        again = Session(store, "word")
        assert again.state["word"] == "mine"
        assert lives(store, clock)["word"] > 399
        del again
    clock.seconds += 401 * DAY
    assert store.sweep() == 1


def test_a_session_that_goes_on_is_a_visit(store: Store, clock: Clock) -> None:
    """A page that is open for 500 days keeps what it shows, untouched for 499."""
    session = Session(store, "word").edit("word", "mine")
    for _ in range(500):
        clock.seconds += DAY
        session.look()
        assert lives(store, clock)["word"] > 398


def test_who_was_here_today_costs_no_more(clock: Clock) -> None:
    """The store is asked to renew once a day, not once for each page load."""
    store, renewals = MemoryStore(), []
    renew = store.renew

    def counted(*arguments: Any, **options: Any) -> int:
        renewals.append(arguments)
        return renew(*arguments, **options)

    store.renew = counted  # type: ignore[method-assign]
    Session(store, "word").edit("word", "mine")
    renewals.clear()
    for _ in range(10):
        clock.seconds += HOUR
        Session(store, "word")
    assert renewals == []
    clock.seconds += DAY
    Session(store, "word")
    assert len(renewals) == 1


def test_expiry_after_the_last_write_holds_besides(store: Store, clock: Clock) -> None:
    """No visit lengthens it."""
    week = timedelta(days=7)
    Session(store, "word", expire_after=week).edit("word", "mine")
    assert 6.9 < lives(store, clock)["word"] <= 7
    clock.seconds += 5 * DAY
    again = Session(store, "word", expire_after=week)
    assert lives(store, clock)["word"] <= 2
    again.edit("word", "still mine")
    assert 6.9 < lives(store, clock)["word"] <= 7
    Session(store, "brief", expire_after=timedelta(minutes=1))
    assert lives(store, clock)["brief"] * DAY <= 60


def test_visitors_may_be_kept_for_good(store: Store, clock: Clock) -> None:
    """What a script starts with goes all the same."""
    session = Session(store, "word", keep=None)
    assert lives(store, clock)["word"] <= 1.1
    session.edit("word", "mine")
    assert lives(store, clock)["word"] == 1e9


def test_a_setting_that_changes_holds_from_the_next_visit(store: Store, clock: Clock) -> None:
    """Records that were to stay for good get an end."""
    Session(store, "word", keep=None).edit("word", "mine")
    restart()
    Session(store, "word")
    restart()
    assert 399 < lives(store, clock)["word"] <= 400
    brief = Session(store, "word", keep=timedelta(hours=2))
    assert brief.state["word"] == "mine"
    brief.edit("word", "again")
    assert lives(store, clock)["word"] <= 2 / 24
    clock.seconds += HOUR
    assert brief.look().keeper.pending == ()
    assert lives(store, clock)["word"] > 1.9 / 24


def test_a_process_that_does_not_know_shortens_nothing(store: Store, clock: Clock) -> None:
    """Two tabs of a first visit in two processes: one edits, the other stays open, untouched."""
    memory = store if isinstance(store, MemoryStore) else store._store  # type: ignore[attr-defined]
    elsewhere = Plain(memory)
    untouched = Session(store, "word")
    Session(elsewhere, "guess").edit("guess", "a")
    for _ in range(24):
        clock.seconds += HOUR
        untouched.look()
        assert all(days > 398 for days in lives(store, clock).values())


def test_a_store_that_is_down_is_left_alone(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A renewal that nothing waits for is tried again later, and holds up no session's end."""
    store = MemoryStore()
    session = Session(store, "word").edit("word", "mine")
    asked: list[None] = []

    def renew(*_: object, **__: object) -> int:
        asked.append(None)
        raise StoreUnavailable("it is down")

    monkeypatch.setattr(store, "renew", renew)
    monkeypatch.setattr(breaker, "_LONGEST_PAUSE", 0.0)
    clock.seconds += DAY
    assert session.keeper.save()
    assert session.keeper.pending == ()
    session.look()
    assert len(asked) == 1
    clock.seconds += 100
    session.look()
    assert len(asked) == 2


def test_who_does_not_visit_is_not_renewed(clock: Clock) -> None:
    """The records of users and of the app stay for good, unless `expire_after` says otherwise."""
    store = MemoryStore()
    state = {"k": 1}
    keeper = Keeper(store, "app", lambda: dict(state), Terms(10_000))
    keeper.declare("k", MISSING)
    keeper.restore(["k"])
    keeper.taken("k", MISSING)
    assert keeper.save()
    assert store.load("app", ["k"])["k"].expires_at is None
    assert not keeper.lifetime.is_due(writes=True, edits=True)


def test_an_expired_value_does_not_come_back_from_memory(clock: Clock) -> None:
    """Neither in a new session's first run, nor in its second."""
    store, minute = MemoryStore(), timedelta(minutes=1)
    old = Session(store, "word", expire_after=minute).edit("word", "mine")
    clock.seconds += 61
    new = Session(store, expire_after=minute)
    new.keeper.declare("word", MISSING)
    new.keeper.restore(["word"])
    assert new.keeper.incoming("word", MISSING) is MISSING
    new.keeper.taken("word", MISSING)
    new.keeper.adopt()
    assert new.keeper.incoming("word", MISSING) is MISSING
    del old


def test_what_no_session_holds_is_not_remembered() -> None:
    """An app whose keys come and go does not fill the memory of its server."""

    class Holder:
        def __init__(self) -> None:
            self.entries: dict[str, Any] = {"held": None}
            self.saving = Job(lambda: True)
            self.is_busy: Callable[[], bool] = lambda: False

    owner, holder = Owner(), Holder()
    owner.keepers[holder] = None
    owner.publish("held", Record(b"1", 1, 1, 0.0))
    for number in range(5000):
        owner.publish(f"key {number}", Record(b"1", 1, 1, 0.0))
    assert owner.latest(["held"])
    assert len(owner._latest) < 600
