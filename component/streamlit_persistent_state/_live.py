"""Keeps a page up to date with what other sessions change."""

from __future__ import annotations

from collections.abc import Mapping

from . import _page as page
from . import _runtime as runtime
from ._keeper import Keeper


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
        self._counts = {"runs": 0, "echo": 0, "looks": 0, "polls": 0, "news": 0}

    def begin(self, draws_a_page: bool) -> None:
        """Take note of a run: one that draws a page has it listen."""
        self._due = draws_a_page

    def show(self, every: float | None) -> None:
        """Have the page listen, and the server look every so many seconds if that is given."""
        if every is not None:
            self._every = min(every, self._every or every)
        if self._due:
            self._due, self.fragments = False, 1
            page.listen(self._every, self._ask, self._data)

    def _ask(self) -> None:
        self._asked = True

    def _data(self) -> dict[str, int]:
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
        return dict(self._counts)
