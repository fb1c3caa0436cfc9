"""Streamlit state that survives refresh, restart and crash, and a widget that loses no edit."""

from . import codecs, errors, stores
from ._api.actions import forget, increment, reset
from ._api.persist import Persisted, persist
from ._api.widget import persistent_state
from ._settings import configure
from ._widget.value import CounterText

__all__ = [
    "CounterText",
    "Persisted",
    "codecs",
    "configure",
    "errors",
    "forget",
    "increment",
    "persist",
    "persistent_state",
    "reset",
    "stores",
]
