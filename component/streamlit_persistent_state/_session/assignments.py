"""What one session puts into session state of its own accord, and what widgets make of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple

from .._codec.renewed import renewed
from .._record import GONE, MISSING
from .._streamlit import runtime
from .._streamlit.hooks import Put
from .._streamlit.widgets import Widget
from .._sync.keeper import Keeper
from . import locked
from .group import Group
from .report import Problem, Report

_log = logging.getLogger(__name__)

# Runs in which restored values are assigned again. One assigned in the first run is told to the
# page once; a second run that overtakes the widget's mount would leave the widget at its default.
_ASSERTED_RUNS = 4

_ON_A_SLIDER = (int, float, date, time)
_YEARS_AROUND = 9
"""A date input without bounds offers ten years before and after its value."""


def _shapes_a_widget(value: Any) -> bool:
    """Whether a widget without a value of its own is another one for what session state holds."""
    if isinstance(value, (list, tuple)):
        return len(value) <= 2 and all(isinstance(one, _ON_A_SLIDER) for one in value)
    if isinstance(value, date):
        return abs(value.year - datetime.now().year) > _YEARS_AROUND
    return value is None


def _equal(one: Any, other: Any) -> bool:
    """Whether two values are equal and say so; some raise, and some say it of each part."""
    if one is other:
        return True
    try:
        return bool(one == other)
    except Exception:
        return False


@dataclass
class _Asserted:
    """A value that session state has taken, and in how many runs it is still to be repeated."""

    value: Any
    runs: int


class _Untried(NamedTuple):
    """A value that was assigned here, and that no widget has taken yet.

    Attributes
    ----------
    is_edit : bool
        Whether what a widget puts in its place is one: where an edit has changed its options, not
        where it is shown for the first time.
    """

    value: Any
    is_edit: bool


class Assignments:
    """The assignments of one session.

    Parameters
    ----------
    keeper_of : callable
        Returns the keeper of a key, or its group.
    report : Report
        Says of which keys nothing can be kept.

    Attributes
    ----------
    locked : dict of str to str
        Keys of widgets that nobody may set, each with its widget and line. They are not kept.
    unread : dict of str to object
        What was restored in this run, and the script has not looked at yet.
    """

    def __init__(self, keeper_of: Callable[[str], Keeper | Group], report: Report) -> None:
        self.locked: dict[str, str] = {}
        self._keeper_of, self._report = keeper_of, report
        self._known: set[str] = set()
        self._given: dict[str, Any] = {}
        self._late: dict[str, Any] = {}
        self._tried_late: dict[str, Any] = {}
        self._asserted: dict[str, _Asserted] = {}
        self._untried: dict[str, _Untried] = {}
        self._tried: set[str] = set()
        self._ids: dict[str, str] = {}
        self._repeated: set[str] = set()
        self.unread: dict[str, Any] = {}
        self._run = runtime.Run()

    def begin(self, run: runtime.Run) -> None:
        """Take note of a new run."""
        self._run = run
        for of_run in (self._tried, self._given, self._repeated, self.unread):
            of_run.clear()
        run.listen(self)
        if any(not untried.is_edit for untried in self._untried.values()):
            run.paint()

    def drop(self, key: str) -> None:
        """Have nothing to do with `key` any more."""
        self._known.discard(key)
        for of_keys in (self._asserted, self._untried, self._given, self._late, self._tried_late):
            of_keys.pop(key, None)
        self._ids.pop(key, None)
        self.unread.pop(key, None)

    def assign(self, key: str, *, moved: bool) -> bool:
        """Have session state hold what the keeper says.

        Parameters
        ----------
        moved : bool
            Whether this is the first run on another page.

        Returns
        -------
        bool
            Whether it will only in the next run, which is to begin now.
        """
        self._known.add(key)
        if key in self.locked:
            self._report.note(Problem(key, locked.reason(self.locked[key])))
            return False
        if not moved and self._rests(key):
            return False
        unread = self.unread.get(key, MISSING)
        widget = self._run.drawn(key)
        if widget is not None:
            return self._assign_late(key, widget)
        self._assign(key, moved=moved)
        if unread is not MISSING:
            self.unread[key] = unread  # it was not the script that has looked
        return False

    def _rests(self, key: str) -> bool:
        """Whether session state goes on with what it holds, as in most runs."""
        entry = self._keeper_of(key).entries[key]
        if entry.fresh or entry.incoming is not MISSING or entry.types:
            return False
        if key in self._asserted or key in self._late or key in self.unread:
            return False
        return self._run.value(key) is not MISSING

    def script_assigns(self, key: str, value: Any, line: str) -> None:
        """Say once that what was restored is overwritten, and keep it from being lost."""
        if _equal(self.unread.pop(key), value):
            return
        self._keeper_of(key).overwrite(key)
        _log.warning(
            "Key %r: what was restored is overwritten by the script (%s) in every page load. Give "
            "the widget key=%r instead, or assign with st.session_state.setdefault(%r, ...)",
            key,
            line,
            key,
            key,
        )

    def _assign_late(self, key: str, widget: Widget) -> bool:
        """Have the widget that stands above take what is kept in the next run."""
        if widget.is_locked:
            self._lock(key, widget.name)
            return False
        keeper, current = self._keeper_of(key), self._run.value(key)
        value = keeper.incoming(key, current)
        if value is MISSING and not keeper.entries[key].fresh:
            return False
        # What others have deleted stays in a widget that was drawn, and is no edit of its user.
        is_nothing = value is MISSING or value is GONE
        if is_nothing or _equal(value, current) or value is self._tried_late.get(key):
            keeper.taken(key, current)
            return False
        if self._run.is_of_fragments:
            return False  # the next run of the whole script sees to it
        if key not in self._tried_late:
            _log.warning(
                "persist(%r) stands below the widget with this key: what is kept shows only after "
                "a second run of the script. Call persist() above the widget",
                key,
            )
        self._late[key] = self._tried_late[key] = value
        self._await(key, value, is_edit=False)
        return True

    def _assign(self, key: str, *, moved: bool) -> None:
        self._late.pop(key, None)
        keeper, current = self._keeper_of(key), self._run.value(key)
        value = keeper.incoming(key, current)
        if value is GONE:
            self._let_go(key)
            return
        is_incoming = value is not MISSING
        if is_incoming:
            self._asserted[key] = _Asserted(value, _ASSERTED_RUNS)
        elif current is MISSING:
            # Streamlit has cleaned up after a widget that was not shown.
            value = keeper.entries[key].value
        elif moved:
            value = current
        elif self._is_asserted(key, current):
            value = current
            self._repeated.add(key)
        if value is MISSING:
            self._renew(key, current)
            if keeper.entries[key].fresh:
                keeper.taken(key, MISSING)
            return
        value = renewed(value, keeper.entries[key].types)
        if key in self._asserted:
            self._asserted[key].value = value
        state = runtime.session_state()
        # Without the deletion a value assigned long ago on another page would come back.
        if current is not MISSING:
            del state[key]
        state[key] = self._given[key] = value
        if keeper.entries[key].is_kept:
            was = self._untried.get(key)
            is_shown = was is None or was.is_edit
            is_edit = is_shown and not (is_incoming or moved or current is MISSING)
            self._await(key, value, is_edit=is_edit)
        keeper.taken(key, value)
        if is_incoming and keeper.entries[key].restored:
            self.unread[key] = value

    def _await(self, key: str, value: Any, *, is_edit: bool) -> None:
        """Have the key's widget tried with what was assigned, if there is one."""
        self._untried[key] = _Untried(value, is_edit)
        if not is_edit:
            self._run.paint()

    def _let_go(self, key: str) -> None:
        """Have session state hold nothing, since others have deleted what it holds."""
        self._asserted.pop(key, None)
        self._untried.pop(key, None)
        runtime.session_state().pop(key, None)
        self._keeper_of(key).taken(key, GONE)

    def _renew(self, key: str, current: Any) -> None:
        """Have session state hold values of the types that this run has defined."""
        # To assign what a widget holds drops what the user does meanwhile; it has options of its
        # own, and turns what it gets into one of them.
        if current is MISSING or self._keeper_of(key).entries[key].is_a_widgets:
            return
        value = renewed(current, self._keeper_of(key).entries[key].types)
        if value is not current:
            runtime.session_state()[key] = value

    def _is_asserted(self, key: str, current: Any) -> bool:
        asserted = self._asserted.get(key)
        if asserted is None:
            return False
        asserted.runs -= 1
        # An edit says that the widget has mounted. To assert on would drop the next ones.
        if asserted.runs == 0 or not _equal(current, asserted.value):
            del self._asserted[key]
            return False
        return True

    def widget_is_locked(self, key: str, use: str, take_out: Callable[[], None]) -> None:
        """Leave a widget alone that nobody may set; what was assigned would end each run."""
        if key not in self._known:
            return
        # What the script has assigned is the script's affair.
        if key in self._given and self._run.value(key) is self._given[key]:
            take_out()
        self._lock(key, use)

    def _lock(self, key: str, use: str) -> None:
        self.locked[key] = use
        self.drop(key)
        self._keeper_of(key).entries[key].restored = False
        self._report.note(Problem(key, locked.reason(use)))

    def widget_looks(self, key: str, put: Put) -> bool:
        """Whether a widget might fail, before it begins, at what was assigned."""
        if key in self._late:
            put(self._late.pop(key))
        untried = self._untried.get(key)
        if untried is None or _shapes_a_widget(untried.value):
            return False
        return self._run.value(key) is untried.value

    def widget_begins(self, key: str, widget: Widget, put: Put) -> bool:
        """Put the default in the place of what was assigned and the widget cannot take."""
        if key not in self._known:
            return False
        keeper = self._keeper_of(key)
        keeper.entries[key].is_a_widgets = True
        before = self._ids.get(key, widget.id)
        self._ids[key] = widget.id
        if before != widget.id and not keeper.is_page_load and self._begins_anew(key, widget, put):
            return False
        untried = self._untried.get(key)
        if untried is None:
            return False
        # What the script has assigned is the script's affair.
        is_ours = self._run.value(key) is untried.value
        if is_ours and not widget.takes(untried.value):
            self._put(key, self._instead(key, widget, untried.value), put, untried.is_edit)
        elif is_ours and not untried.is_edit:
            self._tried.add(key)
        del self._untried[key]
        return is_ours and not untried.is_edit

    def _begins_anew(self, key: str, widget: Widget, put: Put) -> bool:
        """Let a widget begin with its default that is another one for Streamlit, by its bounds."""
        if (key in self._given or key in self._untried) and key not in self._repeated:
            return False  # it takes what waits for it
        self._keeper_of(key).set_aside(key)
        if key in self._repeated and self._run.value(key) is self._given[key]:
            self._asserted.pop(key, None)
            self._untried.pop(key, None)
            put(widget.default())
        return True

    def _instead(self, key: str, widget: Widget, value: Any) -> Any:
        default = self._keeper_of(key).entries[key].default_value()
        for instead in (widget.part_of(value), default):
            if instead is not MISSING and widget.takes(instead):
                return instead
        return widget.default()

    def widget_replaces(self, key: str, instead: Any, put: Put) -> None:
        """Leave what was assigned aside where a widget puts something else in its place."""
        self._put(key, instead, put, key not in self._tried)
        self._tried.discard(key)

    def _put(self, key: str, instead: Any, put: Put, is_edit: bool) -> None:
        if is_edit:
            self._keeper_of(key).set_aside(key)
            put(instead)
            return
        with self._keeper_of(key).turning_down(key, instead):
            put(instead)
