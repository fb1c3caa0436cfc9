"""A message that our frontend does not send never reaches the app."""

from __future__ import annotations

import json
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import CounterText
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
    edit(started.run(), "v", counter=2)
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


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
names = st.sampled_from(["mount", "seq", "resets", "counter", "commits", "text", "more", "edits"])
# At most one entry less than a whole message, so that none of these is valid.
messages = st.dictionaries(names, anything).filter(
    lambda message: "more" in message or len(message) < 6
)
forged = anything | messages | messages.map(lambda message: {"edits": message})


@settings(
    max_examples=60,
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
