"""A store that an app hands in may raise and answer what it likes."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterator
from typing import Any

import pytest

from streamlit_persistent_state import _settings, configure
from streamlit_persistent_state.errors import (
    Conflict,
    InvalidArgument,
    OwnerFull,
    StoreUnavailable,
)
from streamlit_persistent_state.stores import (
    Announcer,
    MemoryStore,
    Record,
    Renewer,
    Timekeeper,
    Write,
)
from streamlit_persistent_state.stores._contract import Placed, Store
from streamlit_persistent_state.stores._guarded import guarded
from tests.support.odd_store import OddStore

CALLS: dict[str, tuple[Any, ...]] = {
    "load": ("o", ["a"]),
    "revisions": ("o", ["a"]),
    "exists": ("o",),
    "commit": ("o", [Write("a", b"1", 1)]),
    "delete": ("o", ["a"]),
    "touch": ("o", ["a"], None),
    "sweep": (),
    "size": ("o",),
    "records": (),
    "close": (),
}


def called(store: Any, method: str) -> object:
    found = getattr(store, method)(*CALLS[method])
    return list(found) if method == "records" else found


class DriverError(Exception):
    """What a driver raises, often without a word."""


@pytest.mark.parametrize(
    "error",
    [
        DriverError(),
        StoreUnavailable(),
        OSError(28, "No space"),
        TimeoutError(),
        asyncio.CancelledError(),
    ],
)
@pytest.mark.parametrize("method", CALLS)
def test_what_a_driver_raises_says_that_the_store_cannot_work(
    method: str, error: BaseException
) -> None:
    """With the store, the method and the error in one sentence, whatever the error says."""
    odd = OddStore()
    odd.fail(error)
    with pytest.raises(StoreUnavailable) as raised:
        called(guarded(odd), method)
    said = f": {error}" if str(error) else ""
    assert str(raised.value) == f"OddStore.{method}() raised {type(error).__name__}{said}"
    assert raised.value.__cause__ is error


@pytest.mark.parametrize(
    "error", [StoreUnavailable("away"), Conflict({"a": None}), OwnerFull(2, 1), KeyboardInterrupt()]
)
def test_what_the_contract_knows_and_what_ends_the_process_passes(error: BaseException) -> None:
    odd = OddStore()
    odd.fail(error)
    with pytest.raises(type(error)) as raised:
        called(guarded(odd), "commit")
    assert raised.value is error


@pytest.mark.parametrize(
    ("method", "answer", "said"),
    [
        ("load", None, "returned NoneType, not a dict"),
        ("load", {"a": b"1"}, "returned a dict of something else than records"),
        ("commit", {}, "returned no record of 'a'"),
        ("delete", None, "returned NoneType, not a dict"),
        ("revisions", None, "raised TypeError"),
        ("size", "many", "raised ValueError"),
    ],
)
def test_an_answer_that_is_none_counts_as_no_answer(method: str, answer: Any, said: str) -> None:
    odd = OddStore()
    odd._call = lambda *args, **options: answer  # type: ignore[method-assign]
    with pytest.raises(StoreUnavailable, match=said):
        called(guarded(odd), method)


def test_records_that_nobody_asked_for_are_left_out() -> None:
    odd = OddStore()
    odd.inner.commit("o", [Write("a", b"1", 1), Write("b", b"2", 1)])
    odd._call = lambda *args, **options: odd.inner.load("o", ["a", "b"])  # type: ignore[method-assign]
    assert list(guarded(odd).load("o", ["a"])) == ["a"]


class AbleStore(OddStore):
    """One that can do all that a store may do besides."""

    place: Hashable = "here"

    def renew(self, owner: str, expires_at: float | None, *, after_write: float | None) -> int:
        return self._call("sweep")  # type: ignore[no-any-return]

    def now(self) -> float:
        return float(self._call("sweep"))

    def announce(self, text: str) -> None:
        self._call("sweep")

    def announcements(self) -> Iterator[str | None]:
        yield None
        self._call("sweep")


def test_what_a_store_can_do_besides_it_still_can() -> None:
    """And it is no more than that."""
    able, odd = guarded(AbleStore()), guarded(OddStore())
    for ability in (Renewer, Timekeeper, Announcer, Placed, Store):
        assert isinstance(able, ability)
        assert isinstance(odd, ability) is (ability is Store)
    assert isinstance(able, Renewer)
    assert able.renew("o", None, after_write=None) == 0
    assert isinstance(able, Timekeeper)
    assert able.now() == 0.0
    assert isinstance(able, Placed)
    assert able.place == "here"
    assert type(able).__name__ == "AbleStore"


def test_what_it_does_besides_may_fail_too() -> None:
    inner = AbleStore()
    able: Any = guarded(inner)
    inner.fail(DriverError("gone"))
    news = able.announcements()
    assert next(news) is None
    for call in (
        lambda: next(news),
        lambda: able.announce("x"),
        able.now,
        lambda: able.renew("o", None),
    ):
        with pytest.raises(StoreUnavailable, match="raised DriverError: gone"):
            call()


def test_a_store_of_this_package_goes_as_it_is() -> None:
    store = MemoryStore()
    assert guarded(store) is store


def test_a_store_that_is_handed_in_again_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a script does in each of its runs."""
    monkeypatch.setattr(_settings, "_configured", {})
    odd = OddStore()
    configure(store=odd)
    first = _settings.current({}).store
    configure(store=odd)
    assert _settings.current({}).store is first
    configure(store=OddStore())
    assert _settings.current({}).store is not first


def test_what_lacks_methods_is_told_which() -> None:
    class Half:
        def load(self, owner: str, keys: object) -> dict[str, Record]:
            return {}

    with pytest.raises(InvalidArgument, match=r"which lacks close, commit, delete, exists"):
        configure(store=Half())  # type: ignore[arg-type]
