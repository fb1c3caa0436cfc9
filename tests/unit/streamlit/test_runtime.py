"""What can be seen of a session from another thread."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests
from streamlit.runtime.state import SafeSessionState, SessionState

from streamlit_persistent_state._checks import LIVE_KEY
from streamlit_persistent_state._streamlit.hooks import hear_of_runs
from streamlit_persistent_state._streamlit.runtime import Busy, Run


@pytest.fixture
def run() -> Run:
    state = SessionState()
    state["k"] = 1
    found = Run()
    found.ctx = SimpleNamespace(
        session_state=SafeSessionState(state, lambda: None), script_requests=ScriptRequests()
    )
    return found


def test_session_state_is_read_without_waiting_for_a_callback(run: Run) -> None:
    """Whoever wants it comes again later; whoever runs the callback may look."""
    begun, go_on = threading.Event(), threading.Event()
    seen: list[Any] = []

    def callback() -> None:
        with run.ctx.session_state._lock:
            begun.set()
            go_on.wait(30)
            seen.append(run.snapshot()["k"])

    thread = threading.Thread(target=callback)
    assert not run.is_busy
    thread.start()
    assert begun.wait(10)
    assert run.is_busy
    with pytest.raises(Busy):
        run.snapshot()
    go_on.set()
    thread.join()
    assert seen == [1]
    assert run.snapshot() == {"k": 1}
    assert not run.is_busy


def test_a_run_that_gives_way_to_a_click_is_busy(run: Run) -> None:
    """The click's callback is yet to be called."""
    run.ctx.script_requests.request_rerun(RerunData())
    assert run.is_busy
    assert run.snapshot() == {"k": 1}


def test_where_the_lock_is_elsewhere_it_is_waited_for(run: Run) -> None:
    """Another Streamlit is read as it can be."""
    run.ctx.session_state = SimpleNamespace(filtered_state={"k": 2})
    assert not run.is_busy
    assert run.snapshot() == {"k": 2}


class Manager:
    """As much of Streamlit's `PagesManager` as is used."""

    intended: tuple[Any, ...] = ()

    def set_script_intent(self, *intended: Any) -> None:
        self.intended = intended


def test_the_beginning_of_every_run_is_heard_of(caplog: pytest.LogCaptureFixture) -> None:
    """Of fragments, too, by their thread; the newest listener hears, whatever the last one does."""
    ctx = SimpleNamespace(pages_manager=Manager())
    heard: list[Any] = []

    def fail() -> None:
        raise RuntimeError("meant")

    assert hear_of_runs(ctx, fail)
    ctx.pages_manager.set_script_intent("a", "b")
    assert ctx.pages_manager.intended == ("a", "b")
    assert "saved when it has called" in caplog.text
    assert hear_of_runs(ctx, lambda: heard.append(threading.get_ident()))
    ctx.pages_manager.set_script_intent("c")
    assert ctx.pages_manager.intended == ("c",)
    assert heard == [threading.get_ident()]


def test_a_streamlit_without_it_is_heard_less_of() -> None:
    """Whoever asks is told."""
    assert not hear_of_runs(SimpleNamespace(), lambda: None)
    assert not hear_of_runs(SimpleNamespace(pages_manager=object()), lambda: None)


def test_the_installed_streamlit_has_what_is_used() -> None:
    """Or sessions with fragments are looked at four times a second."""
    heard: list[int] = []
    manager = PagesManager("app.py")
    assert hear_of_runs(SimpleNamespace(pages_manager=manager), lambda: heard.append(1))
    manager.set_script_intent("hash", "name")
    assert heard == [1]


@pytest.mark.parametrize(
    ("fresh", "is_act"),
    [
        ([("a", "new")], True),
        ([("b", "first")], True),
        ([("a", "old")], False),
        ([], False),
        ([("a", "old"), (f"$$ID-1-{LIVE_KEY}", "asks")], False),
    ],
)
def test_what_somebody_does_is_told_from_what_runs_by_itself(
    run: Run, fresh: list[tuple[str, str]], is_act: bool
) -> None:
    """A script that asks for one more run has no new values; our own question is no act."""
    state = run.ctx.session_state
    known = WidgetStates(widgets=[WidgetState(id="a", string_value="old")])
    heard: list[str] = []
    state._state._new_widget_state.set_widget_from_proto(known.widgets[0])
    run.hear_of_acts(lambda: heard.append("acted"))
    widgets = [WidgetState(id=name, string_value=text) for name, text in fresh]
    state.on_script_will_rerun(WidgetStates(widgets=widgets))
    assert bool(heard) is is_act


def test_a_streamlit_that_tells_of_no_act_goes_on(run: Run) -> None:
    """Nothing is heard then."""
    run.ctx.session_state = SimpleNamespace()
    run.hear_of_acts(lambda: None)
