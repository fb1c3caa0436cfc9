"""Hears of widgets that are about to take a value from session state, and of runs that begin.

Streamlit has no public word for either. Some methods of one session's own state and context are
stood in front of; a Streamlit without them is heard less of, and goes on as it would.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Protocol, TypeAlias

from .._checks import LIVE_KEY, PREFIX
from .painter import Painter
from .widgets import Widget, is_told_to_be_locked, line_of_script, use_of_widget

_log = logging.getLogger(__name__)

Put: TypeAlias = Callable[[Any], None]
"""Has session state hold a value for a widget; may end the run instead."""


class Listener(Protocol):
    """Who wants to hear.

    Attributes
    ----------
    unread : dict of str to object
        Keys that are taken out as soon as somebody looks at them.
    """

    unread: dict[str, Any]

    def script_assigns(self, key: str, value: Any, line: str) -> None:
        """Hear that a key which is still in `unread` is about to hold another value."""
        ...

    def widget_is_locked(self, key: str, use: str, take_out: Callable[[], None]) -> None:
        """Hear that session state must not set the widget which is about to come.

        Parameters
        ----------
        use : str
            What the script calls there, and in which line.
        take_out : callable
            Takes what `key` holds out of session state.
        """
        ...

    def widget_looks(self, key: str, put: Put) -> bool:
        """Hear that a widget may look at what `key` holds, before it begins.

        Returns
        -------
        bool
            Whether it shall see nothing yet.
        """
        ...

    def widget_begins(self, key: str, widget: Widget, put: Put) -> bool:
        """Hear that a widget is about to take what `key` holds, and put something else there.

        Returns
        -------
        bool
            Whether the page shall paint that, and not the widget's default first.
        """
        ...

    def widget_replaces(self, key: str, instead: Any, put: Put) -> None:
        """Put `instead` there, as a widget wants it that was given something else."""


@contextmanager
def _guarded(key: str) -> Iterator[None]:
    try:
        yield
    except Exception:
        _log.exception("Whether the widget %r takes what was kept is unknown", key)


_UNSEEN, _LISTENER, _PAINTER, _KIND = "_unseen", "_listener", "_painter", "_kind"


class _Unseen(threading.local):
    """The key that the widget which this thread is about to make shall not see yet."""

    key: str | None = None


@cache
def _attentive(kind: Any) -> type:
    """Return a class of session states that tell their listener what happens to them.

    What a widget is not to see yet cannot be had from them for so long. What this package keeps
    there under keys of its own is not listed: many apps assign all keys again at the top of each
    run, so that none goes with its widget, or write all of them to a file, and a component's key
    can be neither assigned nor written.
    """

    def listener_of(state: Any) -> Listener:
        found: Listener = state.__dict__[_LISTENER]
        return found

    def putting(state: Any, key: str) -> Put:
        return lambda value: kind.reset_state_value(state, key, value)

    def taking_out(state: Any, key: str) -> Callable[[], None]:
        return lambda: kind.__delitem__(state, key)

    def filtered_state(self: Any) -> Any:
        found = kind.filtered_state.fget(self)
        found.pop(self.__dict__[_UNSEEN].key, None)
        return {key: value for key, value in found.items() if not key.startswith(PREFIX)}

    def getitem(self: Any, key: str) -> Any:
        self.__dict__[_LISTENER].unread.pop(key, None)
        return kind.__getitem__(self, key)

    def setitem(self: Any, key: str, value: Any) -> None:
        listener = listener_of(self)
        if key in listener.unread:
            with _guarded(key):
                listener.script_assigns(key, value, line_of_script(sys._getframe(1)))
        kind.__setitem__(self, key, value)

    def is_new_state_value(self: Any, user_key: str) -> Any:
        listener, unseen = listener_of(self), self.__dict__[_UNSEEN]
        unseen.key = None
        with _guarded(user_key):
            asker = sys._getframe(1)
            if is_told_to_be_locked(asker):
                listener.widget_is_locked(
                    user_key, use_of_widget(asker), taking_out(self, user_key)
                )
            unseen.key = (
                user_key if listener.widget_looks(user_key, putting(self, user_key)) else None
            )
        return kind.is_new_state_value(self, user_key)

    def register_widget(self: Any, metadata: Any, user_key: str | None, **more: Any) -> Any:
        self.__dict__[_UNSEEN].key = None
        if user_key is not None:
            listener = listener_of(self)
            with _guarded(user_key):
                widget = Widget(metadata)
                if widget.is_locked:
                    use = use_of_widget(sys._getframe(1))
                    listener.widget_is_locked(user_key, use, taking_out(self, user_key))
                if listener.widget_begins(user_key, widget, putting(self, user_key)):
                    self.__dict__[_PAINTER].add(metadata.id)
        return kind.register_widget(self, metadata, user_key, **more)

    def reset_state_value(self: Any, user_key: str, value: Any) -> None:
        with _guarded(user_key):
            listener_of(self).widget_replaces(user_key, value, putting(self, user_key))

    changed = {
        "filtered_state": property(filtered_state),
        "__getitem__": getitem,
        "__setitem__": setitem,
        "is_new_state_value": is_new_state_value,
        "register_widget": register_widget,
        "reset_state_value": reset_state_value,
        _KIND: kind,
    }
    return type(kind.__name__, (kind,), changed)


def everything_in(state: Any) -> dict[str, Any]:
    """Return what session state holds, with what this package keeps there."""
    kind: Any = getattr(type(state), _KIND, None)
    found: dict[str, Any] = (
        state.filtered_state if kind is None else kind.filtered_state.fget(state)
    )
    return found


_NEEDED = ("filtered_state", "is_new_state_value", "register_widget", "reset_state_value")


def listen(ctx: Any, listener: Listener) -> None:
    """Have `listener` hear of the widgets of a run.

    Parameters
    ----------
    ctx : object
        The script's context; what was said to it before holds no longer.
    """
    state = ctx.session_state
    if not _can_change(state, *_NEEDED):
        return
    # What is set on it as usual is an entry of st.session_state.
    for name, value in ((_UNSEEN, _Unseen()), (_LISTENER, listener), (_PAINTER, Painter())):
        object.__setattr__(state, name, value)
    kind: Any = type(state)
    if not hasattr(kind, _KIND):
        object.__setattr__(state, "__class__", _attentive(kind))


def paint(ctx: Any) -> None:
    """See what is sent to the page from now on: its widgets may begin with their values."""
    state = ctx.session_state
    if _PAINTER not in vars(state) or "enqueue" in vars(ctx) or not _can_change(ctx, "enqueue"):
        return

    def enqueue(message: Any) -> None:
        try:
            painter: Painter = vars(state)[_PAINTER]  # of the run under way
            painter.see(message)
        except Exception:
            _log.exception("A widget may paint its default for a moment")
        type(ctx).enqueue(ctx, message)

    ctx.enqueue = enqueue


def hear_of_runs(ctx: Any, begins: Callable[[], None]) -> bool:
    """Have `begins` called at the start of each run, before its callbacks and by its thread.

    That of a fragment is one, too. Whether that can be heard: without it one hears of a run when
    it calls this package, and of that of a fragment not at all.
    """
    manager: Any = getattr(ctx, "pages_manager", None)
    if not _can_change(manager, "set_script_intent"):
        return False
    kind: Any = type(manager)

    def set_script_intent(*args: Any, **more: Any) -> Any:
        try:
            begins()
        except Exception:
            _log.exception("A run is saved when it has called this package, and no sooner")
        return kind.set_script_intent(manager, *args, **more)

    manager.set_script_intent = set_script_intent
    return True


def hear_of_acts(ctx: Any, acted: Callable[[], None]) -> None:
    """Have `acted` called when widgets of the page have new values, before their callbacks.

    A Streamlit without the method says nothing: what is done while a script runs because of others
    is then no news to them before it is followed by something else.
    """
    state = ctx.session_state
    if not _can_change(state, "on_script_will_rerun", "get_widget_states"):
        return
    kind: Any = type(state)

    def on_script_will_rerun(fresh: Any, *args: Any, **more: Any) -> None:
        try:
            known = {widget.id: widget for widget in kind.get_widget_states(state)}
            shown = [] if fresh is None else fresh.widgets
            # What this package's own fragment asks is nobody's act.
            if any(known.get(w.id) != w for w in shown if LIVE_KEY not in w.id):
                acted()
        except Exception:
            _log.exception("What is done now is told to others with what is done next")
        kind.on_script_will_rerun(state, fresh, *args, **more)

    object.__setattr__(state, "on_script_will_rerun", on_script_will_rerun)


def _can_change(thing: object, *names: str) -> bool:
    return hasattr(thing, "__dict__") and all(hasattr(type(thing), name) for name in names)
