"""A session's handle hears what is deleted from session state, if Streamlit lets it."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.runtime.state.session_state import SessionState

from streamlit_persistent_state._session import deletions
from streamlit_persistent_state._session.deletions import Deletions
from streamlit_persistent_state._streamlit.handle import HANDLE_KEY, listen_for_deletions


class Handle:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def hear_deletion(self, key: str) -> None:
        self.heard.append(key)


def context(state: Any) -> Any:
    return SimpleNamespace(session_state=SimpleNamespace(_state=state))


def test_what_is_deleted_is_heard_once_for_each_key() -> None:
    """However often the state is listened to, and only what was there."""
    state, handle = SessionState(), Handle()
    state[HANDLE_KEY], state["a"], state["b"] = handle, 1, 2
    for _ in range(3):
        assert listen_for_deletions(context(state))
    del state["a"]
    with pytest.raises(KeyError):
        del state["a"]
    assert handle.heard == ["a"]
    assert "b" in state


def test_a_state_without_a_handle_goes_on() -> None:
    """As before the first run, and after a handle was deleted."""
    state = SessionState()
    state["a"] = 1
    assert listen_for_deletions(context(state))
    del state["a"]
    assert "a" not in state


def test_streamlit_lists_nothing_of_the_handle() -> None:
    """So clear() and a loop over all keys leave it, in every supported version."""
    state = SessionState()
    state[HANDLE_KEY], state["a"] = Handle(), 1
    assert state.filtered_state == {"a": 1}


@pytest.mark.parametrize("state", [None, object(), SimpleNamespace(), {}])
def test_a_streamlit_that_cannot_be_heard_is_named_once(
    state: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is deleted then: the log says so, and what to do instead."""
    assert not listen_for_deletions(context(state))
    deletions._log_deaf.cache_clear()
    run: Any = SimpleNamespace(ctx=context(state))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            Deletions(lambda key, *, next_run: pytest.fail(key)).begin(run)
    assert caplog.text.count("use forget()") == 1
