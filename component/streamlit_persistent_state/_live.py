"""Keeps a page up to date with what other sessions change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import _page as page
from . import _runtime as runtime
from ._keeper import Keeper
from ._news import PATH, Hub, hub_of, is_served, ticket


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
    """

    def __init__(self, keepers: Mapping[str, Keeper]) -> None:
        self.fragments = 0
        self._keepers = keepers
        self._every: float | None = None
        self._asked = self._due = False
        self._hub: Hub | None = None
        self._secret: Sequence[str] = ()
        self._counts = {"runs": 0, "echo": 0, "looks": 0, "polls": 0, "news": 0}

    def begin(self, draws_a_page: bool) -> None:
        """Take note of a run: one that draws a page has it listen."""
        self._due = draws_a_page

    def show(self, every: float | None, secret: Sequence[str]) -> None:
        """Have the page listen.

        Parameters
        ----------
        every : float or None
            Seconds after which the server looks by itself each time.
        secret : sequence of str
            Signs what entitles the page to news.
        """
        self._secret = secret
        if every is not None:
            self._every = min(every, self._every or every)
        if self._due:
            self._due, self.fragments = False, 1
            page.listen(self._every, self._ask, self._data)

    def _ask(self) -> None:
        self._asked = True

    def _route(self) -> dict[str, str] | None:
        """Return where the page hears of news, if it can."""
        kept = [keeper for scope, keeper in self._keepers.items() if scope != "session"]
        if not is_served() or not kept:
            return None
        self._hub = hub_of(kept[0].store)  # from now on, what is committed is announced
        sessions = {keeper.owner: keeper.session for keeper in kept}
        return {"path": PATH, "ticket": ticket(sessions, self._secret)}

    def _data(self) -> dict[str, Any]:
        asked, self._asked = self._asked, False
        if not runtime.Run().is_of_fragments:
            self._counts["runs"] += 1
        elif asked:
            self._counts["looks"] += 1
            found = [keeper.look_around() for keeper in self._keepers.values()]
            if any(found):
                self._counts["echo"] += 1
                runtime.rerun()
        else:
            self._counts["polls"] += 1
            self._counts["news"] += any(keeper.is_behind() for keeper in self._keepers.values())
        return {**self._counts, "route": self._route()}
