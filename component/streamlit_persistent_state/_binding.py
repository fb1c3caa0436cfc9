"""What one session knows of one widget, and how edits, assignments and resets change it.

Pure data and pure rules: no Streamlit, no clock, nothing that cannot be pickled (Streamlit can be
told to refuse such session state).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from enum import Enum

from ._value import CounterText, Limits
from ._wire import Defaults, Edits, Mark, Pushed, Refused, mark_of, parse_edits

# A widget that is hidden and shown again is a new mount. Streamlit may replay the last message of
# an earlier one, so more than the newest mark is kept.
_MARKS_KEPT = 8


class Change(Enum):
    """What a message did, in the order in which callbacks are due."""

    RESET = "reset"
    EDIT = "edit"


@dataclass
class Binding:
    """The state behind one key.

    Attributes
    ----------
    defaults, value : CounterText
        The declared defaults and the value now.
    limits : Limits
        The bounds declared by the latest mount.
    id : str
        Part of the component's own key. A binding that starts anew (``st.session_state.clear()``,
        another session) therefore never hears an older binding's frontend.
    revision : int
        Grows with every change of what is pushed to the frontend.
    stored : CounterText or None
        What was last written to session state. A run can be interrupted between a change of
        `value` and its writing; what then stands there is this, and no assignment of the script.
    due : list of Change
        Changes whose callbacks have not been called yet, in their order.
    disabled : bool
        Whether the latest mount takes edits.
    """

    defaults: CounterText
    value: CounterText
    limits: Limits
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    revision: int = 1
    stored: CounterText | None = None
    due: list[Change] = field(default_factory=list)
    disabled: bool = False
    marks: list[Mark] = field(default_factory=list)
    refusals: set[str] = field(default_factory=set)

    def apply(self, raw: object) -> None:
        """Apply a frontend message; applying it twice is applying it once.

        Raises
        ------
        Refused
            The message is not one our frontend sends. Nothing has changed.
        """
        edits = parse_edits(raw)
        mark = next((m for m in self.marks if m.mount == edits.mount), Mark(edits.mount))
        if edits.seq == mark.seq:
            return  # a rerun replays the frontend's last message
        if edits.seq < mark.seq:
            raise Refused("seq is older than what was applied")
        if edits.resets < mark.resets or (
            edits.resets == mark.resets and edits.commits < mark.commits
        ):
            raise Refused("resets or commits ran backwards")

        if not self.disabled:
            self._edit(edits, mark)
        self.marks = [m for m in self.marks if m.mount != edits.mount][1 - _MARKS_KEPT :]
        self.marks.append(mark_of(edits))
        self.revision += 1

    def _edit(self, edits: Edits, mark: Mark) -> None:
        before = self.value
        if edits.resets > mark.resets:
            before = self.defaults
            mark = Mark(edits.mount, resets=edits.resets)
            self.due.append(Change.RESET)
        self.value = self._edited(before, edits, mark)
        if self.value != before:
            self.due.append(Change.EDIT)

    def _edited(self, before: CounterText, edits: Edits, mark: Mark) -> CounterText:
        # Bounds may have moved since the edit was made: the counter stops at the bound, a text
        # that no longer fits is dropped. The mark advances, so the screen follows Python.
        counter = self.limits.clamp(before.counter + edits.counter - mark.counter)
        committed = edits.commits > mark.commits and len(edits.text) <= self.limits.max_chars
        return CounterText(counter, edits.text if committed else before.text)

    def assign(self, value: CounterText) -> None:
        """Take a value set by the script; edits made later come on top."""
        if value != self.value:
            self.value = value
            self.revision += 1

    def reset(self) -> None:
        self.assign(self.defaults)

    def fit(self) -> None:
        """Move the counter inside bounds that the script has changed; the text stays."""
        self.assign(self.value.replace(counter=self.limits.clamp(self.value.counter)))

    def pushed(self) -> Pushed:
        """Return what the frontend is told; constant while nothing has changed."""
        return Pushed(
            revision=self.revision,
            counter=self.value.counter,
            text=self.value.text,
            defaults=Defaults(self.defaults.counter, self.defaults.text),
            mark=self.marks[-1] if self.marks else None,
        )

    def first_refusal(self, reason: str) -> bool:
        """Whether `reason` is met for the first time: a bad message is replayed by every rerun."""
        if reason in self.refusals:
            return False
        self.refusals.add(reason)
        return True
