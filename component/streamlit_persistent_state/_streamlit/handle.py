"""Keeps a session's handle where the script does not delete it, and tells it what the script does.

Streamlit has no public word for either. Keys of its own are left out of what session state lists,
so that neither ``st.session_state.clear()`` nor a loop over all keys meets them; a Streamlit that
lists ours loses the handle with the rest, and a new one begins as on a page load. Every ``del``,
``pop`` and ``clear`` comes down to one method of what is behind session state, and every event of
a user to another; where nobody can stand in front of them, `listen_for_deletions` and
`listen_for_events` say so.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any, Protocol

from .._checks import PREFIX
from .events import has_event, tells_of_events

_log = logging.getLogger(__name__)

HANDLE_KEY = f"$$STREAMLIT_INTERNAL_KEY_{PREFIX}:session"

_RUN_HAS_ENDED = "$$STREAMLIT_INTERNAL_KEY_SCRIPT_RUN_WITHOUT_ERRORS"
"""What Streamlit puts into session state after each run, however it has ended."""

_MARK = "_tells_of_deletions"


class Handle(Protocol):
    """What is kept for a session."""

    def hear_deletion(self, key: str) -> None:
        """Hear that `key` was deleted from session state; by the script, or by this package."""

    def hear_end(self, *, is_early: bool) -> None:
        """Hear in the script's thread that a run is over, of the script or of fragments.

        Parameters
        ----------
        is_early : bool
            It may be that ``st.stop()``, ``st.rerun()`` or an error has ended it; then this comes
            after that, and else a second time.
        """

    def hear_request(self) -> None:
        """Hear that the page has asked for a run, before its widgets' values and any callback."""

    def hear_event(self) -> None:
        """Hear that the user has done something, before any callback."""


@cache
def _attentive(kind: Any) -> type:
    """Return a class of session states that tell their handle what happens to them."""

    def handle_of(state: Any) -> Handle | None:
        try:
            found: Handle = state[HANDLE_KEY]
        except KeyError:
            return None
        return found

    def __delitem__(self: Any, key: str) -> None:
        kind.__delitem__(self, key)
        if (handle := handle_of(self)) is not None:
            handle.hear_deletion(key)

    def end(self: Any, is_early: bool) -> None:
        handle = handle_of(self)
        if handle is None:
            return
        try:
            handle.hear_end(is_early=is_early)
        except Exception:
            _log.exception("What is not kept cannot be shown")

    def maybe_check_serializable(self: Any) -> None:
        kind.maybe_check_serializable(self)
        end(self, is_early=False)

    def __setitem__(self: Any, key: str, value: Any) -> None:
        kind.__setitem__(self, key, value)
        if key == _RUN_HAS_ENDED:
            end(self, is_early=True)

    def on_script_will_rerun(self: Any, *args: Any, **options: Any) -> None:
        # Not called where the script itself has asked for a rerun.
        handle = handle_of(self)
        if handle is not None:
            try:
                handle.hear_request()
            except Exception:
                _log.exception("What the script has begun with may be taken for an edit")
        kind.on_script_will_rerun(self, *args, **options)

    def call_callbacks(self: Any, *args: Any, **options: Any) -> None:
        handle = handle_of(self)
        if handle is not None and has_event(self):
            handle.hear_event()
        kind._call_callbacks(self, *args, **options)

    methods = {"__slots__": (), "__delitem__": __delitem__, _MARK: True}
    if hasattr(kind, "maybe_check_serializable"):
        methods["maybe_check_serializable"] = maybe_check_serializable
        methods["__setitem__"] = __setitem__
    if hasattr(kind, "on_script_will_rerun"):
        methods["on_script_will_rerun"] = on_script_will_rerun
    if hasattr(kind, "_call_callbacks"):
        methods["_call_callbacks"] = call_callbacks
    return type(kind.__name__, (kind,), methods)


def listen_for_deletions(ctx: Any) -> bool:
    """Have the handle in a session's state hear of deletions; whether it will.

    The state is the same in every run, so that callbacks are heard which precede the script.
    """
    state = getattr(ctx.session_state, "_state", None)
    kind: Any = type(state)
    if not hasattr(kind, "__delitem__"):
        return False
    if not hasattr(kind, _MARK):
        try:
            object.__setattr__(state, "__class__", _attentive(kind))
        except TypeError:
            return False
    return True


def listen_for_events(ctx: Any) -> bool:
    """Have the handle hear of what the user does from the next run on; whether it will."""
    return listen_for_deletions(ctx) and tells_of_events(ctx.session_state._state)
