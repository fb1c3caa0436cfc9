"""What one session knows of one widget, and how edits, assignments and resets change it.

Pure data and pure rules: no Streamlit, no clock, nothing that cannot be pickled (Streamlit can be
told to refuse such session state).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from .._process import current
from .state import Span, State
from .value import CounterText, Limits
from .wire import Defaults, Edits, Pushed, Refused, Watermark, parse_edits, watermark_of


class Change(Enum):
    """What a message did, in the order in which callbacks are due."""

    RESET = "reset"
    EDIT = "edit"


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
            # A rerun replays the frontend's last message; in a new session it may be its first.
            self.own = self.own or mark
            return
        if edits.seq < mark.seq:
            raise Refused("seq is older than what was applied")
        if edits.resets < mark.resets or (
            edits.resets == mark.resets and edits.commits < mark.commits
        ):
            raise Refused("resets or commits ran backwards")

        state = self.state if self.disabled else self._edit(edits, mark)
        self.own = watermark_of(edits)
        if self.disabled:
            start = self.own
        elif mark.seq > self.state.mark(edits.mount).seq:
            start = mark  # nobody knows whether what was told before is in the state
        else:
            start = state.start(edits.mount)
        self._take(state.holding(Span(start, self.own)))

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
