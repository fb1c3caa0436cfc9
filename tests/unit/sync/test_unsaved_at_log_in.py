"""What another tab has changed and not saved when somebody logs in goes along, once, and alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from streamlit_persistent_state._record import MISSING
from streamlit_persistent_state._sync import breaker
from streamlit_persistent_state._sync.clock import StoreClock
from streamlit_persistent_state._sync.keeper import Keeper
from streamlit_persistent_state._sync.ledger import Terms
from streamlit_persistent_state._sync.lifetime import Visit
from streamlit_persistent_state._sync.transfer import move
from streamlit_persistent_state.stores import MemoryStore, Store

from .test_keeper import Faulty, Session

BROWSER = Terms(10_000, visit=Visit(has_acted=True))


class Tab(Session):
    """A session of one owner, in a process of its own."""

    def __init__(self, store: MemoryStore, owner: str, terms: Terms = BROWSER) -> None:
        super().__init__(store, terms)
        self.keeper = Keeper(store, owner, lambda: dict(self.state), terms)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Faulty:
    monkeypatch.setattr(breaker, "_FIRST_PAUSE", 0.0)
    monkeypatch.setattr(breaker, "_LONGEST_PAUSE", 0.0)
    return Faulty()


@pytest.fixture
def there(store: Faulty) -> Faulty:
    """The same records, as another process sees them."""
    return Faulty(store._owners, store._lock)


def kept(store: Store, owner: str, default: Any) -> Any:
    tab = Tab(store, owner, Terms(10_000))  # type: ignore[arg-type]
    return tab.run("k", default).state["k"]


def opened(store: MemoryStore, default: Any) -> Tab:
    tab = Tab(store, "browser")
    tab.run("k", default)
    tab.keeper.end_of_start()
    return tab


EDITS: list[tuple[Any, Callable[[Tab], Any], Any, Any]] = [
    ([], lambda tab: tab.state["k"].append("b"), ["a"], ["a", "b"]),
    ({}, lambda tab: tab.state["k"].update(b=2), {"a": 1}, {"a": 1, "b": 2}),
    (0, lambda tab: tab.add("k"), 5, 6),
    ("", lambda tab: tab.set("k", "b"), "a", "b"),
]


@pytest.mark.parametrize(("default", "edit", "before", "after"), EDITS)
@pytest.mark.parametrize("target", ["browser 2", "user"])
def test_an_edit_that_is_not_saved_goes_along(
    store: Faulty,
    there: Faulty,
    default: Any,
    edit: Callable[[Tab], Any],
    before: Any,
    after: Any,
    target: str,
) -> None:
    """To whom the record has gone; the browser that was left has nothing of it."""
    opened(store, default).set("k", before).save()
    tab = opened(there, default)
    there.down = True
    edit(tab)
    assert not tab.keeper.save()
    move(store, "browser", target, None if target == "browser 2" else ["k"])
    assert not tab.keeper.save()
    assert list(tab.keeper.pending) == ["k"]
    there.down = False
    tab.save()
    assert list(tab.keeper.pending) == []
    assert kept(store, target, default) == after
    assert kept(store, "browser", default) == default
    assert tab.run("k", default).state["k"] == default


@pytest.mark.parametrize(("default", "edit", "before", "after"), EDITS)
def test_it_meets_what_the_user_has_done_since(
    store: Faulty,
    there: Faulty,
    default: Any,
    edit: Callable[[Tab], Any],
    before: Any,
    after: Any,
) -> None:
    """As an edit of any other tab does."""
    opened(store, default).set("k", before).save()
    tab = opened(there, default)
    there.down = True
    edit(tab)
    tab.keeper.save()
    move(store, "browser", "user", ["k"])
    user = Tab(store, "user", Terms(10_000)).run("k", default)
    user.keeper.end_of_start()
    if default == 0:
        user.add("k", 10)
    elif default == "":
        user.set("k", "c")
    elif default == []:
        user.state["k"].append("c")
    else:
        user.state["k"]["c"] = 3
    user.save()
    there.down = False
    tab.save()
    expected = {0: 16, "": "b"}.get(default) if default in (0, "") else None
    found = kept(store, "user", default)
    if expected is not None:
        assert found == expected
    elif default == []:
        assert sorted(found) == ["a", "b", "c"]
    else:
        assert found == {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize(("default", "edit", "before", "after"), EDITS)
def test_a_first_edit_that_is_not_saved_goes_along(
    store: Faulty,
    there: Faulty,
    default: Any,
    edit: Callable[[Tab], Any],
    before: Any,
    after: Any,
) -> None:
    """Nothing was stored that could have been moved, and the browser has a new id."""
    tab = opened(there, default)
    there.down = True
    edit(tab)
    assert not tab.keeper.save()
    move(store, "browser", "browser 2")
    there.down = False
    tab.save()
    assert kept(store, "browser 2", default) == tab_value(default, edit)
    assert kept(store, "browser", default) == default


def tab_value(default: Any, edit: Callable[[Tab], Any]) -> Any:
    tab = opened(MemoryStore(), default)
    edit(tab)
    return tab.state["k"]


def test_what_is_done_after_the_log_in_stays_with_the_browser(store: Faulty, there: Faulty) -> None:
    """Who has had a hand in an id from before it can put nothing into the user's values."""
    opened(store, []).set("k", ["a"]).save()
    tab = opened(there, [])
    move(store, "browser", "browser 2")
    tab.state["k"].append("b")
    tab.save()
    assert kept(store, "browser 2", []) == ["a"]
    assert kept(store, "browser", []) == ["b"]
    assert tab.run("k", []).state["k"] == ["b"]
    other = Tab(there, "browser").run("n", "")
    other.keeper.end_of_start()
    other.set("n", "mine").save()
    assert Tab(store, "browser 2").run("n", "").state["n"] == ""


