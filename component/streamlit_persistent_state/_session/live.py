"""Keeps a page up to date with what other sessions change."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .._streamlit import page, runtime
from .._sync.keeper import Keeper
from .._sync.notifications import (
    PATH,
    TICKET_SECONDS,
    Admission,
    digest,
    follow,
    is_served,
    reach,
    ticket,
)
from ..stores import Store


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
        self._scopes: set[str] = set()
        self._admission = Admission(self.publisher, 0.0, frozenset())
        self._every: float | None = None
        self._asked = self._due = self._has_echoed = False
        self._echoes_in: threading.Thread | None = None
        self._route: dict[str, str] | None = None
        self._counts = {"runs": 0, "echo": 0, "looks": 0, "polls": 0, "news": 0}
        follow(self.publisher, self)

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

    def thread_begins(self, thread: threading.Thread) -> None:
        """Take note of a thread with runs; those that are because of others come on theirs."""
        if thread is not self._echoes_in:
            self._act()

    def end(self) -> None:
        """Take note that no run is under way, and that what it has changed is saved."""
        self._has_echoed = False
        self._act()

    def _act(self) -> None:
        """Take note that what changes from now on is not because of what others did."""
        self._echoes_in = None
        for keeper in list(self._keepers.values()):
            keeper.is_echo = False

    def show(
        self,
        scope: str,
        every: float | None,
        owners: Callable[[], Iterable[str]],
        keys: Sequence[str],
    ) -> None:
        """Have the page listen to what others change in a scope.

        Parameters
        ----------
        every : float or None
            Seconds after which the server looks by itself each time.
        owners : callable
            Returns of whom the page may hear news, if not now then later in its run.
        keys : sequence of str
            The first signs what admits the page to them; none where that is not known now.
        """
        self._scopes.add(scope)
        if every is not None:
            self._every = min(every, self._every or every)
        if self._due:
            self._due, self.fragments = False, 1
            if is_served() and keys:
                self._renew(frozenset(map(digest, owners())), keys, self._keepers[scope].store)
            page.listen(self._every, self._ask, self._data)

    def _renew(self, owners: frozenset[str], keys: Sequence[str], store: Store) -> None:
        """Give the page a ticket; a new one has it open a new socket."""
        left = self._admission.ends_at - time.time()
        if self._admission.owners != owners or left < TICKET_SECONDS / 2:
            self._admission = Admission(self.publisher, time.time() + TICKET_SECONDS, owners)
            found = ticket(self._admission, keys)
            self._route = {"path": PATH, "ticket": found, "reach": reach(store)}

    def _followed(self) -> list[Keeper]:
        keepers = self._keepers
        return [keepers[scope] for scope in list(self._scopes) if scope in keepers]

    def follows(self, owner: str) -> bool:
        """Whether the page is to show what is changed of an owner, given as a digest."""
        return any(digest(keeper.owner) == owner for keeper in self._followed())

    def is_behind(self) -> bool:
        """Whether the page is to ask for news; also where the store does not say."""
        return any(keeper.is_behind(if_unknown=True) for keeper in self._followed())

    def _ask(self) -> None:
        self._asked = True

    def _data(self) -> dict[str, Any]:
        run = runtime.Run()
        asked, self._asked = self._asked, False
        if not run.is_of_fragments:
            self._counts["runs"] += 1
        elif asked:
            self._counts["looks"] += 1
            found = [keeper.look_around() for keeper in self._followed()]
            if any(found):
                self._counts["echo"] += 1
                self._echoes_in = run.thread
                # Somebody may click meanwhile, and the run be one because of that, too.
                run.hear_of_acts(self._act)
                runtime.rerun()
        else:
            self._counts["polls"] += 1
            self._counts["news"] += any(keeper.is_behind() for keeper in self._followed())
        return {**self._counts, "route": self._route}
