"""Which messages to the page are changed, so that a number input begins with its value."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from streamlit_persistent_state._streamlit.painter import Painter


def number(**fields: Any) -> ForwardMsg:
    message = ForwardMsg()
    widget = message.delta.new_element.number_input
    for name, value in (
        {"id": "ours", "value": 7, "default": 1, "set_value": True} | fields
    ).items():
        setattr(widget, name, value)
    return message


def default_of(message: ForwardMsg) -> float:
    return message.delta.new_element.number_input.default


@pytest.fixture
def painter() -> Painter:
    painter = Painter()
    painter.add("ours")
    return painter


def test_a_number_begins_with_its_value(painter: Painter) -> None:
    message = number()
    painter.see(message)
    assert default_of(message) == 7


@pytest.mark.parametrize(
    "fields",
    [{"id": "theirs"}, {"set_value": False}, {"query_param_key": "n"}, {"form_id": "clearing"}],
)
def test_a_default_that_is_needed_stays(painter: Painter, fields: dict[str, Any]) -> None:
    """That of another widget, one the page has already, the URL's, and a form's that clears."""
    form = ForwardMsg()
    form.delta.add_block.form.form_id = "clearing"
    form.delta.add_block.form.clear_on_submit = True
    painter.see(form)
    message = number(**fields)
    painter.see(message)
    assert default_of(message) == 1


@pytest.mark.parametrize("missing", ["default", "value"])
def test_a_number_that_can_be_empty_has_no_default(painter: Painter, missing: Any) -> None:
    message = number()
    message.delta.new_element.number_input.ClearField(missing)
    before = message.SerializeToString()
    painter.see(message)
    assert message.SerializeToString() == before


def test_other_messages_pass(painter: Painter) -> None:
    message = ForwardMsg()
    message.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
    before = message.SerializeToString()
    painter.see(message)
    assert message.SerializeToString() == before
