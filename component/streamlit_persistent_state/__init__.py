"""Streamlit state that survives: a counter-and-text widget kept in ``st.session_state``."""

from . import errors
from ._value import CounterText
from ._widget import persistent_state, reset

__all__ = ["CounterText", "errors", "persistent_state", "reset"]
