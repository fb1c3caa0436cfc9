"""The only module that touches Streamlit: session state and the two component hosts.

Importing it does nothing. Components are registered when one is first mounted, because a packaged
v2 component can only be registered inside a running Streamlit.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, MutableMapping
from functools import cache
from typing import Any

import streamlit as st
from streamlit.components import v1, v2
from streamlit.errors import StreamlitDuplicateElementKey

from .._checks import PREFIX, Host
from .._widget.binding import Binding
from ..errors import DuplicateKey
from .bundles import bundle

_DEV_SERVER = "STREAMLIT_PERSISTENT_STATE_DEV_SERVER"
STATE = "edits"
_THEME_OPTIONS = ("baseRadius", "buttonRadius", "borderColor", "showWidgetBorder")


def session_state() -> MutableMapping[Any, Any]:
    """Return Streamlit's session state; any access may end the run, when a rerun is waiting."""
    return st.session_state


def bindings() -> dict[str, Binding]:
    """Return this session's bindings by key; they live in session state, never in a global."""
    state = session_state()
    found: dict[str, Binding] | None = state.get(PREFIX)
    if found is None:
        found = state[PREFIX] = {}
    return found


def component_key(key: str, binding: Binding) -> str:
    return f"{PREFIX}:{key}:{binding.id}"


def last_message(key: str, binding: Binding) -> object | None:
    """Return the frontend's last message, or None if it has not sent one."""
    raw = session_state().get(component_key(key, binding))
    # The inline host keeps named states, the iframe host one bare value.
    if isinstance(raw, dict) and raw.keys() <= {STATE}:
        return raw.get(STATE)
    return raw


def mount(
    key: str,
    binding: Binding,
    host: Host,
    data: dict[str, Any],
    on_message: Callable[[], None],
    *,
    height: int,
) -> None:
    """Show the widget; `height` in pixels is what an iframe has until its frontend measures it.

    Raises
    ------
    DuplicateKey
        The key has been mounted in this run already.
    AssetsMissing
        The frontend was never built.
    """
    arguments: dict[str, Any] = {"key": component_key(key, binding)}
    # Streamlit looks for data frames in a dict and loads pandas for that, which takes half a
    # second; then there are twice as many objects to look at when it collects garbage after each
    # run. It does not look into a list here, nor into a text there.
    try:
        if host == "inline":
            _inline()(data=[data], **{f"on_{STATE}_change": on_message}, **arguments)
        else:
            texts = {"data": json.dumps(data), "theme": json.dumps(_theme_options())}
            _iframe()(**texts, height=height, on_change=on_message, **arguments)
    except StreamlitDuplicateElementKey:
        raise DuplicateKey(
            f"key {key!r} is used by two persistent_state() calls in one run; "
            "give each widget its own key"
        ) from None


def _theme_options() -> dict[str, dict[str, Any]]:
    """Return the theme options that Streamlit tells components v2 and keeps from frames."""

    def section(name: str) -> dict[str, Any]:
        found = ((option, st.get_option(f"{name}.{option}")) for option in _THEME_OPTIONS)
        return {option: value for option, value in found if value is not None}

    return {
        "all": section("theme"),
        "light": section("theme.light"),
        "dark": section("theme.dark"),
    }


@cache
def _iframe() -> Callable[..., Any]:
    server = os.environ.get(_DEV_SERVER)
    if server:
        return v1.declare_component(PREFIX, url=f"{server}/index.html")
    return v1.declare_component(PREFIX, path=str(bundle("iframe", "index.html").parent))


def _inline() -> Callable[..., Any]:
    return _registered_inline(os.environ.get(_DEV_SERVER))


@cache
def _registered_inline(server: str | None) -> Callable[..., Any]:
    if server:
        return v2.component(f"{PREFIX}.dev", js=_dev_module(server))
    script = bundle("inline", "widget-*.js").name
    return v2.component("streamlit-persistent-state.widget", js=script)


def _dev_module(server: str) -> str:
    """Load the inline host from the Vite server, with React's hot reload switched on first."""
    return f"""
import "{server}/@vite/client";
const refresh = (await import("{server}/@react-refresh")).default;
if (!window.__vite_plugin_react_preamble_installed__) {{
  refresh.injectIntoGlobalHook(window);
  window.$RefreshReg$ = () => {{}};
  window.$RefreshSig$ = () => (type) => type;
  window.__vite_plugin_react_preamble_installed__ = true;
}}
export default (await import("{server}/src/hosts/inline.tsx")).default;
"""
