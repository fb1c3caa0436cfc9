"""Bad arguments are told by name, with the allowed values, before anything is shown."""

from __future__ import annotations

from typing import Any

import pytest

from streamlit_persistent_state import persistent_state, reset
from streamlit_persistent_state.errors import InvalidArgument, PersistentStateError


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"label": 1}, "label must be a str, got int: 1"),
        ({"label": " "}, "label must not be empty"),
        ({"key": 1}, "key must be a str, got int: 1"),
        ({"key": ""}, "key must not be empty"),
        ({"key": "streamlit_persistent_state"}, "reserved"),
        ({"key": "streamlit_persistent_state:x"}, "reserved"),
        ({"counter": True}, "counter must be an int, got bool: True"),
        ({"counter": 1.0}, "counter must be an int, got float: 1.0"),
        ({"counter": 2**53}, r"counter must lie between -\(2\*\*53 - 1\)"),
        ({"counter": -(10**5000)}, r"counter must lie between -\(2\*\*53 - 1\)"),
        ({"counter": 11, "max_value": 10}, "counter is 11, outside .* max_value=10"),
        ({"counter": -1, "min_value": 0}, "counter is -1, outside min_value=0"),
        ({"text": None}, "text must be a str, got NoneType"),
        ({"text": "four", "max_chars": 3}, "text has 4 characters, more than max_chars=3"),
        ({"text": "\ud800"}, "text holds a lone surrogate"),
        ({"min_value": 0.5}, "min_value must be an int, got float"),
        ({"max_value": "9"}, "max_value must be an int, got str"),
        ({"min_value": -(2**53)}, "min_value must lie between"),
        ({"min_value": 2, "max_value": 1}, "min_value=2 must not be greater than max_value=1"),
        ({"step": 0}, "step must be 1 or more, got 0"),
        ({"step": -1}, "step must be 1 or more, got -1"),
        ({"step": True}, "step must be an int, got bool"),
        ({"max_chars": 0}, r"max_chars must be None or 1 \.\. 100000, got 0"),
        ({"max_chars": 100_001}, r"max_chars must be None or 1 \.\. 100000"),
        ({"max_chars": "9"}, "max_chars must be an int"),
        ({"placeholder": 1}, "placeholder must be a str, got int"),
        ({"help": b"x"}, "help must be a str, got bytes"),
        ({"disabled": 1}, "disabled must be True or False, got int: 1"),
        ({"show_reset": None}, "show_reset must be True or False, got NoneType"),
        (
            {"label_visibility": "none"},
            "label_visibility must be one of 'visible', 'hidden', 'collapsed', got str: 'none'",
        ),
        ({"label_visibility": []}, "label_visibility must be one of"),
        ({"host": "page"}, "host must be one of 'inline', 'iframe', got str: 'page'"),
        (
            {"scope": "planet"},
            "scope must be one of 'session', 'browser', 'user', 'app', got str: 'planet'",
        ),
        ({"on_change": 1}, "on_change must be a function or None, got int"),
        ({"on_reset": "f"}, "on_reset must be a function or None, got str"),
        ({"args": "ab"}, "args must be a tuple or a list, got str"),
        ({"kwargs": [1]}, "kwargs must be a dict, got list"),
    ],
)
def test_a_bad_argument_is_named(arguments: dict[str, Any], words: str) -> None:
    """The message names the argument, what it was and what it may be."""
    with pytest.raises(InvalidArgument, match=words):
        persistent_state(**{"label": "V", "key": "v", **arguments})


def test_a_value_whose_repr_fails_is_still_named() -> None:
    """An error message never fails itself."""

    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    with pytest.raises(InvalidArgument, match="counter must be an int, got Broken"):
        persistent_state("V", key="v", counter=Broken())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("keys", "words"),
    [((), "needs at least one key"), ((1,), "key must be a str"), (("",), "not be empty")],
)
def test_reset_names_what_is_wrong_with_its_keys(keys: tuple[Any, ...], words: str) -> None:
    """reset() without a key, or with no key, says what to write."""
    with pytest.raises(InvalidArgument, match=words):
        reset(*keys)


def test_every_error_can_be_caught_as_one() -> None:
    """One tree: a caller can catch PersistentStateError, or ValueError as for any bad value."""
    assert issubclass(InvalidArgument, PersistentStateError)
    assert issubclass(InvalidArgument, ValueError)
