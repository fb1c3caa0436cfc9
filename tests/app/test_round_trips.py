"""How often a page asks the store: once before it is painted, once when it has run."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import _settings, configure
from streamlit_persistent_state._identity.cookie import Identity, new_id, today
from streamlit_persistent_state._identity.register import register_of
from streamlit_persistent_state._streamlit import runtime
from streamlit_persistent_state.stores import MemoryStore, Record, Write
from tests.support.identity import cookie_for, owner_in_test

SECRET = "a secret of some length"


class Counting(MemoryStore):
    """Notes what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def load(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        self.asked.append("load")
        return super().load(owner, keys)

    def revisions(self, owner: str, keys: Collection[str]) -> dict[str, int]:
        self.asked.append("revisions")
        return super().revisions(owner, keys)

    def exists(self, owner: str) -> bool:
        self.asked.append("exists")
        return super().exists(owner)

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        self.asked.append("commit")
        return super().commit(owner, writes, max_bytes=max_bytes)

    def delete(self, owner: str, keys: Collection[str] | None = None) -> dict[str, Record]:
        self.asked.append("delete")
        return super().delete(owner, keys)


def ten_keys() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    st.session_state.kept = persist("name", *(f"key{number}" for number in range(9)))
    before = list(st.session_state.store.asked)
    for number in range(9):
        if f"key{number}" not in st.session_state:
            st.session_state[f"key{number}"] = number
    st.text_input("Name", key="name")
    st.session_state.before_the_first_paint = before


@pytest.mark.parametrize("secret", [SECRET, None], ids=["secret", "no secret"])
@pytest.mark.parametrize("visit", ["first", "of this process", "of an earlier process"])
def test_a_page_load_asks_once_and_saves_once(
    monkeypatch: pytest.MonkeyPatch, visit: str, secret: str | None
) -> None:
    """Of 10 keys; whose cookie it is takes a question once in a process."""
    monkeypatch.setattr(_settings, "_configured", {})
    store, browser = Counting(), new_id()
    configure(store=store, secret=secret)
    if visit != "first":
        store.commit(owner_in_test(browser), [Write("name", b'"Ada"', 1)])
        identity = Identity(browser, day=today())
        cookie = cookie_for(identity, store, [secret] if secret else [])
        monkeypatch.setattr(runtime, "cookies", lambda: cookie)
    # What this process knows of the store.
    register = register_of(_settings.opened(_settings.current({}).store))
    if visit != "of an earlier process":
        assert register.facts()
    store.asked.clear()
    at = AppTest.from_function(ten_keys)
    at.session_state["store"] = store
    at.run()
    assert not at.exception
    checked = ["load"] * (visit == "of an earlier process")  # the store's own record
    assert at.session_state["before_the_first_paint"] == [*checked, "load"]
    assert at.session_state["kept"].save()
    assert store.asked == [*checked, "load", "commit"]
    for _ in range(3):
        at.run()
        assert at.session_state["kept"].save()
    assert at.session_state["name"] == ("" if visit == "first" else "Ada")
    assert store.asked == [*checked, "load", "commit"]
    at.text_input[0].set_value("Bea").run()
    assert at.session_state["kept"].save()
    assert store.asked == [*checked, "load", "commit", "commit"]
