"""Who is saved when."""

from __future__ import annotations

import threading
import time

import pytest

from streamlit_persistent_state._session import saver
from streamlit_persistent_state._session.saver import Saver, _Sweeper


class Session:
    """Counts how often it is saved."""

    def __init__(self) -> None:
        self.saves = 0
        self.fails = False
        self.open = False
        self.refused = False
        self.saved = threading.Event()
        self.saver = Saver(self.save, self.needs_a_sweep)

    def save(self) -> bool:
        self.saves += 1
        self.saved.set()
        if self.fails:
            raise RuntimeError("meant")
        return not self.refused

    def needs_a_sweep(self) -> bool:
        return self.open


def ended() -> threading.Thread:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    return thread


def test_a_script_that_has_ended_is_saved() -> None:
    """By a thread of its own, once for all the runs of one script thread."""
    session, script = Session(), ended()
    session.saver.watch(script)
    assert session.saved.wait(10)
    session.saver.watch(script)
    session.saver._follow(script)
    assert session.saves == 2


def test_a_long_run_is_saved_while_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """And once more when it has ended."""
    monkeypatch.setattr(saver, "TICK", 0.001)
    session, go_on = Session(), threading.Event()
    script = threading.Thread(target=go_on.wait)
    script.start()
    follower = threading.Thread(target=session.saver._follow, args=(script,))
    follower.start()
    assert session.saved.wait(10)
    session.saved.clear()
    assert session.saved.wait(10)
    go_on.set()
    follower.join(10)
    assert not follower.is_alive()


def test_a_failure_is_logged_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The next change is saved as if nothing had been."""
    session = Session()
    session.fails = True
    session.saver.save()
    session.saver.save()
    assert session.saves == 2
    assert "could not be saved" in caplog.text


def test_a_session_that_is_gone_is_left_alone() -> None:
    """A thread that still follows its script finds nobody to save."""
    session = Session()
    saver = session.saver
    del session
    saver.save()
    saver.sweep()


def test_only_those_that_may_change_are_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what has expired, once in an hour."""
    swept: list[float] = []
    monkeypatch.setattr(saver, "sweep_stores", lambda: swept.append(time.monotonic()))
    idle, busy, sweeper = Session(), Session(), _Sweeper()
    busy.open = True
    sweeper._savers.add(idle.saver)
    sweeper._savers.add(busy.saver)
    sweeper._sweep()
    sweeper._sweep()
    assert (idle.saves, busy.saves, len(swept)) == (0, 2, 1)


def test_the_sweeper_ends_with_the_last_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread is left, and the next session starts one."""
    monkeypatch.setattr(saver, "TICK", 0.001)
    sweeper, session = _Sweeper(), Session()
    session.open = True
    sweeper.add(session.saver)
    assert session.saved.wait(10)
    sweeper._savers.discard(session.saver)
    sweeper._run()
    assert not sweeper._running


def test_what_is_left_when_a_session_ends_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Although nobody else knows the session any more."""
    sweeper, session = _Sweeper(), Session()
    monkeypatch.setattr(saver, "_sweeper", sweeper)
    monkeypatch.setattr(sweeper, "_start", lambda: None)
    session.refused = True
    session.saver.end()
    assert session.saved.wait(10)
    sweeper._sweep()
    assert (session.saves, len(sweeper._ended)) == (2, 1)
    session.refused = False
    sweeper._sweep()
    assert (session.saves, len(sweeper._ended)) == (3, 0)


def test_a_process_that_ends_waits_for_the_store(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As long as it was told, and says what is lost."""
    monkeypatch.setattr(saver, "TICK", 0.001)
    sweeper, session = _Sweeper(), Session()
    sweeper._savers.add(session.saver)
    session.refused = True
    threading.Timer(0.05, lambda: setattr(session, "refused", False)).start()
    sweeper.drain(10)
    assert session.saves > 2
    assert not caplog.records
    session.refused = True
    sweeper.drain(0.01)
    assert "What 1 sessions have changed is lost" in caplog.text
