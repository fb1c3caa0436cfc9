"""When a session is saved: at the end of each run, during long ones, and when nobody says a word.

Streamlit tells no library that a run has ended. A thread that joins the script's thread hears of
every ending: normal, st.stop, an exception, a rerun, a lost connection. Fragments run without the
top of the script, so nothing starts such a thread for them: one sweeper for the whole process
looks after sessions that may have fragments, and tries again what a store has refused.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from _thread import start_new_thread
from collections.abc import Callable
from weakref import WeakMethod, WeakSet

from .._settings import sweep_stores

_log = logging.getLogger(__name__)

TICK = 0.25
"""Seconds between two looks at a session whose script runs or that may have fragments."""

DRAIN_SECONDS = 5.0
"""How long a process that ends tries to save what a store has not taken."""

EXPIRY_INTERVAL = 3600.0
"""Seconds between two sweeps of what has expired."""


class Saver:
    """Calls `save` whenever there may be something to save.

    Parameters
    ----------
    save : bound method
        Saves, from any thread, and returns whether nothing is left.
    needs_a_sweep : bound method
        Whether to save also while no run is under way; asked several times a second.
    """

    def __init__(self, save: Callable[[], bool], needs_a_sweep: Callable[[], bool]) -> None:
        self._save, self._needs_a_sweep = WeakMethod(save), WeakMethod(needs_a_sweep)
        self._watched: threading.Thread | None = None

    def watch(self, script: threading.Thread) -> None:
        """Save during and after the run of a script on this thread, and sweep from then on."""
        if self._watched is script:
            return  # one thread runs several scripts in a row
        self._watched = script
        # threading.Thread.start() would wait here until the new thread has had its turn.
        start_new_thread(self._follow, (script,))
        _sweeper.add(self)

    def _follow(self, script: threading.Thread) -> None:
        alive = True
        while alive:
            script.join(TICK)
            alive = script.is_alive()  # asked before saving, or the last changes would be missed
            self.save()

    def save(self) -> bool:
        save = self._save()
        return save is None or _saved(save)

    def end(self) -> None:
        """Save for the last time; what is left is tried until the store takes it."""
        save = self._save()
        if save is not None:
            _sweeper.keep(save)
            # Elsewhere: this is the event loop, which all sessions share.
            start_new_thread(_sweeper.save_ended, (save,))

    def sweep(self) -> None:
        needs = self._needs_a_sweep()
        if needs is not None and needs():
            self.save()


def _saved(save: Callable[[], bool]) -> bool:
    try:
        return save()
    except Exception:
        _log.exception("State could not be saved; the next change tries again")
        return False


def drain() -> None:
    """Save what can be saved before the process ends, within `DRAIN_SECONDS` of the first call."""
    global _drained_by
    _drained_by = _drained_by or time.monotonic() + DRAIN_SECONDS
    _sweeper.drain(_drained_by - time.monotonic())


_drained_by = 0.0


class _Sweeper:
    def __init__(self) -> None:
        self._savers: WeakSet[Saver] = WeakSet()
        self._ended: set[Callable[[], bool]] = set()
        self._lock = threading.Lock()
        self._running = False
        self._expiry_due = 0.0

    def add(self, saver: Saver) -> None:
        with self._lock:
            self._savers.add(saver)
            self._start()

    def keep(self, save: Callable[[], bool]) -> None:
        """Try again to save for a session that has ended."""
        with self._lock:
            self._ended.add(save)
            self._start()

    def _start(self) -> None:
        if not self._running:
            self._running = True
            start_new_thread(self._run, ())

    def drain(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := self._left()) and time.monotonic() < deadline:
            time.sleep(TICK)
        if left:
            _log.error("What %d sessions have changed is lost: the store did not take it", left)

    def _left(self) -> int:
        """Save all there is, and return of how many sessions something is left."""
        self._save_ended()
        return len(self._ended) + sum(not saver.save() for saver in list(self._savers))

    def _save_ended(self) -> None:
        for save in list(self._ended):
            self.save_ended(save)

    def save_ended(self, save: Callable[[], bool]) -> None:
        if _saved(save):
            self._ended.discard(save)

    def _run(self) -> None:
        pause = TICK
        while True:
            time.sleep(pause)
            with self._lock:
                if not self._savers and not self._ended:
                    self._running = False
                    return
            # With very many or very large values, no more than a tenth of the time goes to this.
            pause = max(TICK, 9 * self._sweep())

    def _sweep(self) -> float:
        """Return the seconds of work it was, without waiting; holds no session any longer."""
        began, worked = time.monotonic(), time.thread_time()
        for saver in list(self._savers):
            saver.sweep()
        self._save_ended()
        if began >= self._expiry_due:
            self._expiry_due = began + EXPIRY_INTERVAL
            sweep_stores()
        return time.thread_time() - worked


_sweeper = _Sweeper()
# Streamlit's own command ends this way; under st.App the middleware hears of the end.
atexit.register(drain)
