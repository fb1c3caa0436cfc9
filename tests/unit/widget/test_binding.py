"""How edits, replays, assignments and resets change what one session knows of a widget."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from streamlit_persistent_state._checks import MAX_SAFE_INTEGER
from streamlit_persistent_state._widget.binding import Binding, Change
from streamlit_persistent_state._widget.state import Span, State
from streamlit_persistent_state._widget.value import CounterText, Limits
from streamlit_persistent_state._widget.wire import Edits, Refused, Watermark, to_builtins

MOUNT = "0123456789abcdef"


def message(**changes: Any) -> dict[str, Any]:
    """Return a message of the frontend, valid unless the changes spoil it."""
    return {
        "mount": MOUNT,
        "seq": 1,
        "resets": 0,
        "counter": 0,
        "commits": 0,
        "text": "",
        **changes,
    }


def told(mark: Watermark) -> Span:
    """Return all that a mount has told up to a mark."""
    return Span(Watermark(mark.mount), mark)


@pytest.fixture
def binding() -> Binding:
    return Binding(CounterText(5, "five"), State(CounterText(5, "five")), Limits())


def test_totals_are_applied_as_differences(binding: Binding) -> None:
    """Two messages with the totals 3 and 7 add seven, not ten."""
    binding.apply(message(seq=1, counter=3))
    binding.apply(message(seq=2, counter=7))
    assert binding.due == [Change.EDIT, Change.EDIT]
    assert binding.value == CounterText(12, "five")


def test_a_replayed_message_changes_nothing(binding: Binding) -> None:
    """Streamlit repeats the last message in every run; it counts once."""
    binding.apply(message(counter=3, commits=1, text="x"))
    before = pickle.dumps(binding)
    binding.apply(message(counter=3, commits=1, text="x"))
    assert pickle.dumps(binding) == before


def test_a_reset_beats_the_edits_before_it_and_none_after(binding: Binding) -> None:
    """Reset and later edits in one message: defaults first, then what came after."""
    binding.apply(message(seq=1, counter=40, commits=1, text="old"))
    binding.apply(message(seq=3, resets=1, counter=2))
    assert binding.value == CounterText(7, "five")
    binding.apply(message(seq=4, resets=2))
    assert binding.value == CounterText(5, "five")
    assert binding.due == [Change.EDIT, Change.RESET, Change.EDIT, Change.RESET]


def test_edits_come_on_top_of_an_assignment(binding: Binding) -> None:
    """Clicks that were on their way when the script assigned a value still count."""
    binding.apply(message(seq=1, counter=3))
    binding.assign(CounterText(100, "set"))
    binding.apply(message(seq=2, counter=5))
    assert binding.value == CounterText(102, "set")


def test_a_widget_shown_again_starts_its_totals_anew(binding: Binding) -> None:
    """A new mount counts from zero, and a late replay of the old one is still known."""
    binding.apply(message(seq=9, counter=3))
    binding.apply(message(mount="f" * 16, seq=1, counter=1))
    binding.apply(message(seq=9, counter=3))
    assert binding.value.counter == 9


def test_a_disabled_widget_takes_no_edit_and_shows_that(binding: Binding) -> None:
    """The mark advances, so the screen goes back to Python's value."""
    binding.disabled = True
    binding.apply(message(counter=3, commits=1, text="x"))
    assert (binding.value, binding.due) == (CounterText(5, "five"), [])
    assert binding.pushed().marks == (Watermark(MOUNT, 1, 0, 3, 1),)


def test_only_the_newest_mounts_are_remembered(binding: Binding) -> None:
    """What a session keeps per widget does not grow with every page switch."""
    for number in range(100):
        binding.apply(message(mount=f"{number:016x}", counter=1))
    assert len(binding.state.marks) == 32
    assert binding.value.counter == 105


def test_its_own_edits_count_once_among_very_many_others(binding: Binding) -> None:
    """Also where so many have edited since that the shared state has no mark of them any more."""
    binding.apply(message(seq=1, counter=3))
    others = [told(Watermark(f"{number:016x}", seq=1, counter=1)) for number in range(50)]
    binding.adopt(replace(binding.state.holding(*others), value=CounterText(58, "five")))
    assert MOUNT not in {mark.mount for mark in binding.state.marks}
    binding.apply(message(seq=1, counter=3))
    assert binding.value.counter == 58
    assert binding.pushed().marks == (Watermark(MOUNT, seq=1, counter=3),)
    binding.apply(message(seq=2, counter=4))
    assert binding.value.counter == 59
    # Another session may still have had the first of them, and told of that.
    old = told(Watermark(MOUNT, seq=1, counter=3))
    binding.adopt(replace(binding.state.holding(old), value=CounterText(60, "five")))
    binding.apply(message(seq=2, counter=4))
    assert binding.value.counter == 60


