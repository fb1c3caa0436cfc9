"""Who is saved when, and that nobody waits for somebody else."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable

import pytest

from streamlit_persistent_state._session import saver
from streamlit_persistent_state._session.saver import Saver, _Clock
from tests.support.waiting import wait_until


class Session:
    """Counts how often it is saved."""

    def __init__(self) -> None:
        self.saves = 0
        self.fails: type[BaseException] | None = None
        self.is_unclear = False
        self.open = False
        self.refused = False
        self.when_saved: Callable[[], object] = lambda: None
        self.saved = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.saver = Saver(self.save, self.needs_a_sweep)

    def save(self) -> bool:
        self.saves += 1
        self.saved.set()
        self.may_go_on.wait(30)
        self.when_saved()
        if self.fails is not None:
            raise self.fails("meant")
        return not self.refused

    def needs_a_sweep(self) -> bool:
        if self.is_unclear:
            raise RuntimeError("meant")
        return self.open


def stuck() -> Session:
    session = Session()
    session.open = True
    session.may_go_on.clear()
    return session


def run(script: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=script)
    thread.start()
    return thread


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    """Ticks when it is told to, and hears of the ends of runs."""
    made = _Clock()
    monkeypatch.setattr(saver, "_clock", made)
    monkeypatch.setattr(saver, "TICK", 3600.0)
    monkeypatch.setattr(saver, "sweep_stores", lambda: None)
    return made


def test_a_script_that_has_ended_is_saved_at_once(clock: _Clock) -> None:
    """Long before the next tick, and once for all the runs of one script thread."""
    session, scripts = Session(), list[threading.Thread]()
    alive: list[bool] = []
    session.when_saved = lambda: alive.append(scripts[-1].is_alive())

    def script() -> None:
        scripts.append(threading.current_thread())
        for _ in range(3):
            session.saver.watch()
        assert not session.saver.is_over

    for saves in (1, 2):
        run(script)
        wait_until(lambda saves=saves: session.saves == saves)  # type: ignore[misc] # no default
        assert session.saver.is_over
    wait_until(lambda: alive == [False, False])


@pytest.mark.parametrize("ending", [SystemExit, RuntimeError])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_however_a_script_ends_it_is_saved(clock: _Clock, ending: type[BaseException]) -> None:
    """By an exception, say."""
    session = Session()

    def script() -> None:
        session.saver.watch()
        raise ending

    run(script).join()
    wait_until(lambda: session.saves == 1)


def test_a_long_run_is_saved_while_it_lasts(clock: _Clock) -> None:
    """At every tick, and once more when it has ended."""
    session, watched, go_on = Session(), threading.Event(), threading.Event()

    def script() -> None:
        session.saver.watch()
        watched.set()
        go_on.wait(30)

    script_thread = run(script)
    assert watched.wait(10)
    for saves in (1, 2):
        clock.tick()
        wait_until(lambda saves=saves: session.saves == saves)  # type: ignore[misc] # no default
    go_on.set()
    script_thread.join()
    wait_until(lambda: session.saves == 3)
    clock.tick()
    clock.tick()
    wait_until(lambda: session.saver.job.is_idle)
    assert session.saves == 3


def test_an_end_that_nobody_has_heard_of_is_noticed_at_the_next_tick(clock: _Clock) -> None:
    """Whatever a Python does with what a thread has left behind."""
    session = Session()
    run(session.saver.watch).join()
    wait_until(lambda: session.saves == 1)
    assert session.saver._run is not None
    session.saver._run.is_under_way = True
    for _ in range(2):
        clock.tick()
    wait_until(lambda: session.saves == 2)
    assert session.saver.is_over


def test_no_thread_waits_for_the_end_of_a_run(clock: _Clock) -> None:
    """One clock and a few workers, however many scripts run at once."""
    go_on, watched = threading.Event(), threading.Semaphore(0)
    sessions = [Session() for _ in range(30)]

    def script(session: Session) -> None:
        session.saver.watch()
        watched.release()
        go_on.wait(30)

    scripts = [run(lambda session=session: script(session)) for session in sessions]  # type: ignore[misc] # no default
    assert all(watched.acquire(timeout=10) for _ in sessions)
    assert threading.active_count() <= len(sessions) + 1 + 64
    go_on.set()
    for thread in scripts:
        thread.join()
    wait_until(lambda: all(session.saves == 1 for session in sessions))


def test_sessions_that_are_stuck_keep_nobody_else_from_being_saved(clock: _Clock) -> None:
    """In a long callback, say: the others are saved at every tick, the stuck ones wait alone."""
    others, held_up = [Session() for _ in range(3)], [stuck() for _ in range(20)]
    for session in (*held_up, *others):
        session.open = True
        clock.add(session.saver)
    try:
        for _ in range(5):
            before = [session.saves for session in others]
            wait_until(lambda before=before: _later(clock, others, before))  # type: ignore[misc]
        assert all(session.saves <= 1 for session in held_up)
    finally:
        for session in held_up:
            session.may_go_on.set()
    wait_until(lambda: all(session.saver.job.is_idle for session in held_up))


def _later(clock: _Clock, sessions: list[Session], before: list[int]) -> bool:
    clock.tick()
    return all(session.saves > was for session, was in zip(sessions, before, strict=True))


@pytest.mark.parametrize("failure", [RuntimeError, SystemExit])
def test_a_failure_is_logged_once_and_tried_again(
    clock: _Clock, caplog: pytest.LogCaptureFixture, failure: type[BaseException]
) -> None:
    """Not several times a second."""
    session = Session()
    clock.add(session.saver)
    session.fails = failure
    assert not session.saver.save()
    for saves in (2, 3):
        clock.tick()
        wait_until(lambda saves=saves: session.saves == saves)  # type: ignore[misc] # no default
    wait_until(lambda: session.saver.job.is_idle)
    assert caplog.text.count("could not be saved") == 1
    session.fails = None
    clock.tick()
    wait_until(lambda: session.saves == 4)
    wait_until(lambda: session.saver.job.is_idle)
    clock.tick()
    assert session.saver.job.is_idle


def test_a_session_that_is_gone_is_left_alone(clock: _Clock) -> None:
    """Nothing here keeps it, and a run that ends afterwards finds nobody to save."""
    session, watched, go_on = Session(), threading.Event(), threading.Event()
    left = session.saver

    def script(watch: Callable[[], None]) -> None:
        watch()
        del watch
        watched.set()
        go_on.wait(30)

    thread = run(lambda watch=session.saver.watch: script(watch))  # type: ignore[misc] # no default
    assert watched.wait(10)
    gone = weakref.ref(session)
    del session
    gc.collect()
    assert gone() is None
    go_on.set()
    thread.join()
    assert left.save()


def test_only_those_that_may_change_are_swept(clock: _Clock) -> None:
    """While no run is under way."""
    idle, busy = Session(), Session()
    busy.open = True
    for session in (idle, busy):
        clock.add(session.saver)
    for saves in (1, 2):
        clock.tick()
        wait_until(lambda saves=saves: busy.saves == saves)  # type: ignore[misc] # no default
        wait_until(lambda: busy.saver.job.is_idle)
        busy.saver.cost = 0.0
    assert idle.saves == 0


def test_one_of_which_nobody_can_tell_is_saved_and_keeps_nobody_else_from_it(
    clock: _Clock,
) -> None:
    """The clock goes on, whatever is in its way."""
    unclear, other = Session(), Session()
    unclear.is_unclear = other.open = True
    for session in (unclear, other):
        clock.add(session.saver)
    clock.tick()
    wait_until(lambda: unclear.saves == other.saves == 1)


def test_what_costs_much_is_swept_less_often_and_has_nobody_wait(
    clock: _Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each session has the same share of a tenth of the time."""
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    costs = [0.001] * 10 + [1.0, 1.0]
    savers = [Saver(Session().save, Session().needs_a_sweep) for _ in costs]
    asked = [0] * len(costs)
    for place, (one, cost) in enumerate(zip(savers, costs, strict=True)):
        one.cost, one.is_saved = cost, False
        monkeypatch.setattr(one, "job", _Counting(asked, place))
        clock._savers.add(one)
    for _ in range(400):  # a hundred seconds
        clock.tick()
        now += 0.25
    assert set(asked[:10]) == {400}
    assert all(4 <= times <= 6 for times in asked[10:])


