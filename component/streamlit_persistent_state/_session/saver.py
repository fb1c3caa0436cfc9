"""When a session is saved: at the end of each run, during long ones, and when nobody says a word.

Streamlit tells no library that a run has ended. What a thread has put into a `threading.local` is
let go when it ends, however that happens: normally, by st.stop, an exception, a rerun, a lost
connection. Besides, one clock for the whole process has those looked after whose run lasts, or
that may have fragments, and tries again what a store has refused. It only asks; the work is done
by a few threads, and no session waits for another one.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from _thread import start_new_thread
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any
from weakref import WeakMethod, WeakSet, ref

from .._settings import sweep_stores
from .._workers import Job, wait_for

_log = logging.getLogger(__name__)

TICK = 0.25
"""Seconds between two looks at a session whose script runs or that may have fragments."""

DRAIN_SECONDS = 5.0
"""How long a process that ends tries to save what a store has not taken."""

EXPIRY_INTERVAL = 3600.0
"""Seconds between two sweeps of what has expired."""

_MOMENT = 0.01
"""Seconds in which a thread that ends is gone."""

_SHARE = 0.1
"""How much of one core goes at most to sessions of which no run is known to be under way."""


class Saver:
    """Calls `save` whenever there may be something to save.

    Parameters
    ----------
    save : bound method
        Saves, from any thread, and returns whether nothing is left.
    needs_a_sweep : bound method
        Whether to save also while no run is under way; asked several times a second.

    Attributes
    ----------
    is_saved : bool
        Whether nothing was left when it was last saved.
    cost : float
        Seconds of work that it was.
    swept_at : float
        When it was last saved although no run was known to be under way.
    hears_of_end : bool
        Whether somebody calls `end` when the session ends.
    """

    def __init__(self, save: Callable[[], bool], needs_a_sweep: Callable[[], bool]) -> None:
        self._save, self._needs_a_sweep = WeakMethod(save), WeakMethod(needs_a_sweep)
        self._kept: Callable[[], bool] | None = None
        self._run: _Run | None = None
        self._failure, self.hears_of_end = "", False
        self.is_saved, self.cost, self.swept_at = True, 0.0, 0.0
        self.job = Job(lambda: self.save())

    def watch(self) -> None:
        """Save during and after the run of the script on this thread, and sweep from then on."""
        thread = threading.current_thread()
        if self._run is None or self._run.thread() is not thread:
            self._run = _Run(self, thread)
            _clock.add(self)

    @property
    def is_over(self) -> bool:
        """Whether no run is under way."""
        return self._run is None or not self._run.is_under_way

    def save(self) -> bool:
        """Save now; whether nothing is left."""
        save = self._save()
        if save is None:
            return True
        began = time.thread_time()
        self.is_saved = self._saved(save)
        self.cost = time.thread_time() - began
        # The script may still run, and then nobody else knows of what it does from now on.
        if self.is_saved and self._kept is not None and self.is_over:
            self._kept = None
            _clock.release(self)
        return self.is_saved

    def _saved(self, save: Callable[[], bool]) -> bool:
        try:
            saved, self._failure = save(), ""
        except BaseException as error:
            # It is tried again several times a second.
            if repr(error) != self._failure:
                _log.exception("State could not be saved; the next change tries again")
            saved, self._failure = False, repr(error)
        return saved

    def end(self) -> None:
        """Save for the last time; what is left is tried until the store takes it.

        A page that comes back goes on with the session, which ends once more then.
        """
        self.hears_of_end = False
        self._kept = self._save()
        if self._kept is not None:
            self.is_saved = False
            _clock.keep(self)
            # Elsewhere: this is the event loop, which all sessions share.
            self.job.ask()

    def look(self) -> bool:
        """Have it saved if a run is under way, or has ended; whether that is so."""
        is_due = self._run is not None and self._run.may_have_changed_something()
        if is_due:
            self.job.ask()
        return is_due

    def needs_a_sweep(self) -> bool:
        """Whether there may be something to save besides."""
        needs = self._needs_a_sweep()
        try:
            return not self.is_saved or (needs is not None and needs())
        except Exception:
            _log.debug("Whether anything is to be saved is unknown", exc_info=True)
            return True


class _Run:
    """A thread that runs a script, until it ends."""

    def __init__(self, saver: Saver, thread: threading.Thread) -> None:
        self.thread = ref(thread)
        self.is_under_way = True
        # The other way round, what a thread holds would keep its session.
        _endings.mine = _Ending(ref(saver), self)

    def may_have_changed_something(self) -> bool:
        """Whether it lasts, or has ended since this was last asked."""
        was, thread = self.is_under_way, self.thread()
        self.is_under_way = was and thread is not None and thread.is_alive()
        return was


class _Ending:
    """Lets the clock know when it is let go."""

    def __init__(self, saver: ref[Saver], run: _Run) -> None:
        self._told = saver, run
        self._tell = _clock.endings.put

    def __del__(self) -> None:
        # Nothing else may happen here: the thread has left most of what is Python's behind.
        self._tell(self._told)


_endings: Any = threading.local()


def drain() -> None:
    """Save what can be saved before the process ends, within `DRAIN_SECONDS` of the first call."""
    global _drained_by
    _drained_by = _drained_by or time.monotonic() + DRAIN_SECONDS
    _clock.drain(_drained_by - time.monotonic())


_drained_by = 0.0


class _Clock:
    """Knows all savers, and asks each when it is time.

    Attributes
    ----------
    endings : SimpleQueue
        Whose run has ended.
    """

    def __init__(self) -> None:
        self.endings: SimpleQueue[tuple[ref[Saver], _Run]] = SimpleQueue()
        self._savers: WeakSet[Saver] = WeakSet()
        self._ended: set[Saver] = set()
        self._lock = threading.Lock()
        self._is_running = False
        self._expiry = Job(sweep_stores)
        self._expiry_due = 0.0

    def add(self, saver: Saver) -> None:
        with self._lock:
            self._savers.add(saver)
            self._start()

    def keep(self, saver: Saver) -> None:
        """Try again to save for a session that has ended."""
        with self._lock:
            self._ended.add(saver)
            self._start()

    def release(self, saver: Saver) -> None:
        """Leave one alone of whose session nothing is left."""
        with self._lock:
            self._ended.discard(saver)

    def _start(self) -> None:
        if not self._is_running:
            self._is_running = True
            start_new_thread(self._go, ())

    def _all(self) -> list[Saver]:
        with self._lock:
            return list({*self._savers, *self._ended})

    def drain(self, seconds: float) -> None:
        deadline, unsaved = time.monotonic() + seconds, 0
        while (left := deadline - time.monotonic()) > 0:
            savers = self._all()
            wait_for([saver.job for saver in savers], left)
            unsaved = sum(not (saver.is_saved and saver.job.is_idle) for saver in savers)
            if not unsaved:
                return
            # Between two tries at a store that is away.
            time.sleep(max(0.0, min(TICK, deadline - time.monotonic())))
        if unsaved:
            _log.error("What %d sessions have changed is lost: the store did not take it", unsaved)

    def _go(self) -> None:
        due = time.monotonic() + TICK
        while True:
            try:
                self._end(*self.endings.get(timeout=max(0.0, due - time.monotonic())))
            except Empty:
                with self._lock:
                    if not self._savers and not self._ended:
                        self._is_running = False
                        return
                self.tick()
                due = time.monotonic() + TICK

    def _end(self, saver: ref[Saver], run: _Run) -> None:
        if (thread := run.thread()) is not None:
            # It has let go of what is ours, and is gone in a moment. One that is not, or goes on
            # with another session, is looked after at the next tick.
            thread.join(_MOMENT)
        run.is_under_way = thread is not None and thread.is_alive()
        if (found := saver()) is not None:
            found.job.ask()

    def tick(self) -> None:
        """Have those saved that need it."""
        now = time.monotonic()
        resting = [saver for saver in self._all() if not saver.look() and saver.needs_a_sweep()]
        less = 0.0
        for place, saver in enumerate(sorted(resting, key=lambda saver: saver.cost)):
            # Each has the same share of the time. One with very many or very large values comes
            # less often, and has no other one wait.
            pause = (less + saver.cost * (len(resting) - place)) / _SHARE
            less += saver.cost
            if now >= saver.swept_at + pause:
                saver.swept_at = now
                saver.job.ask()
        if now >= self._expiry_due:
            self._expiry_due = now + EXPIRY_INTERVAL
            self._expiry.ask()


_clock = _Clock()
# Streamlit's own command ends this way; under st.App the middleware hears of the end.
atexit.register(drain)