def test_what_a_page_told_an_earlier_session_counts_once_after_a_deletion() -> None:
    """The new session hears it again, and then that others have begun anew."""
    state = State(CounterText(8, "five"), (Watermark(MOUNT, seq=1, counter=3),))
    binding = Binding(CounterText(5, "five"), state, Limits())
    binding.apply(message(counter=3))
    binding.adopt(State(CounterText(6, "five")))
    binding.apply(message(counter=3))
    assert binding.value.counter == 6
    binding.apply(message(seq=2, counter=4))
    assert binding.value.counter == 7


def test_the_pushed_state_is_constant_while_nothing_changes(binding: Binding) -> None:
    """Equal data means that the browser has nothing to render."""
    binding.apply(message(counter=1))
    first = binding.pushed()
    binding.apply(message(counter=1))
    binding.assign(binding.value)
    binding.fit()
    assert binding.pushed() == first
    binding.assign(CounterText(1, "other"))
    assert binding.pushed().revision > first.revision


def test_bounds_that_moved_stop_the_counter_and_refuse_a_long_text(binding: Binding) -> None:
    """An edit made against older bounds ends at the bound; the mark still advances."""
    binding.limits = Limits(0, 6, 3)
    binding.apply(message(counter=4, commits=1, text="long text"))
    assert binding.value == CounterText(6, "five")
    assert binding.pushed().marks == (Watermark(MOUNT, 1, 0, 4, 1),)


def test_bounds_that_moved_take_the_value_along(binding: Binding) -> None:
    """A value left outside by new bounds moves to the nearest; its text stays."""
    binding.limits = Limits(10, 20)
    binding.fit()
    assert binding.value == CounterText(10, "five")


def test_it_can_be_pickled(binding: Binding) -> None:
    """Streamlit can be told to refuse session state that cannot (enforceSerializable…)."""
    binding.apply(message(counter=1))
    assert pickle.loads(pickle.dumps(binding)) == binding


@pytest.mark.parametrize(
    "changes",
    [
        {"seq": 0},
        {"seq": True},
        {"seq": 1.0},
        {"seq": "1"},
        {"counter": None},
        {"counter": float("nan")},
        {"counter": 1.5},
        {"counter": 2**53},
        {"counter": True},
        {"resets": -1},
        {"commits": -1},
        {"text": None},
        {"text": "a" * 100_001},
        {"text": "\udc00"},
        {"mount": "short"},
        {"mount": "0123456789ABCDEF"},
        {"mount": "0123456789abcdef\n"},
        {"extra": 1},
    ],
)
def test_a_forged_message_is_refused_whole(binding: Binding, changes: dict[str, Any]) -> None:
    """Wrong types, ranges, lengths and unknown fields change nothing."""
    before = pickle.dumps(binding)
    with pytest.raises(Refused):
        binding.apply({**message(counter=1), **changes})
    assert pickle.dumps(binding) == before


@pytest.mark.parametrize("changes", [{"seq": 2}, {"seq": 9, "resets": 0}, {"seq": 9, "commits": 1}])
def test_numbers_that_run_backwards_are_refused(binding: Binding, changes: dict[str, Any]) -> None:
    """An old sequence number, reset or commit count is no edit."""
    newest = message(seq=5, resets=2, commits=3, text="x")
    binding.apply(newest)
    before = pickle.dumps(binding)
    with pytest.raises(Refused):
        binding.apply({**newest, "counter": 50, **changes})
    assert pickle.dumps(binding) == before


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
spoiled = st.dictionaries(
    st.sampled_from(["mount", "seq", "resets", "counter", "commits", "text", "other"]), json_values
).map(lambda changes: {**message(), **changes})


@given(json_values | spoiled | st.binary())
def test_any_message_is_applied_or_refused(raw: object) -> None:
    """Whatever arrives, it is refused without a trace or leaves a value inside the bounds."""
    binding = Binding(CounterText(), State(CounterText()), Limits(-5, 5, 10))
    before = replace(binding)
    try:
        binding.apply(raw)
    except Refused:
        assert binding == before
    assert binding.limits.problem(binding.value) is None