class _Counting:
    is_idle = True

    def __init__(self, asked: list[int], place: int) -> None:
        self._asked, self._place = asked, place

    def ask(self) -> None:
        self._asked[self._place] += 1


def test_what_has_expired_is_swept_once_an_hour_and_has_nobody_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However long the store takes for it."""
    begun, go_on = threading.Event(), threading.Event()
    swept: list[float] = []

    def sweep_stores() -> None:
        swept.append(time.monotonic())
        begun.set()
        go_on.wait(30)

    monkeypatch.setattr(saver, "sweep_stores", sweep_stores)
    clock, session = _Clock(), Session()
    session.open = True
    clock.add(session.saver)
    clock.tick()
    assert begun.wait(10)
    before = session.saves
    wait_until(lambda: _later(clock, [session], [before]))
    go_on.set()
    clock.tick()
    assert len(swept) == 1


def test_the_clock_stops_with_the_last_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread is left, and the next session starts it again."""
    monkeypatch.setattr(saver, "TICK", 0.001)
    clock = _Clock()
    for _ in range(2):
        session = Session()
        session.open = True
        clock.add(session.saver)
        assert session.saved.wait(10)
        clock._savers.discard(session.saver)
        wait_until(lambda: not clock._is_running)


def test_what_is_left_when_a_session_ends_is_tried_again(clock: _Clock) -> None:
    """Although nobody else knows the session any more."""
    session = Session()
    session.refused = True
    session.saver.end()
    saves, left, gone = session.saver, session.saved, weakref.ref(session)
    assert left.wait(10)
    wait_until(lambda: saves.job.is_idle)
    del session
    gc.collect()
    left.clear()
    clock.tick()
    assert left.wait(10)
    kept = gone()
    assert kept is not None
    assert clock._ended == {saves}
    wait_until(lambda: saves.job.is_idle)
    saves.cost, kept.refused = 0.0, False
    del kept
    clock.tick()
    wait_until(lambda: not clock._ended)
    wait_until(lambda: _collected(gone))


