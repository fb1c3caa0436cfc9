"""A message that our frontend does not send never reaches the app."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import CounterText
from streamlit_persistent_state._checks import PREFIX
from streamlit_persistent_state._streamlit import runtime
from streamlit_persistent_state.testing import edit
from streamlit_persistent_state.testing._edit import _element


def page() -> None:
    import streamlit as st

    from streamlit_persistent_state import persistent_state

    def fail() -> None:
        raise AssertionError("a forged message is no edit")

    persistent_state(
        "V",
        key="v",
        counter=1,
        text="one",
        host=st.session_state.host,
        on_change=fail if st.session_state.get("strict") else None,
        on_reset=fail if st.session_state.get("strict") else None,
    )


@pytest.fixture(params=["inline", "iframe"])
def at(request: pytest.FixtureRequest) -> AppTest:
    """Return an app whose frontend has sent two messages: one step up, then nothing."""
    started = AppTest.from_function(page)
    started.session_state["host"] = request.param
    started.run()
    # What is forged comes from the page itself.
    started.session_state[PREFIX]["v"].session = VALID["mount"]
    edit(started, "v", counter=2)
    edit(started, "v")
    started.session_state["strict"] = True
    return started.run()


def forge(at: AppTest, json_value: str) -> None:
    """Send any JSON text as the component's value and run the script."""
    states = at._tree.get_widget_states()
    states.widgets.append(WidgetState(id=_element(at, "v").proto.id, json_value=json_value))
    at._run(states)
    assert not at.exception, at.exception
    assert at.session_state["v"] == CounterText(2, "one")


# Surrogates too: JSON can write half of a pair, and json.loads takes it.
texts = st.text(st.characters(exclude_categories=())) | st.text(
    "0123456789abcdef\ud800", max_size=20
)
numbers = st.integers() | st.integers(-(2**70), 2**70) | st.floats()
anything = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=10,
)

VALID: dict[str, Any] = {
    "mount": "0" * 16,
    "seq": 3,
    "resets": 0,
    "counter": 9,
    "commits": 0,
    "text": "",
}


def is_number(value: object, least: int) -> bool:
    return type(value) in (int, float) and least <= value <= 2**53 - 1  # type: ignore[operator]


def is_well_formed(value: object) -> bool:
    return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)


# What each field may hold; all else in it makes the message a forged one.
ALLOWED: dict[str, Callable[[Any], bool]] = {
    "mount": lambda value: isinstance(value, str) and bool(re.fullmatch("[0-9a-f]{16}", value)),
    "seq": lambda value: is_number(value, 3),
    "resets": lambda value: is_number(value, 0),
    "counter": lambda value: is_number(value, -(2**53 - 1)),
    "commits": lambda value: is_number(value, 0),
    "text": is_well_formed,
}


def forged_fields(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return whole messages, all of whose fields are right but one."""
    wrong = anything.filter(lambda value: not ALLOWED[name](value))
    return wrong.map(lambda value: {**VALID, name: value})


names = st.sampled_from([*VALID, "more", "edits"]) | texts
# At most one entry less than a whole message, so that none of these is valid.
messages = (
    st.sampled_from(list(VALID)).flatmap(forged_fields)
    | st.dictionaries(names, anything, max_size=5)
    | st.dictionaries(texts.filter(lambda name: name not in VALID), anything, min_size=1).map(
        lambda more: {**VALID, **more}
    )
)
forged = anything | messages | messages.map(lambda message: {"edits": message})


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(forged)
def test_nothing_forged_raises_or_changes_the_state(at: AppTest, message: object) -> None:
    """Any JSON at all: the app runs, no callback is called and the value stays."""
    forge(at, json.dumps(message))


@pytest.mark.parametrize(
    "changes",
    [
        {"seq": 1},
        {"counter": "9" * 5000},
        {"counter": float("nan")},
        {"counter": float("inf")},
        {"text": "x" * 1_000_000},
        {"text": "\ud800"},
        {"mount": "\ud800"},
        {"mount": "0" * 15 + "\udc00"},
        {"counter": "\ud800"},
        {"\ud800": 1},
        {"unknown " * 100_000: 1},
    ],
)
def test_a_forged_message_is_logged_once(
    at: AppTest, changes: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    """The reason is logged with the key, once, however often the rerun repeats the message."""
    message = {"mount": "0" * 16, "seq": 3, "resets": 0, "counter": 9, "commits": 0, "text": ""}
    message = {**message, **changes}
    raw = json.dumps({"edits": message} if at.get("bidi_component") else message)
    with caplog.at_level(logging.WARNING, "streamlit_persistent_state"):
        forge(at, raw)
        forge(at, raw)
    told = [r.getMessage() for r in caplog.records if r.name.startswith("streamlit_persistent")]
    assert len(told) == 1
    assert "key 'v'" in told[0]
    assert len(told[0]) < 200


def test_what_is_remembered_of_forged_messages_is_bounded(at: AppTest) -> None:
    """Ever new nonsense fills neither the log nor the session."""
    for number in range(30):
        forge(at, json.dumps({"edits": {f"field{number}": number}, f"other{number}": number}))
    assert len(at.session_state["streamlit_persistent_state"]["v"].refusals) <= 2


def page_of_tabs() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    persist(count=0, live=True)
    st.write(st.session_state.count)


def test_nothing_forged_reaches_the_app_through_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither through what keeps the cookie nor through what listens for news."""
    monkeypatch.setattr(runtime, "_APP_TEST", "none")  # or the page has no such parts
    started = AppTest.from_function(page_of_tabs).run()
    parts = {element.proto.id for element in started.get("bidi_component")}
    assert {part.rpartition(":")[2] for part in parts} == {"cookie", "live"}

    @settings(max_examples=60, deadline=None)
    @given(st.sampled_from(sorted(parts)), anything | page_messages)
    def reaches_nobody(part: str, message: object) -> None:
        states = started._tree.get_widget_states()
        states.widgets.append(WidgetState(id=part, json_value=json.dumps(message)))
        started._run(states)
        assert not started.exception, started.exception
        assert started.session_state["count"] == 0

    reaches_nobody()


page_messages = st.dictionaries(st.sampled_from(["found", "look", "value", "edits"]), anything)
