"""The value of a widget with the edits that are in it, and what becomes of two of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from .._process import current
from .value import CounterText, Limits
from .wire import Watermark

# Every tab, and every return of a hidden widget, is a mount. Streamlit may repeat the last message
# of an earlier one, so more than the newest mark is kept.
_MARKS_KEPT = 32


class Span(NamedTuple):
    """Which edits of one mount are in a value: those after `start`, up to `end`."""

    start: Watermark
    end: Watermark

    def common(self, other: Span) -> Span:
        """Return what is in both; empty where its end does not come after its start."""
        return Span(_later(self.start, other.start), _earlier(self.end, other.end))

    @property
    def counter(self) -> int:
        return self.end.counter - self._before(self.start).counter if self else 0

    @property
    def commits(self) -> int:
        return self.end.commits - self._before(self.start).commits if self else 0

    def __bool__(self) -> bool:
        return self.end.seq > self.start.seq

    def _before(self, start: Watermark) -> Watermark:
        # A mount counts anew when it is reset.
        return start if start.resets == self.end.resets else Watermark(start.mount)


def _later(one: Watermark, other: Watermark) -> Watermark:
    return max(one, other, key=lambda mark: mark.seq)


def _earlier(one: Watermark, other: Watermark) -> Watermark:
    return min(one, other, key=lambda mark: mark.seq)


@dataclass(frozen=True)
class State:
    """A value together with the edits that are in it; the two never change apart.

    Attributes
    ----------
    value : CounterText
    marks : tuple of Watermark
        How far each mount has told its edits, the newest last.
    resets : int
        How often the value was set back, here or in another session.
    id : str
        Of this state since it was last forgotten, in every session that shares it.
    ended : tuple of Watermark
        How far what a mount has told is not in the value: it was reset or deleted since.
    """

    value: CounterText
    marks: tuple[Watermark, ...] = ()
    resets: int = 0
    id: str = field(default_factory=lambda: current().token())
    ended: tuple[Watermark, ...] = ()

    def mark(self, mount: str) -> Watermark:
        return _of(mount, self.marks)

    def start(self, mount: str) -> Watermark:
        """Return after which of the edits of a mount those come that are in the value."""
        return _of(mount, self.ended)

    def span(self, mount: str) -> Span:
        return Span(self.start(mount), self.mark(mount))

    def holding(self, *spans: Span) -> State:
        """Return this state with other spans; those that are as new as its own are its newest."""
        newer = {end.mount: end for _, end in spans if end.seq >= self.mark(end.mount).seq}
        others = [mark for mark in self.marks if mark.mount not in newer]
        marks = (*others, *newer.values())[-_MARKS_KEPT:]
        ended = {start.mount: start for start in self.ended}
        ended |= {start.mount: start for start, _ in spans}
        starts = [ended[mark.mount] for mark in marks if mark.mount in ended]
        return replace(self, marks=marks, ended=tuple(start for start in starts if start.seq))

    def reset(self, defaults: CounterText) -> State:
        return replace(self, value=defaults, resets=self.resets + 1, ended=self.marks)

    def anew(self, defaults: CounterText) -> State:
        """Return what begins once this is deleted; its pages stay, and tell all again."""
        return State(defaults, self.marks, ended=self.marks)


def _of(mount: str, marks: Iterable[Watermark]) -> Watermark:
    return next((mark for mark in marks if mark.mount == mount), Watermark(mount))


def merged(base: State, mine: State, theirs: State, defaults: CounterText) -> State:
    """Return `theirs` with what was done in `mine` since `base`.

    Steps add up, a changed text replaces the other, and a reset beats what it did not know of.
    What a page has told both, as it lost its connection and found another, counts once.
    """
    told = _told_since(base, mine)
    if base.id == mine.id != theirs.id and base.resets > theirs.resets:
        # A deletion lies between, after which resets are counted anew.
        mine = replace(mine, resets=theirs.resets + mine.resets - base.resets)
        base = replace(base, resets=theirs.resets)
    if mine.resets != theirs.resets:
        return _last_reset(mine, theirs)
    # Both were reset since the base: what was done since then was done to the defaults.
    start = base.value if base.resets == mine.resets else defaults
    both = [span.common(theirs.span(span.end.mount)) for span in told]
    added = mine.value.counter - start.counter - sum(span.counter for span in both)
    counter = Limits().clamp(theirs.value.counter + added)
    is_theirs = any(span.commits for span in both) and not any(
        _after(span, theirs).commits for span in told
    )
    keeps_theirs = mine.value.text == start.text or is_theirs
    text = theirs.value.text if keeps_theirs else mine.value.text
    value = CounterText(counter, text)
    return replace(theirs, value=value).holding(*(_joined(span, theirs) for span in told))


def _told_since(base: State, mine: State) -> list[Span]:
    """Return which edits are in what `mine` adds to another state.

    What was told before the base may be missing in that, as where the store has lost it: no mark
    may say that it is there. A reset since then has ended all that was told before it.
    """
    was_reset = mine.resets != base.resets
    return [
        Span(_later(mine.start(mark.mount), base.mark(mark.mount)), mark)
        for mark in mine.marks
        if was_reset or mark.seq > base.mark(mark.mount).seq
    ]


def _last_reset(mine: State, theirs: State) -> State:
    """Return the one that was reset more often: of the other, all that was told has ended."""
    winner, loser = (mine, theirs) if mine.resets > theirs.resets else (theirs, mine)
    ended = [mark for mark in loser.marks if mark.seq > winner.mark(mark.mount).seq]
    return replace(winner, id=theirs.id).holding(*(Span(mark, mark) for mark in ended))


def _after(span: Span, theirs: State) -> Span:
    """Return what of a span comes after all that the same mount has told `theirs`."""
    return Span(_later(span.start, theirs.mark(span.end.mount)), span.end)


def _joined(span: Span, theirs: State) -> Span:
    """Return what of a mount is in a state that both are in."""
    other = theirs.span(span.end.mount)
    if span.start.seq <= other.end.seq and other.start.seq <= span.end.seq:
        return Span(_earlier(span.start, other.start), _later(span.end, other.end))
    return max(span, other, key=lambda one: one.end.seq)
