"""Keeps a page up to date with what other sessions change."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .._streamlit import page, runtime
from .._sync.keeper import Keeper
from .._sync.notifications import PATH, is_served, ticket


class Live:
    """What makes the tab of one session look for news.

    Parameters
    ----------
    keepers : dict of str to Keeper
        Whom to ask for news.

    Attributes
    ----------
    fragments : int
        How many fragments of the page are ours.
    publisher : str
        Names the session to those who wait for news.
    """

    def __init__(self, keepers: Mapping[str, Keeper]) -> None:
        self.fragments = 0
        self.publisher = secrets.token_hex(8)
        self._keepers = keepers
        self._every: float | None = None
        self._asked = self._due = self._has_echoed = False
        self._echoes_in: threading.Thread | None = None
        self._route: dict[str, str] | None = None
        self._counts = {"runs": 0, "echo": 0, "looks": 0, "polls": 0, "news": 0}

    def begin(self, run: runtime.Run) -> None:
        """Take note of a run: one that draws a page has it listen."""
        self._due = run.draws_a_page
        is_echo = run.thread is self._echoes_in
        if is_echo and self._has_echoed:
            self._counts["echo"] += 1  # the script has asked for one more with st.rerun()
        self._has_echoed = is_echo
        if not is_echo:
            self._echoes_in = None
        for keeper in self._keepers.values():
            keeper.is_echo = is_echo and not keeper.pending

    def end(self) -> None:
        """Take note that no run is under way, and that what it has changed is saved."""
        self._echoes_in, self._has_echoed = None, False
        for keeper in list(self._keepers.values()):
            keeper.is_echo = False

    def show(
        self, every: float | None, owners: Callable[[], Iterable[str]], secret: Sequence[str]
    ) -> None:
        """Have the page listen.

        Parameters
        ----------
        every : float or None
            Seconds after which the server looks by itself each time.
        owners : callable
            Returns of whom the page may hear news.
        secret : sequence of str
            Signs what admits the page to them.
        """
        if every is not None:
            self._every = min(every, self._every or every)
        if self._due:
            self._due, self.fragments = False, 1
            if is_served():
                self._route = {"path": PATH, "ticket": ticket(self.publisher, owners(), secret)}
            page.listen(self._every, self._ask, self._data)

    def _ask(self) -> None:
        self._asked = True

    def _data(self) -> dict[str, Any]:
        run = runtime.Run()
        asked, self._asked = self._asked, False
        if not run.is_of_fragments:
            self._counts["runs"] += 1
        elif asked:
            self._counts["looks"] += 1
            found = [keeper.look_around() for keeper in self._keepers.values()]
            if any(found):
                self._counts["echo"] += 1
                self._echoes_in = run.thread
                runtime.rerun()
        else:
            self._counts["polls"] += 1
            self._counts["news"] += any(keeper.is_behind() for keeper in self._keepers.values())
        return {**self._counts, "route": self._route}
