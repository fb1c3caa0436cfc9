"""What a session is in Streamlit: its runs and threads, its cookies, its user, its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from .._record import MISSING
from .hooks import Listener, everything_in, hear_of_acts, hear_of_runs, listen, paint
from .logins import name_of
from .widgets import Widget

_MOMENT = 0.01
"""Seconds for which session state may be locked by anything but a callback."""

_APP_TEST = "test session id"
_LOCAL = ("localhost", "127.0.0.1", "::1")


class Busy(RuntimeError):
    """Session state cannot be read at the moment."""


@contextmanager
def _without_waiting(state: Any) -> Iterator[None]:
    """Raise `Busy` where reading session state would have to wait for a callback.

    A Streamlit whose lock is elsewhere has whoever reads it wait.
    """
    lock = vars(state).get("_lock") if hasattr(state, "__dict__") else None
    if lock is None:
        yield
        return
    if not lock.acquire(timeout=_MOMENT):
        raise Busy("a callback is running")
    try:
        yield
    finally:
        lock.release()


class Run:
    """One run of a script, as far as it concerns us."""

    def __init__(self) -> None:
        ctx = get_script_run_ctx(suppress_warning=True)
        self.ctx: Any = ctx
        self.thread = threading.current_thread()
        self.began = time.monotonic()
        # Streamlit makes a new one for every run; the context itself serves several.
        self.marker: Any = None if ctx is None else ctx.cursors
        # What is behind st.session_state, at half the price for each key.
        self._state: Any = st.session_state if ctx is None else ctx.session_state

    @property
    def draws_a_page(self) -> bool:
        """Whether a browser shows all that this run draws: no fragment and no AppTest."""
        return self.ctx is not None and not self.is_of_fragments and not self.is_app_test

    @property
    def is_of_fragments(self) -> bool:
        """Whether only fragments run."""
        return self.ctx is not None and bool(self.ctx.fragment_ids_this_run)

    def may_have_fragments(self, ours: int) -> bool:
        """Whether the script has fragments besides `ours`."""
        storage = getattr(self.ctx, "fragment_storage", None)
        fragments = getattr(storage, "_fragments", None)
        return fragments is None or len(fragments) > ours

    @property
    def is_app_test(self) -> bool:
        return self.ctx is not None and self.ctx.session_id == _APP_TEST

    @property
    def main_script(self) -> str | None:
        """Path of the script that the app was started with, whatever its page; None without one."""
        return getattr(self.ctx, "main_script_path", None) or None

    @property
    def is_busy(self) -> bool:
        """Whether callbacks are running, or the page has asked for a run that will call some."""
        requests = getattr(self.ctx, "script_requests", None)
        is_overtaken = getattr(getattr(requests, "_state", None), "name", None) == "RERUN"
        if is_overtaken or self.ctx is None:
            return is_overtaken
        try:
            with _without_waiting(self.ctx.session_state):
                return False
        except Busy:
            return True

    def snapshot(self) -> Mapping[str, Any]:
        """Return what session state holds; works from any thread and never ends a run.

        Raises
        ------
        Busy
            A callback runs, and nobody else may look at session state.
        """
        if self.ctx is None:
            return dict(st.session_state)  # type: ignore[arg-type] # str keys
        with _without_waiting(self.ctx.session_state):
            return everything_in(self.ctx.session_state)

    def value(self, key: str) -> Any:
        """Return what session state holds of a key, or MISSING; may end a run, as a widget may."""
        try:
            return self._state[key]
        except KeyError:
            return MISSING

    def values(self, keys: Iterable[str]) -> dict[str, Any]:
        """Return those of `keys` that session state holds."""
        found = {key: self.value(key) for key in keys}
        return {key: value for key, value in found.items() if value is not MISSING}

    def drawn(self, key: str) -> Widget | None:
        """Return the widget that the script has made for `key` above, in this run.

        Session state cannot set it any more. A Streamlit that does not tell seems to have none,
        and raises its own error.
        """
        state = getattr(self._state, "_state", None)
        try:
            widget_id = state._key_id_mapper.get_id_from_key(key)  # type: ignore[union-attr]
            if widget_id is None or widget_id not in self.ctx.shared.widget_ids_this_run:
                return None
            metadata = state._new_widget_state.widget_metadata.get(widget_id)  # type: ignore[union-attr]
        except AttributeError:
            return None
        return None if metadata is None else Widget(metadata)

    @property
    def page(self) -> object:
        """What is another one whenever `url` may be, at a small part of its price."""
        try:
            info, manager = self.ctx.context_info, self.ctx.pages_manager
            return getattr(info, "url", None), manager.current_page_script_hash
        except AttributeError:
            return object()

    def listen(self, listener: Listener) -> None:
        """Have `listener` hear of the widgets of this run."""
        listen(self.ctx, listener)

    def paint(self) -> None:
        """Have widgets begin with their values that are named from now on."""
        paint(self.ctx)

    def hear_of_next(self, begins: Callable[[], None]) -> bool:
        """Have `begins` called when any next run of this session begins; whether that works."""
        return hear_of_runs(self.ctx, begins)

    def hear_of_acts(self, acted: Callable[[], None]) -> None:
        """Have `acted` called when somebody uses a widget, before its callback.

        It is heard as long as the thread of this run goes on.
        """
        hear_of_acts(self.ctx, acted)


def session_state() -> Any:
    return st.session_state


def cookies() -> str:
    """Return the ``Cookie`` header of this page; Streamlit's reading of it may end at odd ones."""
    return "; ".join(st.context.headers.get_all("Cookie"))


def is_https() -> bool:
    """Whether the page was loaded over https, as its browser says, whatever stands between."""
    # Proxies that end https may change the first to please the server behind them.
    said = (st.context.headers.get("Origin"), st.context.url)
    return any(address is not None and address.startswith("https:") for address in said)


def url() -> str | None:
    return st.context.url


def is_developers() -> bool:
    """Whether the page is on the machine of whoever looks at it, or there is none (AppTest)."""
    if Run().is_app_test:
        return True
    host = urlsplit(url() or "").hostname or ""
    return host in _LOCAL or host.endswith(".localhost")


def user() -> str | None:
    """Return the logged-in user's stable name, or None."""
    return name_of(st.user)


def secrets_table() -> Mapping[str, Any]:
    """Return ``[persistent_state]`` of secrets.toml; empty where there is no such file."""
    if not st.secrets.load_if_toml_exists():
        return {}
    table: Mapping[str, Any] = st.secrets.get("persistent_state", {})
    return table


def rerun() -> None:
    """Run the whole script; ends a run of fragments."""
    st.rerun(scope="app")


def at_session_end(callback: Callable[[], object]) -> None:
    """Call back, once, when this session disconnects or the server stops."""
    # What was said before is about a handle that st.session_state.clear() may have removed.
    _at_session_end()[:] = [callback]


def _call_all(waiting: list[Callable[[], object]]) -> None:
    for callback in waiting:
        callback()


@st.cache_resource(scope="session", show_spinner=False, on_release=_call_all)
def _at_session_end() -> list[Callable[[], object]]:
    return []
