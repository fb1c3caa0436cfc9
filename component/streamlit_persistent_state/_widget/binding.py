"""What one session knows of one widget, and how edits, assignments and resets change it.

Pure data and pure rules: no Streamlit, no clock, nothing that cannot be pickled (Streamlit can be
told to refuse such session state).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple

from .._process import current
from .value import CounterText, Limits
from .wire import Defaults, Edits, Pushed, Refused, Watermark, parse_edits, watermark_of

# Every tab, and every return of a hidden widget, is a mount. Streamlit may repeat the last message
# of an earlier one, so more than the newest mark is kept.
_MARKS_KEPT = 32


class Change(Enum):
    """What a message did, in the order in which callbacks are due."""

    RESET = "reset"
    EDIT = "edit"


@dataclass(frozen=True)
class State:
    """A value together with the edits that are in it; the two never change apart.

    Attributes
    ----------
    value : CounterText
    marks : tuple of Watermark
        How far the edits of each mount are in the value, the newest last.
    resets : int
        How often the value was set back, here or in another session.
    id : str
        Of this state since it was last forgotten, in every session that shares it.
    """

    value: CounterText
    marks: tuple[Watermark, ...] = ()
    resets: int = 0
    id: str = field(default_factory=lambda: current().token())

    def mark(self, mount: str) -> Watermark:
        return next((mark for mark in self.marks if mark.mount == mount), Watermark(mount))

    def marked(self, *marks: Watermark) -> State:
        """Return this state with the given marks as its newest."""
        mounts = {mark.mount for mark in marks}
        others = [mark for mark in self.marks if mark.mount not in mounts]
        return replace(self, marks=(*others, *marks)[-_MARKS_KEPT:])

    def reset(self, defaults: CounterText) -> State:
        return replace(self, value=defaults, resets=self.resets + 1)


def merged(base: State, mine: State, theirs: State, defaults: CounterText) -> State:
    """Return `theirs` with what was done in `mine` since `base`.

    Steps add up, a changed text replaces the other, and a reset beats what it did not know of.
    What a page has told both, as it lost its connection and found another, counts once.
    """
    newer = [mark for mark in mine.marks if mark.seq >= theirs.mark(mark.mount).seq]
    if base.id == mine.id != theirs.id and base.resets > theirs.resets:
        # A deletion lies between, after which resets are counted anew.
        mine = replace(mine, resets=theirs.resets + mine.resets - base.resets)
        base = replace(base, resets=theirs.resets)
    if mine.resets != theirs.resets:
        winner = max(mine, theirs, key=lambda state: state.resets)
        return replace(theirs, value=winner.value, resets=winner.resets).marked(*newer)
    # Both were reset since the base: what was done since then was done to the defaults.
    start = base.value if base.resets == mine.resets else defaults
    # A full state has dropped marks whose steps are in its value: nobody can tell them apart then.
    is_full = any(len(state.marks) >= _MARKS_KEPT for state in (base, mine, theirs))
    told = () if is_full else mine.marks
    both = [_Told.to_both(mark, theirs.mark(mark.mount), base) for mark in told]
    added = mine.value.counter - start.counter - sum(told.counter for told in both)
    counter = _within_range(theirs.value.counter + added)
    told_text = any(told.text for told in both) and not any(told.newer_text for told in both)
    keeps_theirs = mine.value.text == start.text or told_text
    text = theirs.value.text if keeps_theirs else mine.value.text
    return replace(theirs, value=CounterText(counter, text)).marked(*newer)


class _Told(NamedTuple):
    """What one mount has told two sessions since their base.

    Attributes
    ----------
    counter : int
        The steps that both have applied.
    text, newer_text : bool
        Whether both have applied a text, and whether one of them has a newer one.
    """

    counter: int
    text: bool
    newer_text: bool

    @classmethod
    def to_both(cls, mine: Watermark, theirs: Watermark, base: State) -> _Told:
        older = min(mine, theirs, key=lambda mark: mark.seq)
        start = base.mark(mine.mount)
        if older.seq <= start.seq or older.resets < start.resets:
            return cls(0, text=False, newer_text=mine.commits > start.commits)
        if start.resets != older.resets:
            start = Watermark(mine.mount)
        return cls(
            older.counter - start.counter,
            text=older.commits > start.commits,
            newer_text=mine.seq > theirs.seq and mine.commits > older.commits,
        )


def _within_range(counter: int) -> int:
    return Limits().clamp(counter)


@dataclass
class Binding:
    """The state behind one key.

    Attributes
    ----------
    defaults : CounterText
        What the script declares.
    state : State
        The value now, and the edits in it.
    limits : Limits
        The bounds declared by the latest mount.
    id : str
        Part of the component's own key: the state's when the session began. A binding that starts
        anew therefore never hears an older one's frontend, and a restored one hears its own.
    session : str
        Random, of this binding: a page that connects again, after a restart or to another
        replica, hears of another one.
    revision : int
        Grows with every change of what is pushed to the frontend.
    stored : CounterText or None
        What was last written to session state. A run can be interrupted between a change of
        `value` and its writing; what then stands there is this, and no assignment of the script.
    due : list of Change
        Changes whose callbacks have not been called yet, in their order.
    disabled : bool
        Whether the latest mount takes edits.
    own : Watermark or None
        Of the mount this session has last heard of; others are those of other tabs. With very many
        of those, the state has no mark of it any more, or an old one.
    """

    defaults: CounterText
    state: State
    limits: Limits
    id: str = ""
    session: str = field(default_factory=lambda: current().token())
    revision: int = 1
    stored: CounterText | None = None
    due: list[Change] = field(default_factory=list)
    disabled: bool = False
    own: Watermark | None = None
    refusals: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.id = self.id or self.state.id

    @property
    def value(self) -> CounterText:
        return self.state.value

    def apply(self, raw: object) -> None:
        """Apply a frontend message; applying it twice is applying it once.

        Raises
        ------
        Refused
            The message is not one our frontend sends. Nothing has changed.
        """
        edits = parse_edits(raw)
        mark = self._mark(edits.mount)
        if edits.seq == mark.seq:
            return  # a rerun replays the frontend's last message
        if edits.seq < mark.seq:
            raise Refused("seq is older than what was applied")
        if edits.resets < mark.resets or (
            edits.resets == mark.resets and edits.commits < mark.commits
        ):
            raise Refused("resets or commits ran backwards")

        state = self.state if self.disabled else self._edit(edits, mark)
        self.own = watermark_of(edits)
        self._take(state.marked(self.own))

    def _mark(self, mount: str) -> Watermark:
        found = self.state.mark(mount)
        if self.own is not None and self.own.mount == mount and self.own.seq > found.seq:
            return self.own
        return found

    def _take(self, state: State) -> None:
        self.state = state
        self.revision += 1

    def _edit(self, edits: Edits, mark: Watermark) -> State:
        state = self.state
        if edits.resets > mark.resets:
            state = state.reset(self.defaults)
            mark = Watermark(edits.mount, resets=edits.resets)
            self.due.append(Change.RESET)
        value = self._edited(state.value, edits, mark)
        if value != state.value:
            self.due.append(Change.EDIT)
        return replace(state, value=value)

    def _edited(self, before: CounterText, edits: Edits, mark: Watermark) -> CounterText:
        # Bounds may have moved since the edit was made: the counter stops at the bound, a text
        # that no longer fits is dropped. The mark advances, so the screen follows Python.
        counter = self.limits.clamp(before.counter + edits.counter - mark.counter)
        committed = edits.commits > mark.commits and len(edits.text) <= self.limits.max_chars
        return CounterText(counter, edits.text if committed else before.text)

    def assign(self, value: CounterText) -> None:
        """Take a value set by the script; edits made later come on top."""
        if value != self.value:
            self._take(replace(self.state, value=value))

    def reset(self) -> None:
        self._take(self.state.reset(self.defaults))

    def adopt(self, state: State) -> None:
        """Take a state that another session has had a part in; the screen hears of it."""
        if state != self.state:
            self._take(state)

    def fit(self) -> None:
        """Move the counter inside bounds that the script has changed; the text stays."""
        self.assign(self.value.replace(counter=self.limits.clamp(self.value.counter)))

    def pushed(self) -> Pushed:
        """Return what the frontend is told; constant while nothing has changed."""
        return Pushed(
            session=self.session,
            revision=self.revision,
            counter=self.value.counter,
            text=self.value.text,
            defaults=Defaults(self.defaults.counter, self.defaults.text),
            marks=self.state.marks if self.own is None else (self._mark(self.own.mount),),
        )

    def first_refusal(self, reason: str) -> bool:
        """Whether `reason` is met for the first time: a bad message is replayed by every rerun."""
        if reason in self.refusals:
            return False
        self.refusals.add(reason)
        return True
