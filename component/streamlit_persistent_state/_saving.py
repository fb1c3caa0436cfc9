"""When a session is saved: at the end of each run, during long ones, and when nobody says a word.

Streamlit tells no library that a run has ended. A thread that joins the script's thread hears of
every ending: normal, st.stop, an exception, a rerun, a lost connection. Fragments run without the
top of the script, so nothing starts such a thread for them: one sweeper for the whole process
looks after sessions that may have fragments, and tries again what a store has refused.
"""

from __future__ import annotations

import logging
import threading
import time
from _thread import start_new_thread
from collections.abc import Callable
from weakref import WeakMethod, WeakSet

from ._settings import sweep_stores

_log = logging.getLogger(__name__)

TICK = 0.25
"""Seconds between two looks at a session whose script runs or that may have fragments."""

EXPIRY_INTERVAL = 3600.0
"""Seconds between two sweeps of what has expired."""


class Saver:
    """Calls `save` whenever there may be something to save.

    Parameters
    ----------
    save : bound method
        Saves, from any thread.
    needs_a_sweep : bound method
        Whether to save also while no run is under way; asked several times a second.
    """

    def __init__(self, save: Callable[[], object], needs_a_sweep: Callable[[], bool]) -> None:
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

    def save(self) -> None:
        save = self._save()
        if save is None:
            return
        try:
            save()
        except Exception:
            _log.exception("State could not be saved; the next change tries again")

    def sweep(self) -> None:
        needs = self._needs_a_sweep()
        if needs is not None and needs():
            self.save()


class _Sweeper:
    def __init__(self) -> None:
        self._savers: WeakSet[Saver] = WeakSet()
        self._lock = threading.Lock()
        self._running = False
        self._expiry_due = 0.0

    def add(self, saver: Saver) -> None:
        with self._lock:
            self._savers.add(saver)
            if not self._running:
                self._running = True
                start_new_thread(self._run, ())

    def _run(self) -> None:
        pause = TICK
        while True:
            time.sleep(pause)
            with self._lock:
                if not self._savers:
                    self._running = False
                    return
            # With very many or very large values, no more than a tenth of the time goes to this.
            pause = max(TICK, 9 * self._sweep())

    def _sweep(self) -> float:
        """Return the seconds it took; holds no session any longer than that."""
        began = time.monotonic()
        for saver in list(self._savers):
            saver.sweep()
        if began >= self._expiry_due:
            self._expiry_due = began + EXPIRY_INTERVAL
            sweep_stores()
        return time.monotonic() - began


_sweeper = _Sweeper()
