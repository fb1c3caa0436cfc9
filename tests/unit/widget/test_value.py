"""The value type and the rules of a counter and a text."""

from __future__ import annotations

import copy
import pickle

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlit_persistent_state import CounterText
from streamlit_persistent_state._checks import MAX_SAFE_INTEGER, MAX_TEXT_CHARS
from streamlit_persistent_state._widget.value import to_value
from streamlit_persistent_state.errors import InvalidValue

counters = st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(counters, texts)
def test_entries_read_by_attribute_and_by_name(counter: int, text: str) -> None:
    """`v.counter` and `v["counter"]` are the same, and it equals the plain dict."""
    value = CounterText(counter, text)
    assert (value.counter, value.text) == (value["counter"], value["text"]) == (counter, text)
    assert value == {"counter": counter, "text": text} == dict(value)
    assert to_value("key", dict(value)) == value


@given(counters, texts)
def test_copies_are_equal_and_hash_alike(counter: int, text: str) -> None:
    """Pickle, deepcopy and repr all give the value back, so it may live in session state."""
    value = CounterText(counter, text)
    for other in (
        pickle.loads(pickle.dumps(value)),
        copy.deepcopy(value),
        eval(repr(value), {"CounterText": CounterText}),
    ):
        assert other == value
        assert hash(other) == hash(value)


def test_it_is_read_only() -> None:
    """Entries cannot be assigned; replace() makes a changed copy."""
    value = CounterText(1, "one")
    with pytest.raises(AttributeError):
        value.counter = 2  # type: ignore[misc]
    assert value.replace(counter=2) == CounterText(2, "one")
    assert value.replace(text="two") == CounterText(1, "two")
    assert value == CounterText(1, "one")


def test_unequal_values_differ() -> None:
    """Equality looks at both entries and at nothing else."""
    assert CounterText(1, "a") != CounterText(2, "a")
    assert CounterText(1, "a") != CounterText(1, "b")
    assert CounterText(1, "a") != (1, "a")
    with pytest.raises(KeyError):
        CounterText()["other"]


def test_whole_numbers_of_other_libraries_become_ints() -> None:
    """An integer type such as NumPy's is taken; what comes back is a plain int."""
    value = CounterText(numpy.int64(3))  # type: ignore[arg-type]
    assert type(value.counter) is int
    assert value.counter == 3


@pytest.mark.parametrize(
    ("counter", "words"),
    [
        (True, "counter must be an int, got bool"),
        (1.0, "counter must be an int, got float"),
        ("1", "counter must be an int, got str"),
        (None, "counter must be an int, got NoneType"),
        (2**53, "2\\*\\*53 - 1"),
        (-(2**53), "2\\*\\*53 - 1"),
        (10**400, "2\\*\\*53 - 1"),
    ],
)
def test_a_counter_that_is_no_browser_integer_is_refused(counter: object, words: str) -> None:
    """The error names the counter; an integer beyond 2**53 is refused, not rounded."""
    with pytest.raises(InvalidValue, match=words):
        CounterText(counter)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (1, "text must be a str, got int"),
        (b"a", "text must be a str, got bytes"),
        ("\ud800", "lone surrogate"),
        ("a" * (MAX_TEXT_CHARS + 1), f"at most {MAX_TEXT_CHARS}"),
    ],
)
def test_a_text_that_cannot_be_carried_is_refused(text: object, words: str) -> None:
    """The error names the text and what is wrong with it."""
    with pytest.raises(InvalidValue, match=words):
        CounterText(0, text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("assigned", "words"),
    [
        (5, r"st.session_state\['k'\] holds int: 5"),
        (None, "holds NoneType"),
        ({"counter": 1}, "exactly the entries"),
        ({}, "it has none"),
        ({"counter": 1, "text": "", "x": 1, 2: 3}, "it has 'counter', 'text', 'x', 2"),
        ({"counter": "1", "text": ""}, r"st.session_state\['k'\]: counter must be an int"),
        ({"counter": 1, "text": None}, r"st.session_state\['k'\]: text must be a str"),
    ],
)
def test_a_wrong_assignment_names_the_key_and_the_way_out(assigned: object, words: str) -> None:
    """What a script may not assign is refused with the key in the message."""
    with pytest.raises(InvalidValue, match=words):
        to_value("k", assigned)


def test_replace_takes_its_two_entries_only() -> None:
    """A misspelt entry is an error, not a value that is silently kept."""
    with pytest.raises(InvalidValue, match="got count"):
        CounterText().replace(count=1)
