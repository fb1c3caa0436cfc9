"""What a widget sees of session state before it registers."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from streamlit_persistent_state._streamlit.hooks import listen


class State:
    """As much of Streamlit's as is used."""

    @property
    def filtered_state(self) -> dict[str, int]:
        return {"ours": 1, "theirs": 2}

    def is_new_state_value(self, user_key: str) -> bool:
        return True

    def register_widget(self, metadata: object, user_key: str) -> None:
        """Do nothing."""

    def reset_state_value(self, user_key: str, value: object) -> None:
        """Do nothing."""

    def on_script_will_rerun(self, *_: object) -> None:
        """Do nothing."""


class Ours:
    """Hides one key."""

    def __init__(self) -> None:
        self.unread: dict[str, object] = {}

    def script_assigns(self, *_: object) -> None:
        """Do nothing."""

    def widget_is_locked(self, *_: object) -> None:
        """Do nothing."""

    def widget_is_password(self, *_: object) -> None:
        """Do nothing."""

    def widget_looks(self, key: str, *_: object) -> bool:
        return key == "ours"

    def widget_begins(self, key: str, *_: object) -> bool:
        return False

    def widget_replaces(self, *_: object) -> None:
        """Do nothing."""


def listened(*, times: int = 1) -> Any:
    state = State()
    for _ in range(times):
        listen(SimpleNamespace(session_state=state), Ours())
    return state


def elsewhere(call: Callable[[], object]) -> None:
    thread = Thread(target=call)
    thread.start()
    thread.join()


def test_a_widget_does_not_see_what_is_hidden_until_it_registers() -> None:
    """Also when several runs have listened to one state."""
    state = listened(times=3)
    assert state.is_new_state_value("ours")
    assert state.filtered_state == {"theirs": 2}
    state.register_widget(None, "ours")
    assert state.filtered_state == {"ours": 1, "theirs": 2}


def test_the_next_widget_sees_all() -> None:
    """Where one has failed before it registered."""
    state = listened()
    state.is_new_state_value("ours")
    state.is_new_state_value("theirs")
    assert state.filtered_state == {"ours": 1, "theirs": 2}


def test_other_threads_see_all() -> None:
    """Those that save, and those that make other widgets at the same time."""
    state = listened()
    state.is_new_state_value("ours")
    seen: list[object] = []
    elsewhere(lambda: seen.append(state.filtered_state))
    elsewhere(lambda: state.register_widget(None, "theirs"))
    assert seen == [{"ours": 1, "theirs": 2}]
    assert state.filtered_state == {"theirs": 2}


def slotted() -> Any:
    members = {
        name: m for name, m in vars(State).items() if name not in ("__dict__", "__weakref__")
    }
    return type("Slotted", (), {**members, "__slots__": ()})()


@pytest.mark.parametrize("state", [SimpleNamespace(), slotted()])
def test_another_session_state_is_left_alone(state: Any) -> None:
    """One without the methods, and one that cannot be changed."""
    listen(SimpleNamespace(session_state=state), Ours())
    assert not getattr(state, "__dict__", None)
