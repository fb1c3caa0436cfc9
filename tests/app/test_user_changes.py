"""The user changes in a session that goes on: each keeps what is his or hers."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import _settings, configure
from streamlit_persistent_state._identity import owners
from streamlit_persistent_state._identity.app import UNNAMED
from streamlit_persistent_state._streamlit import runtime
from streamlit_persistent_state._streamlit.handle import HANDLE_KEY
from streamlit_persistent_state._sync import breaker
from streamlit_persistent_state.errors import StoreUnavailable
from streamlit_persistent_state.stores import MemoryStore, Record, Write
from streamlit_persistent_state.testing import edit


class Away(MemoryStore):
    """Answers nothing while it is away."""

    is_away = False

    def load(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        self._answer()
        return super().load(owner, keys)

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        self._answer()
        return super().commit(owner, writes, max_bytes=max_bytes)

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailable("it is away")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Away:
    monkeypatch.setattr(_settings, "_configured", {})
    monkeypatch.setattr(breaker, "_FIRST_PAUSE", 0.0)
    monkeypatch.setattr(breaker, "_LONGEST_PAUSE", 0.0)
    store = Away()
    configure(store=store)
    return store


def of_the_user() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist, persistent_state

    st.session_state.kept = persist("plan", scope="user", notes=[])
    persist("a", scope="user", group="g", b=0)
    persistent_state("Clicks", key="clicks", scope="user")
    st.text_input("Name", key="name")
    persist("name", scope="user")


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    return at


def shown(at: AppTest) -> dict[str, object]:
    keys = ("plan", "notes", "a", "b", "name")
    found = {key: at.session_state[key] for key in keys if key in at.session_state}
    return {**found, "clicks": at.session_state["clicks"].counter}


ADAS = {"plan": "gold", "notes": ["hers"], "a": "x", "b": 5, "name": "Ada", "clicks": 3}
NOBODYS = {"notes": [], "b": 0, "name": "", "clicks": 0}


@pytest.mark.parametrize("is_away", [False, True])
def test_what_one_user_has_not_saved_is_saved_for_that_user_alone(
    store: Away, monkeypatch: pytest.MonkeyPatch, is_away: bool
) -> None:
    """The next one sees none of it, and it is there when the first is back."""
    monkeypatch.setattr(runtime, "user", lambda: "issuer|ada")
    at = ran(AppTest.from_function(of_the_user))
    at.session_state["plan"], at.session_state["notes"] = "gold", ["hers"]
    at.session_state["a"], at.session_state["b"] = "x", 5
    at.text_input[0].set_value("Ada")
    store.is_away = is_away
    edit(at, "clicks", counter=3)
    ran(at)
    assert at.session_state["kept"].save() != is_away
    assert shown(at) == ADAS
    monkeypatch.setattr(runtime, "user", lambda: "issuer|grace")
    at = ran(ran(at))
    assert shown(at) == NOBODYS
    store.is_away = False
    assert at.session_state[HANDLE_KEY].save()
    assert shown(ran(at)) == NOBODYS
    assert at.session_state[HANDLE_KEY].save()
    of_grace = owners.of_user(UNNAMED, "issuer|grace")
    for _, _, record in store.records(of_grace):
        assert b"gold" not in (record.payload or b"")
    assert shown(ran(AppTest.from_function(of_the_user))) == NOBODYS
    monkeypatch.setattr(runtime, "user", lambda: "issuer|ada")
    assert shown(ran(AppTest.from_function(of_the_user))) == ADAS
