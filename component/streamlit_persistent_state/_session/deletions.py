"""What the script deletes from session state: ``del``, ``pop``, ``clear``.

Absence alone is no deletion: Streamlit cleans up after widgets that are not shown, and this package
takes a value away to put another one there. One was meant if the key is still absent when the run
that deleted it is over.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Protocol

from .._record import MISSING
from .._streamlit import runtime
from .._streamlit.handle import listen_for_deletions

_log = logging.getLogger(__name__)


class Deleted(Protocol):
    """What is to be done with a key that the script has deleted."""

    def __call__(self, key: str, *, next_run: bool) -> None:
        """Do it; `next_run` is whether the script goes on without it in its next run first."""
        ...


@cache
def _log_deaf() -> None:
    _log.warning(
        "This Streamlit does not tell what a script deletes from st.session_state: kept values "
        "come back after del, pop and clear; use forget()"
    )


class Deletions:
    """The deletions of one session.

    Parameters
    ----------
    deleted : callable
        Called for each key once, when it is certain.
    """

    def __init__(self, deleted: Deleted) -> None:
        self._deleted = deleted
        self._heard: dict[str, threading.Thread] = {}
        self._run = runtime.Run()

    def hear(self, key: str) -> None:
        self._heard[key] = threading.current_thread()

    @property
    def are_heard(self) -> bool:
        """Whether any is yet to be decided on."""
        return bool(self._heard)

    def drop(self, keys: Iterable[str]) -> None:
        """Note that it was this package which has deleted `keys`."""
        for key in keys if self._heard else ():
            self._heard.pop(key, None)

    def begin(self, run: runtime.Run) -> None:
        """Take note of a new run: the last one is over, and so are callbacks."""
        self._run = run
        if not listen_for_deletions(run.ctx):
            _log_deaf()
        self.settle(list(self._heard))

    def settle(self, keys: Iterable[str]) -> None:
        """Decide on `keys` in the script's own thread, before the script goes on."""
        for key in keys if self._heard else ():
            if key in self._heard:
                is_absent = self._run.value(key) is MISSING
                if self._heard.pop(key, None) is not None and is_absent:
                    self._deleted(key, next_run=False)

    def of_past_runs(self) -> list[str]:
        """Return what was deleted in runs that are over, before session state is read."""
        return [key for key, thread in list(self._heard.items()) if not thread.is_alive()]

    def look(self, keys: list[str], values: Mapping[str, Any]) -> None:
        """Decide on keys that `of_past_runs` has named.

        Parameters
        ----------
        values : mapping
            What session state has held since.
        """
        for key in keys:
            if self._heard.pop(key, None) is not None and key not in values:
                self._deleted(key, next_run=True)
