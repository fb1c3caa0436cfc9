"""The widget in one page: what the frontend's model does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from streamlit_persistent_state._widget.wire import Pushed


@dataclass
class Mount:
    """One life of the widget in a page; outlives the session behind it.

    Attributes
    ----------
    id : str
        16 hexadecimal digits.
    state : str
        The id of the state that it shows; a component with another one is another component.
    """

    id: str
    state: str
    pushed: Pushed
    totals: dict[str, Any] = field(
        default_factory=lambda: {"seq": 0, "resets": 0, "counter": 0, "commits": 0, "text": ""}
    )

    def message(self) -> dict[str, Any] | None:
        """Return what the page tells with each run; nothing before the first edit."""
        return {"mount": self.id, **self.totals} if self.totals["seq"] else None

    def push(self, pushed: Pushed) -> None:
        known = self.pushed
        if pushed.session != known.session or pushed.revision >= known.revision:
            self.pushed = pushed

    def step(self, by: int) -> None:
        self._edit(counter=self.totals["counter"] + by)

    def write(self, text: str) -> None:
        self._edit(commits=self.totals["commits"] + 1, text=text)

    def reset(self) -> None:
        self._edit(resets=self.totals["resets"] + 1, counter=0, commits=0, text="")

    def _edit(self, **changes: Any) -> None:
        self.totals = {**self.totals, **changes, "seq": self.totals["seq"] + 1}

    def shown(self) -> tuple[int, str]:
        """Return the counter and the text on the screen."""
        mark = next((mark for mark in self.pushed.marks if mark.mount == self.id), None)
        is_reset = self.totals["resets"] > (mark.resets if mark else 0)
        base: Any = self.pushed.defaults if is_reset else self.pushed
        applied = (0, 0) if is_reset or mark is None else (mark.counter, mark.commits)
        counter = base.counter + self.totals["counter"] - applied[0]
        text = self.totals["text"] if self.totals["commits"] > applied[1] else base.text
        return counter, text