def test_a_deeply_nested_message_is_refused(binding: Binding) -> None:
    """A message made to exhaust the parser is refused like any other."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(Refused):
        binding.apply({**message(), "text": deep})


def test_the_same_refusal_is_told_once(binding: Binding) -> None:
    """A bad message comes again with every rerun and is logged the first time only."""
    assert binding.first_refusal("why")
    assert not binding.first_refusal("why")
    assert binding.first_refusal("another")


@dataclass
class Frontend:
    """One mount of the frontend, as `frontend/src/model.ts` has it."""

    mount: str
    pushed: Any
    limits: Limits
    edits: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.edits = message(mount=self.mount, seq=0)

    def view(self) -> CounterText:
        marks = {mark.mount: mark for mark in self.pushed.marks}
        mark = marks.get(self.mount, Watermark(self.mount))
        base: Any = self.pushed
        if self.edits["resets"] > mark.resets:
            base, mark = self.pushed.defaults, Watermark(self.mount)
        counter = self.limits.clamp(base.counter + self.edits["counter"] - mark.counter)
        return CounterText(
            counter, self.edits["text"] if self.edits["commits"] > mark.commits else base.text
        )

    def edit(self, **changes: Any) -> None:
        self.edits = {**self.edits, **changes, "seq": self.edits["seq"] + 1}


class Session(RuleBasedStateMachine):
    """Edits, late and lost messages, remounts, assignments and resets in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.limits = Limits(-20, 20, 10)
        self.binding = Binding(CounterText(1, "d"), State(CounterText(1, "d")), self.limits)
        self.mounts = 0
        self.remount()

    def remount(self) -> None:
        self.mounts += 1
        self.frontend = Frontend(f"{self.mounts:016x}", self.binding.pushed(), self.limits)

    @rule(step=st.sampled_from([-3, -1, 1, 3]))
    def click(self, step: int) -> None:
        shown = self.frontend.view().counter
        if self.limits.clamp(shown + step) == shown + step:
            self.frontend.edit(counter=self.frontend.edits["counter"] + step)
            # Where the script has moved the value to a bound under pending clicks, those that
            # no longer fit are used up first.
            moved = self.frontend.view().counter - shown
            assert 0 <= moved * step <= step * step
            if abs(shown) < 20:
                assert moved == step

    @rule(text=st.text("abc", max_size=10))
    def commit(self, text: str) -> None:
        if text != self.frontend.view().text:
            self.frontend.edit(commits=self.frontend.edits["commits"] + 1, text=text)
            assert self.frontend.view().text == text

    @rule()
    def reset(self) -> None:
        resets = self.frontend.edits["resets"] + 1
        self.frontend.edit(resets=resets, counter=0, commits=0, text="")
        assert self.frontend.view() == self.binding.defaults

    @rule()
    @precondition(lambda self: self.frontend.edits["seq"] > 0)
    def deliver(self) -> None:
        """A message that was overtaken is never delivered: this one carries all it said."""
        mark = self.binding.state.mark(self.frontend.mount)
        clicked = self.frontend.edits["counter"] - mark.counter
        wanted = self.binding.value.counter + clicked
        self.binding.apply(self.frontend.edits)
        if mark.resets == self.frontend.edits["resets"] and wanted != self.limits.clamp(wanted):
            self.last_cut = self.binding.revision

    @rule()
    def render(self) -> None:
        shown = self.frontend.view()
        assigned = self.frontend.pushed.revision
        self.frontend.pushed = self.binding.pushed()
        # Clicks that an assignment under them has made pass a bound are cut there by the server
        # one by one, and by the page as a sum: the page is right again from now on.
        if max(self.last_assignment, self.last_cut) <= assigned:
            assert self.frontend.view() == shown

    last_assignment = last_cut = 0

    @rule(counter=st.integers(-20, 20), text=st.text("xyz", max_size=10))
    def assign(self, counter: int, text: str) -> None:
        self.binding.assign(CounterText(counter, text))
        self.last_assignment = self.binding.revision

    @rule()
    def hide_and_show(self) -> None:
        if self.frontend.edits["seq"]:
            self.binding.apply(self.frontend.edits)
        self.remount()
        assert self.frontend.view() == self.binding.value

    @invariant()
    def inside_the_bounds(self) -> None:
        assert self.limits.problem(self.binding.value) is None
        assert self.limits.problem(self.frontend.view()) is None

    def teardown(self) -> None:
        if self.frontend.edits["seq"]:
            self.binding.apply(self.frontend.edits)
        self.frontend.pushed = self.binding.pushed()
        assert self.frontend.view() == self.binding.value


TestSession = Session.TestCase
TestSession.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)


def test_the_largest_integers_survive() -> None:
    """The counter reaches the browser's bounds and stops there."""
    binding = Binding(CounterText(), State(CounterText()), Limits())
    binding.apply(message(counter=MAX_SAFE_INTEGER))
    binding.apply(message(mount="f" * 16, counter=MAX_SAFE_INTEGER))
    assert binding.value.counter == MAX_SAFE_INTEGER
    assert to_builtins(Edits(**message()))["counter"] == 0
