"""What the page does unseen: it keeps a cookie, and hears of what other tabs have changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st
from streamlit.components import v2

from .._checks import LIVE_KEY, PREFIX
from .bundles import bundle

_COOKIE_KEY, _LIVE_KEY = f"{PREFIX}:cookie", f"{PREFIX}:live"
UNSEEN_KEYS = (_COOKIE_KEY, _LIVE_KEY)
"""Those of the parts that no user sees."""


def write_cookie(
    name: str, value: str, replaces: str | None, on_found: Callable[[str], None]
) -> None:
    """Have the page keep a cookie.

    `on_found` hears of one that another tab has written first, and of an empty one where the
    browser keeps none. The page says nothing where all is well: each word is a run of the script.
    """

    def found() -> None:
        state = st.session_state.get(_COOKIE_KEY)
        value = state.get("found") if state else None
        if isinstance(value, str):
            on_found(value)

    # Where Streamlit puts toasts: no part of the page, so that nothing moves, not even at first.
    with st._event:
        _cookie_writer()(
            key=_COOKIE_KEY,
            data={"name": name, "value": value, "replaces": replaces},
            on_found_change=found,
        )


@cache
def _cookie_writer() -> Callable[..., Any]:
    return _component("cookie")


def listen(
    every: float | None, on_ask: Callable[[], None], data: Callable[[], dict[str, Any]]
) -> None:
    """Have the page look for news: when another tab tells of some, and every so many seconds.

    Parameters
    ----------
    every : float or None
        Seconds between two looks of the server without being asked.
    on_ask : callable
        Called when the page asks; `data` is called next.
    data : callable
        Returns what the page is to know; may rerun the script instead. It counts the ``runs`` of
        the script, those that are an ``echo`` of what others did, the ``looks`` that the page has
        asked for, the ``polls`` that it has not, and the ``news`` for which it shall ask; its
        ``route``, None or a ``path`` and a ``ticket``, is where it hears of news at once, of all
        processes that have the same ``reach``.
    """

    # Where there is no timer at all, a page that has lost its connection does not run the script
    # again, and its new session knows no fragment that could be asked.
    @st.fragment(run_every=every or _SELDOM)
    def fragment() -> None:
        _listener()(key=LIVE_KEY, data=data(), on_look_change=on_ask)

    with st._event:
        fragment()


_SELDOM = 24 * 3600.0


@cache
def _listener() -> Callable[..., Any]:
    return _component("live")


def _component(name: str) -> Callable[..., Any]:
    script = bundle("page", f"{name}.js").read_text("utf-8")
    # Streamlit takes a text of one line for a path.
    return v2.component(f"{PREFIX}.{name}", js=f"// {name}.js\n{script}")
