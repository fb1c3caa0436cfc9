"""Hears that a user has done something: a widget of the page has another value than before.

Scripts run for other reasons too: a page is loaded, a fragment is due, the script asks for one more
run. Streamlit tells nobody which it is. It compares the widgets before it calls their callbacks;
one session's own state is given a class that listens there. Where that is not possible, whoever
asks is told so, and takes every later run for something that a user has done.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import cache
from typing import Any, Protocol

from .page import UNSEEN_KEYS

_log = logging.getLogger(__name__)

_NEEDED = ("_call_callbacks", "_widget_changed", "_new_widget_state")


class Actor(Protocol):
    """Who wants to hear; it lies in session state itself, so that nobody else has to hold it."""

    def act(self) -> None:
        """Hear that a user is doing something, before any callback."""
        ...


def listen_for_events(ctx: Any, key: str) -> bool:
    """Have the `Actor` at `key` of session state hear of all later events.

    Returns
    -------
    bool
        Whether it will hear of them.
    """
    # What scripts use is a new wrapper for each thread; this is the one thing that lasts.
    state = getattr(ctx.session_state, "_state", None)
    if state is None or not all(hasattr(state, name) for name in _NEEDED):
        return False
    if getattr(state, "actor_key", None) == key:
        return True
    kind: Any = type(state)
    try:
        state.__class__ = _listening(kind, key)
    except TypeError:
        return False
    return True


@cache
def _listening(kind: Any, key: str) -> type:
    """Return a class of session states that tells their actor of events."""

    def call_callbacks(self: Any, *args: Any, **options: Any) -> None:
        if _has_event(self):
            with suppress(KeyError):  # the script has cleared its state
                kind.__getitem__(self, key).act()
        kind._call_callbacks(self, *args, **options)

    methods = {"__slots__": (), "actor_key": key, "_call_callbacks": call_callbacks}
    return type(kind.__name__, (kind,), methods)


def _has_event(state: Any) -> bool:
    try:
        # What the package's own parts of the page say, no user has done.
        return any(
            state._widget_changed(widget)
            for widget in list(state._new_widget_state)
            if not widget.endswith(UNSEEN_KEYS)
        )
    except Exception:
        _log.debug("Whether a user has done something is unknown", exc_info=True)
        return True