def test_an_edit_follows_two_log_ins(store: Faulty, there: Faulty) -> None:
    """The browser gets a new id, and then the user takes over what it has kept."""
    opened(store, 0).set("k", 5).save()
    tab = opened(there, 0)
    there.down = True
    tab.add("k")
    tab.keeper.save()
    move(store, "browser", "browser 2")
    move(store, "browser 2", "ada", ["k"])
    there.down = False
    tab.save()
    assert kept(store, "ada", 0) == 6
    assert kept(store, "browser 2", 0) == kept(store, "browser", 0) == 0


def test_a_commit_in_doubt_counts_once(store: Faulty, there: Faulty) -> None:
    """It was written and nobody has heard so, and then it was moved."""
    opened(store, 0).set("k", 5).save()
    tab = opened(there, 0)
    there.mute = True
    tab.add("k")
    assert not tab.keeper.save()
    tab.add("k")
    assert not tab.keeper.save()
    move(store, "browser", "ada", ["k"])
    there.mute = False
    tab.save()
    assert kept(store, "ada", 0) == 7
    assert kept(store, "browser", 0) == 0


def test_what_the_user_had_already_leaves_the_browsers_where_it_is(
    store: Faulty, there: Faulty
) -> None:
    """Nothing has moved, and so an edit goes nowhere else."""
    Tab(store, "ada", Terms(10_000)).run("k", 0).set("k", 70).save()
    opened(store, 0).set("k", 5).save()
    tab = opened(there, 0)
    there.down = True
    tab.add("k")
    tab.keeper.save()
    move(store, "browser", "ada", ["k"])
    there.down = False
    tab.save()
    assert kept(store, "ada", 0) == 70
    assert kept(store, "browser", 0) == 6


def test_what_a_script_starts_with_goes_nowhere(store: Faulty, there: Faulty) -> None:
    """It is no edit of anybody's."""
    there.down = True
    tab = Tab(there, "browser").run("k", MISSING)
    tab.state["k"] = "drawn"
    tab.keeper.save()
    move(store, "browser", "browser 2")
    there.down = False
    tab.save()
    assert Tab(store, "browser 2").run("k", MISSING).state == {}