def test_what_a_script_does_after_its_session_has_ended_is_saved(clock: _Clock) -> None:
    """A long callback, say, that goes on when the tab is closed for good."""
    session, watched, go_on = Session(), threading.Event(), threading.Event()
    saves: list[int] = []
    session.when_saved = lambda: saves.append(1)

    def script(running: Session) -> None:
        running.saver.watch()
        watched.set()
        go_on.wait(30)

    thread = threading.Thread(target=script, args=(session,))
    thread.start()
    assert watched.wait(10)
    left, gone = session.saver, weakref.ref(session)
    session.saver.end()
    del session
    wait_until(lambda: len(saves) == 1 and left.job.is_idle)
    go_on.set()
    thread.join()
    wait_until(lambda: len(saves) == 2)
    wait_until(lambda: not clock._ended)
    wait_until(lambda: _collected(gone))


def _collected(what: weakref.ref[Session]) -> bool:
    gc.collect()
    return what() is None


def test_a_process_that_ends_waits_for_the_store(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As long as it was told, and says what is lost."""
    monkeypatch.setattr(saver, "TICK", 0.001)
    clock, session = _Clock(), Session()
    clock._savers.add(session.saver)
    session.when_saved = lambda: setattr(session, "refused", session.saves < 3)
    clock.drain(10)
    assert session.saves == 3
    assert not caplog.records
    session.when_saved = lambda: setattr(session, "refused", True)
    clock.drain(0.01)
    assert "What 1 sessions have changed is lost" in caplog.text


def test_a_process_that_ends_waits_no_longer_than_it_was_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever holds sessions up; those that can be saved are."""
    clock, held_up, other = _Clock(), [stuck() for _ in range(3)], Session()
    for session in (*held_up, other):
        clock._savers.add(session.saver)
    before = time.monotonic()
    clock.drain(0.2)
    assert time.monotonic() - before < 2
    assert other.saves >= 1
    assert "What 3 sessions have changed is lost" in caplog.text
    for session in held_up:
        session.may_go_on.set()
    wait_until(lambda: all(session.saver.job.is_idle for session in held_up))
