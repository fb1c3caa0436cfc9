"""What two sessions add to one value at the same time is kept from both, and nothing is mixed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlit_persistent_state._record import MISSING
from streamlit_persistent_state._sync.merge import additions, on_top

leaves = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "b"])
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
        | st.sets(st.integers(0, 3))
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "both"),
    [
        ([], ["m"], ["t"], ["t", "m"]),
        (["x"], ["x", "m"], ["x", "t1", "t2"], ["x", "t1", "t2", "m"]),
        (MISSING, ["m"], ["t"], ["t", "m"]),
        ({"a": 1}, {"a": 1, "m": 2}, {"a": 1, "t": 3}, {"a": 1, "t": 3, "m": 2}),
        ({1}, {1, 2}, {1, 3}, {1, 2, 3}),
        (frozenset({1}), frozenset({1, 2}), frozenset({1, 3}), frozenset({1, 2, 3})),
        ({"a": [1]}, {"a": [1, 2]}, {"a": [1, 3]}, {"a": [1, 3, 2]}),
        ([{"a": 1}], [{"a": 1, "m": 1}], [{"a": 1}, "t"], [{"a": 1, "m": 1}, "t"]),
        ([], ["same", "m"], ["same"], ["same", "same", "m"]),
        ([], ["same"], ["same"], ["same"]),
        ({}, {"k": 1, "m": 1}, {"k": 1}, {"k": 1, "m": 1}),
    ],
)
def test_additions_of_both_are_kept(base: Any, mine: Any, theirs: Any, both: Any) -> None:
    """In lists, dicts and sets, also inside of one another; two equal ones have done the same."""
    assert additions(base, mine, theirs) == both


@pytest.mark.parametrize(
    ("base", "mine", "theirs"),
    [
        (1, 2, 3),
        ("text", "text m", "text t"),
        (["x"], [], ["x", "t"]),
        (["x"], ["y"], ["x", "t"]),
        (["x"], ["m", "x"], ["x", "t"]),
        ({"a": 1}, {"a": 2}, {"a": 1, "t": 1}),
        ({"a": 1}, {}, {"a": 1, "t": 1}),
        ({"street": "", "town": ""}, {"street": "A", "town": ""}, {"street": "", "town": "B"}),
        ({}, {"k": 1}, {"k": 2}),
        ({}, {"address": {"street": "A"}}, {"address": {"town": "B"}}),
        ({1, 2}, {1}, {1, 2, 3}),
        ((1,), (1, 2), (1, 3)),
        ([], ["m"], {"t": 1}),
        ([["x"]], [["y"]], [["x", "t"]]),
    ],
)
def test_anything_else_is_not_mixed(base: Any, mine: Any, theirs: Any) -> None:
    """Two halves of an address, or two moves on one board, are no third one."""
    assert additions(base, mine, theirs) is MISSING
    assert additions(base, theirs, mine) is MISSING


@given(values, values)
def test_what_one_side_has_added_alone_is_what_it_has(base: Any, mine: Any) -> None:
    """And a value is its own merge."""
    assert additions(base, mine, mine) == mine
    alone = additions(base, mine, base)
    assert alone is MISSING or alone == mine


@given(values, values, values)
def test_both_ways_hold_the_same(base: Any, mine: Any, theirs: Any) -> None:
    """Whoever is first; only the order in a list differs."""
    one, other = additions(base, mine, theirs), additions(base, theirs, mine)
    assert (one is MISSING) == (other is MISSING)
    if isinstance(one, (list, dict, set)):
        assert type(one) is type(other)
        assert len(one) == len(other)


@pytest.mark.parametrize(
    ("start", "mine", "theirs", "both"),
    [
        ([], ["m"], ["1", "2"], ["1", "2", "m"]),
        (["hello"], ["hello", "m"], ["other", "2"], ["other", "2", "m"]),
        (MISSING, ["m"], ["1"], ["1", "m"]),
        ({"a": 0}, {"a": 0, "m": 1}, {"a": 5, "t": 1}, {"a": 5, "t": 1, "m": 1}),
        ({1}, {1, 2}, {3}, {2, 3}),
        (["hello"], ["changed", "m"], ["other"], MISSING),
        ({"a": 0}, {"a": 1}, {"a": 5}, MISSING),
        ({}, {"t": 2}, {"t": 1}, MISSING),
        ([], ["m"], "text", MISSING),
        (0, 1, 2, MISSING),
    ],
)
def test_what_was_added_to_a_start_comes_on_top(
    start: Any, mine: Any, theirs: Any, both: Any
) -> None:
    """Where what is stored has never been seen, and need not have begun the same way."""
    assert on_top(start, mine, theirs) == both