def test_a_new_edit_waits_behind_one_that_is_on_its_way(store: Faulty, there: Faulty) -> None:
    """The first belongs to the user, the second to the browser."""
    opened(store, []).set("k", ["a"]).save()
    tab = opened(there, [])
    there.down = True
    tab.state["k"].append("b")
    tab.keeper.save()
    move(store, "browser", "ada", ["k"])
    there.down = False
    tab.save()
    tab.run("k", [])
    tab.state["k"].append("c")
    tab.save()
    assert kept(store, "ada", []) == ["a", "b"]
    assert kept(store, "browser", []) == ["c"]


def test_of_two_log_ins_the_first_after_an_edit_counts(store: Faulty, there: Faulty) -> None:
    """Whoever logs in later at the same browser gets nothing of what was done before."""
    opened(store, 0).set("k", 5).save()
    tab = opened(there, 0)
    there.down = True
    tab.add("k")
    tab.keeper.save()
    move(store, "browser", "ada", ["k"])
    opened(store, 0).set("k", 70).save()
    move(store, "browser", "bob", ["k"])
    there.down = False
    tab.save()
    assert (kept(store, "ada", 0), kept(store, "bob", 0)) == (6, 70)


def test_two_values_that_have_met_before_the_log_in_are_both_kept(
    store: Faulty, there: Faulty
) -> None:
    """The one that would have been replaced unseen lies in quarantine."""
    one, tab = opened(store, ""), opened(there, "")
    one.set("k", "one").save()
    there.down = True
    tab.set("k", "two").keeper.save()
    there.down = False
    tab.keeper.refresh()
    there.down = True
    tab.keeper.save()
    move(store, "browser", "ada", ["k"])
    there.down = False
    tab.save()
    ada = Tab(store, "ada", Terms(10_000)).run("k", "")
    assert ada.state["k"] == "two"
    assert ada.keeper.quarantined(["k"]) == {"k": ["one"]}


@pytest.mark.parametrize("is_after", [False, True])
def test_what_the_user_had_deleted_before_is_no_deletion_of_an_edit(
    store: Faulty, there: Faulty, is_after: bool
) -> None:
    """What the user deletes after the log-in is."""
    ada = Tab(store, "ada", Terms(10_000)).run("k", 0).set("k", 70).save()
    opened(store, 0).set("k", 5).save()
    tab = opened(there, 0)
    there.down = True
    tab.add("k")
    tab.keeper.save()
    if not is_after:
        ada.keeper.forget(["k"])
    move(store, "browser", "ada", ["k"])
    if is_after:
        ada.keeper.forget(["k"])
        move(store, "browser", "ada", ["k"])
        Tab(store, "ada", Terms(10_000)).keeper.forget(["k"])
    there.down = False
    tab.save()
    assert kept(store, "ada", 0) == (0 if is_after else 6)


def test_what_comes_on_top_of_a_log_in_goes_to_nobody_before(
    store: Faulty, there: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even by a clock that is slow: the edit is in a record that only the second one got."""
    opened(store, []).set("k", ["a"]).save()
    move(store, "browser", "ada", ["k"])
    tab = opened(there, []).set("k", ["b"]).save()
    move(store, "browser", "bob", ["k"])
    monkeypatch.setattr(StoreClock, "local", lambda clock, at: math.inf)
    tab.set("k", ["b", "c"])
    tab.save()
    assert (kept(store, "ada", []), kept(store, "bob", [])) == (["a"], ["b", "c"])


def test_what_a_script_fills_in_takes_no_edit_along(store: Faulty, there: Faulty) -> None:
    """It was put there before the log-in, and what its user did came after."""
    tab = Tab(there, "browser").run("k", [])
    tab.set("k", ["hello"]).keeper.look_at_new(tab.state, is_all=False)
    tab.keeper.end_of_start()
    opened(store, []).set("k", ["a"]).save()
    move(store, "browser", "browser 2", ["k"])
    tab.set("k", ["hello", "b"]).save()
    assert (kept(store, "browser 2", []), kept(store, "browser", [])) == (["a"], ["hello", "b"])
