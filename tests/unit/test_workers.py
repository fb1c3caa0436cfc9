"""A few threads that work for all sessions, whatever holds some of them up."""

from __future__ import annotations

import threading

import pytest

from streamlit_persistent_state import _workers
from streamlit_persistent_state._workers import Job, Workers, wait_for
from tests.support.waiting import wait_until


def test_all_is_done_by_few_threads() -> None:
    """However much there is to do at once."""
    workers, lock = Workers(few=3, most=3), threading.Lock()
    seen: set[int] = set()
    done: list[int] = []

    def work() -> None:
        with lock:
            seen.add(threading.get_ident())
            done.append(1)

    for _ in range(200):
        workers.do(work)
    wait_until(lambda: len(done) == 200)
    assert len(seen) <= 3


def test_what_is_stuck_keeps_nobody_else_waiting() -> None:
    """Where no thread comes back there is soon another one."""
    workers, go_on, done = Workers(few=2, most=8), threading.Event(), threading.Event()
    for _ in range(5):
        workers.do(lambda: go_on.wait(30))
    job = Job(done.set, by=workers)
    try:
        wait_until(lambda: _asked(job, done))
    finally:
        go_on.set()
    wait_until(lambda: workers._unfinished == 0)


def _asked(job: Job, done: threading.Event) -> bool:
    job.ask()
    return done.is_set()


def test_threads_end_when_there_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """And new ones come when there is."""
    monkeypatch.setattr(_workers, "_IDLE", 0.01)
    workers = Workers()
    for _ in range(2):
        done = threading.Event()
        workers.do(done.set)
        assert done.wait(10)
        wait_until(lambda: workers._threads == 0)


class Panic(BaseException):
    """As of a library in Rust."""


@pytest.mark.parametrize("failure", [RuntimeError, Panic, SystemExit])
def test_a_failure_ends_no_thread(
    failure: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, of whatever kind it is."""
    workers, done = Workers(few=1, most=1), threading.Event()

    def fail() -> None:
        raise failure("meant")

    workers.do(fail)
    workers.do(done.set)
    assert done.wait(10)
    assert "Work for a session failed" in caplog.text


def test_a_process_that_may_start_no_thread_does_it_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As the interpreter ends."""

    def refuse(*_: object) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(_workers, "start_new_thread", refuse)
    done: list[int] = []
    assert wait_for([Job(lambda: done.append(threading.get_ident()), by=Workers())], 10)
    assert done == [threading.get_ident()]


def test_what_is_asked_for_while_it_is_done_is_done_once_more() -> None:
    """And what is asked for several times before it begins is done once."""
    begun, go_on = threading.Semaphore(0), threading.Semaphore(0)
    answers: list[int] = []
    times: list[int] = []

    def work() -> None:
        times.append(1)
        begun.release()
        assert go_on.acquire(timeout=30)

    job = Job(work, by=Workers())
    job.ask(lambda: answers.append(1))
    assert begun.acquire(timeout=10)
    for _ in range(3):
        job.ask(lambda: answers.append(2))
    go_on.release()
    assert begun.acquire(timeout=10)
    assert answers == [1]
    go_on.release()
    wait_until(lambda: job.is_idle)
    assert (len(times), answers) == (2, [1, 2, 2, 2])


def test_one_that_is_stuck_takes_one_thread() -> None:
    """However often it is asked for; whoever waits for it goes on after a while."""
    workers, go_on = Workers(), threading.Event()
    job = Job(lambda: go_on.wait(30), by=workers)
    assert not any(wait_for([job], 0.01) for _ in range(10))
    assert workers._unfinished == 1
    go_on.set()
    wait_until(lambda: job.is_idle)
