"""What passes between a binding, session state and the frontend."""

from __future__ import annotations

import logging

from .._widget.binding import Binding
from .._widget.value import to_value
from .._widget.wire import Refused
from ..errors import InvalidValue
from . import component as host_app

_log = logging.getLogger(__name__)


def take_assignment(key: str, binding: Binding) -> None:
    """Take what the script has put into session state since it was last stored there."""
    missing = object()
    found = host_app.session_state().get(key, missing)
    if found is binding.stored:
        return
    value = binding.defaults if found is missing else to_value(key, found)
    problem = binding.limits.problem(value, since=binding.value)
    if problem:
        raise InvalidValue(f"st.session_state[{key!r}]: {problem}")
    binding.assign(value)


def take_message(key: str, binding: Binding) -> None:
    message = host_app.last_message(key, binding)
    if message is None:
        return
    try:
        binding.apply(message)
    except Refused as refused:
        if binding.first_refusal(str(refused)):
            _log.warning("A message for key %r was refused: %s", key, refused)


def store(key: str, binding: Binding) -> None:
    state = host_app.session_state()
    if state.get(key) is not binding.value:
        state[key] = binding.value
    binding.stored = binding.value
