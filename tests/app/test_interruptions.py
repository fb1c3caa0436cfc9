"""A rerun may interrupt the script at any access to session state; no edit is lost by that."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from streamlit.runtime.scriptrunner import RerunData, RerunException
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import CounterText
from streamlit_persistent_state._streamlit import component
from streamlit_persistent_state.testing import edit

ACCESSES = range(1, 25)


class Interrupting(MutableMapping[Any, Any]):
    """Session state that ends the run at one access, as Streamlit does for a waiting rerun."""

    def __init__(self, state: MutableMapping[Any, Any], at: int) -> None:
        self.state = state
        self.left = at

    def _access(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise RerunException(RerunData())

    def __getitem__(self, key: Any) -> Any:
        self._access()
        return self.state[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._access()
        self.state[key] = value

    def __delitem__(self, key: Any) -> None:
        self._access()
        del self.state[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.state)

    def __len__(self) -> int:
        return len(self.state)


def page() -> None:
    import streamlit as st

    from streamlit_persistent_state import persistent_state, reset

    log = st.session_state.setdefault("log", [])
    st.session_state.returned = persistent_state(
        "V",
        key="v",
        counter=1,
        max_value=st.session_state.get("max", 100),
        host=st.session_state.host,
        on_change=lambda: log.append(st.session_state.v.counter),
    )
    st.button("Reset", on_click=reset, args=("v",))


@pytest.fixture(params=["inline", "iframe"])
def at(request: pytest.FixtureRequest) -> AppTest:
    started = AppTest.from_function(page)
    started.session_state["host"] = request.param
    return edit(started.run(), "v", counter=2)


@pytest.fixture
def interrupt(monkeypatch: pytest.MonkeyPatch) -> Any:
    real = component.session_state

    def at_access(number: int) -> Interrupting:
        state = Interrupting(real(), number)
        monkeypatch.setattr(component, "session_state", lambda: state)
        return state

    return at_access


@pytest.mark.parametrize("access", ACCESSES)
def test_an_interrupted_edit_counts_and_calls_its_callback_once(
    at: AppTest, interrupt: Any, access: int
) -> None:
    """Wherever the run that brings an edit ends, the edit and its callback come through."""
    interrupt(access)
    edit(at, "v", counter=5)
    at.run()
    assert not at.exception
    assert at.session_state["v"] == at.session_state["returned"] == CounterText(5, "")
    assert at.session_state["log"] == [2, 5]


@pytest.mark.parametrize("access", ACCESSES)
def test_an_interrupted_change_of_bounds_is_no_wrong_assignment(
    at: AppTest, interrupt: Any, access: int
) -> None:
    """A value that new bounds have moved is not mistaken for one the script has set."""
    edit(at, "v", counter=80)
    at.session_state["max"] = 10
    interrupt(access)
    at.run()
    at.run()
    assert not at.exception
    assert at.session_state["v"] == at.session_state["returned"] == CounterText(10, "")


def test_every_access_is_covered(at: AppTest, interrupt: Any) -> None:
    """The runs above reach beyond the last access that an edit makes."""
    state = interrupt(10**6)
    edit(at, "v", counter=5)
    assert 10**6 - state.left < ACCESSES[-1]
