"""A few threads that work for all sessions of the process, and what they are asked to do."""

from __future__ import annotations

import logging
import threading
import time
from _thread import start_new_thread
from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import Enum, auto
from queue import Empty, SimpleQueue

_log = logging.getLogger(__name__)

_FEW, _MOST = 8, 64
"""How many threads there are where all come back, and where some do not."""
_STALLED = 0.1
"""Seconds after which what has not begun needs another thread."""
_IDLE = 10.0
"""Seconds that a thread waits for something to do before it ends."""


class Workers:
    """Threads that are there while there is something to do.

    One that a store or somebody's code holds up keeps nobody else waiting: where something that was
    asked for twice does not begin, there is another one, up to a limit.
    """

    def __init__(self, few: int = _FEW, most: int = _MOST) -> None:
        self._few, self._most = few, most
        self._todo: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = self._unfinished = 0

    def do(self, work: Callable[[], object]) -> None:
        """Have `work` called soon, by another thread."""
        with self._lock:
            self._unfinished += 1
            self._todo.put(work)
        if not self.hurry():  # a process that ends may start no thread
            self._work()

    def hurry(self, *, is_stalled: bool = False) -> bool:
        """Start another thread where there is too much to do; whether there is any."""
        with self._lock:
            if self._threads < min(self._unfinished, self._most if is_stalled else self._few):
                with suppress(RuntimeError):
                    # threading.Thread.start() would wait here until that has had its turn.
                    start_new_thread(self._serve, ())
                    self._threads += 1
            return self._threads > 0

    def _serve(self) -> None:
        while True:
            self._work(_IDLE)
            with self._lock:
                if self._todo.empty() and self._unfinished < self._threads:
                    self._threads -= 1
                    return

    def _work(self, patience: float = 0.0) -> None:
        """Do what there is to do until nothing more comes."""
        while True:
            try:
                work = self._todo.get(timeout=patience)
            except Empty:
                return
            try:
                work()
            except BaseException:
                # A panic of a library in Rust is no Exception, and must not cost a thread either.
                _log.exception("Work for a session failed")
            del work  # or a session that has ended would live on here
            with self._lock:
                self._unfinished -= 1


class _State(Enum):
    IDLE = auto()
    ASKED = auto()
    WORKING = auto()
    ASKED_AGAIN = auto()


class Job:
    """Something to be done whenever it is asked for, by one thread at a time.

    What is asked for several times before it begins is done once; what is asked for while it is
    done is done once more. So whatever holds it up holds up one thread.

    Parameters
    ----------
    work : callable
        What is to be done.
    """

    def __init__(self, work: Callable[[], object], by: Workers | None = None) -> None:
        self._by = by or workers
        self._what = work
        self._lock = threading.Lock()
        self._state, self._asked_at = _State.IDLE, 0.0
        self._waiting: list[Callable[[], object]] = []

    def ask(self, done: Callable[[], object] | None = None) -> None:
        """Have it done, and `done` called afterwards."""
        with self._lock:
            if done is not None:
                self._waiting.append(done)
            before, now = self._state, time.monotonic()
            if before is _State.IDLE:
                self._state, self._asked_at = _State.ASKED, now
            elif before is _State.WORKING:
                self._state = _State.ASKED_AGAIN
        if before is _State.IDLE:
            self._by.do(self._work)
        elif before is _State.ASKED and now > self._asked_at + _STALLED:
            self._by.hurry(is_stalled=True)

    def __call__(self) -> object:
        """Do it here and now."""
        return self._what()

    @property
    def is_idle(self) -> bool:
        return self._state is _State.IDLE

    def _work(self) -> None:
        with self._lock:
            self._state = _State.WORKING
            waiting, self._waiting = self._waiting, []
        try:
            self._what()
        finally:
            with self._lock:
                is_again = self._state is _State.ASKED_AGAIN
                self._state = _State.ASKED if is_again else _State.IDLE
                self._asked_at = time.monotonic()
            for done in waiting:
                done()
            if is_again:
                self._by.do(self._work)


def wait_for(jobs: Iterable[Job], seconds: float) -> bool:
    """Have all of `jobs` done at once; whether that took no longer than `seconds`."""
    deadline = time.monotonic() + seconds
    done, asked = threading.Semaphore(0), list(jobs)
    for job in asked:
        job.ask(done.release)
    return all(done.acquire(timeout=max(0.0, deadline - time.monotonic())) for _ in asked)


workers = Workers()
