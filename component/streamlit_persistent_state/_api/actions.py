"""What callbacks do with kept values: `increment`, `reset` and `forget`."""

from __future__ import annotations

import difflib
import logging

from .._checks import checked_key, shown
from .._session.session import session
from .._streamlit import component as host_app
from .._streamlit.exchange import store, take_message
from ..errors import InvalidArgument

_log = logging.getLogger(__name__)


def increment(key: str, by: int = 1) -> None:
    """Add to a whole number that `persist` keeps; usable as ``on_click``.

    Increments of several sessions at the same time add up, in every scope, also where the store
    was away for a while. ``st.session_state[key] += 1`` would overwrite those of others.

    Parameters
    ----------
    key : str
        A key of `persist`. Where session state has nothing, the count starts at 0.
    by : int, default 1
        What to add; may be negative.

    Raises
    ------
    InvalidArgument
        The key is not kept, or holds something else than a whole number.

    Examples
    --------
    >>> st.button("Like", on_click=increment, args=("likes",))  # doctest: +SKIP
    """
    if isinstance(by, bool) or not isinstance(by, int):
        raise InvalidArgument(f"by must be an int, got {shown(by)}")
    session().increment(checked_key(key), by)


def reset(*keys: str) -> None:
    """Set values back to their declared defaults; usable as ``on_click=reset, args=("visits",)``.

    Call it in a callback, or above the widget: below it, the widget and what it returned show the
    reset with the next run.

    Edits made before the reset are gone, edits made after it count from the defaults. A key of
    `persist` without a default leaves session state. What is stored and was not shown in this
    session yet is deleted from the store, and that is logged.

    Parameters
    ----------
    *keys : str
        One or more keys of `persistent_state` or `persist`.

    Raises
    ------
    InvalidArgument
        No key was given, or one that this session does not know and nothing is stored for: it
        is misspelt, or its page was not shown yet. No key is reset then.
    """
    if not keys:
        raise InvalidArgument(
            'reset() needs at least one key, such as reset("visits"); with on_click=reset give '
            'args=("visits",)'
        )
    unseen = [key for key in map(checked_key, keys) if not _is_used(key)]
    if unseen:
        _check_stored(unseen)
    for key in keys:
        binding = host_app.bindings().get(key)
        if binding is not None:
            take_message(key, binding)
            binding.reset()
            store(key, binding)
        elif not session().reset(key):
            _log.warning("reset(%r): this key was not used in this session so far", key)
            host_app.session_state().pop(key, None)
    if unseen:
        session().forget(unseen)


def _is_used(key: str) -> bool:
    return key in host_app.bindings() or key in session().scopes


def _check_stored(keys: list[str]) -> None:
    """Raise for keys that are neither in session state nor in the store."""
    known = {*host_app.bindings(), *session().scopes}
    for key in set(keys) - session().stored(keys):
        if key in host_app.session_state():
            continue
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"; is {near[0]!r} meant?" if near else ""
        raise InvalidArgument(
            f"reset({key!r}): no persist() or persistent_state() has used this key in this "
            f"session, and nothing is stored under it{hint}"
        )


def forget(*keys: str) -> None:
    """Delete stored values, and take them out of session state; usable as ``on_click``.

    Other sessions that hold them do not bring them back. Widgets and declared defaults start anew.

    Parameters
    ----------
    *keys : str
        Keys of `persistent_state` or `persist`. None: everything that is stored for this browser
        and for the logged-in user; values of ``scope="app"`` must be named.

    Raises
    ------
    StoreUnavailable
        The store cannot be reached, so nothing was deleted.
    """
    session().forget([checked_key(key) for key in keys] or None)
