"""What one session puts into session state of its own accord, and what widgets make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import _runtime as runtime
from ._entry import MISSING
from ._hooks import Widget
from ._keeper import Keeper

# Runs in which restored values are assigned again. One assigned in the first run is told to the
# page once; a second run that overtakes the widget's mount would leave the widget at its default.
_ASSERTED_RUNS = 4


@dataclass
class _Asserted:
    """A value that session state has taken, and in how many runs it is still to be repeated."""

    value: Any
    runs: int


class Assignments:
    """The assignments of one session.

    Parameters
    ----------
    keeper_of : callable
        Returns the keeper of a key.
    """

    def __init__(self, keeper_of: Callable[[str], Keeper]) -> None:
        self._keeper_of = keeper_of
        self._asserted: dict[str, _Asserted] = {}
        self._untried: dict[str, Any] = {}
        self._tried: set[str] = set()
        self._run = runtime.Run()

    def begin(self, run: runtime.Run) -> None:
        """Take note of a new run."""
        self._run = run
        self._tried.clear()

    def drop(self, key: str) -> None:
        """Have nothing to do with `key` any more."""
        self._asserted.pop(key, None)
        self._untried.pop(key, None)

    def assign(self, key: str, *, moved: bool) -> None:
        """Have session state hold what the keeper says.

        Parameters
        ----------
        moved : bool
            Whether this is the first run on another page.
        """
        keeper, current = self._keeper_of(key), self._run.value(key)
        value = keeper.incoming(key, current)
        if value is not MISSING:
            self._asserted[key] = _Asserted(value, _ASSERTED_RUNS)
        elif current is MISSING:
            # Streamlit has cleaned up after a widget that was not shown.
            value = keeper.entries[key].value
        elif moved or self._is_asserted(key, current):
            value = current
        if value is MISSING:
            if keeper.entries[key].fresh:
                keeper.taken(key, MISSING)
            return
        state = runtime.session_state()
        # Without the deletion a value assigned long ago on another page would come back.
        if current is not MISSING:
            del state[key]
        state[key] = value
        if keeper.entries[key].is_kept:
            self._untried[key] = value
        keeper.taken(key, value)

    def _is_asserted(self, key: str, current: Any) -> bool:
        asserted = self._asserted.get(key)
        if asserted is None:
            return False
        asserted.runs -= 1
        # An edit says that the widget has mounted. To assert on would drop the next ones.
        if asserted.runs == 0 or current != asserted.value:
            del self._asserted[key]
            return False
        return True

    def widget_begins(self, key: str, widget: Widget) -> Any:
        """Return what a widget can take instead of what was assigned, or MISSING if it takes it."""
        value = self._untried.pop(key, MISSING)
        if value is MISSING or self._run.value(key) is not value:
            return MISSING  # what the script has assigned is the script's affair
        self._tried.add(key)
        if widget.takes(value):
            return MISSING
        default = self._keeper_of(key).turn_down(key)
        for instead in (widget.part_of(value), default):
            if instead is not MISSING and widget.takes(instead):
                return instead
        return widget.default()

    def widget_replaces(self, key: str) -> None:
        """Leave what was assigned aside where a widget puts something else in its place."""
        if key in self._tried:
            self._tried.remove(key)
            self._keeper_of(key).turn_down(key)
