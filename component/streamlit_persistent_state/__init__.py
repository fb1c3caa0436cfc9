"""Streamlit state that survives refresh, restart and crash, and a widget that loses no edit."""

from . import errors, stores
from ._actions import forget, increment, reset
from ._persist import Persisted, persist
from ._settings import configure
from ._value import CounterText
from ._widget import persistent_state

__all__ = [
    "CounterText",
    "Persisted",
    "configure",
    "errors",
    "forget",
    "increment",
    "persist",
    "persistent_state",
    "reset",
    "stores",
]
