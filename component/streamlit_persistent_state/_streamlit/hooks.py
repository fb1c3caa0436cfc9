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


_UNSEEN, _LISTENER, _EVERYTHING = "_unseen", "_listener", "_everything"


class _Unseen(threading.local):
    """The key that the widget which this thread is about to make shall not see yet."""

    key: str | None = None


@cache
def _selective(kind: Any) -> type:
    """Return a class of session states, all of whose values can be had but an unseen one.

    What this package keeps there under keys of its own is not listed. Many apps assign all keys
    again at the top of each run, so that none goes with its widget, or write all of them to a
    file; a component's key can be neither assigned nor written.
    """

    def filtered_state(self: Any) -> Any:
        found = kind.filtered_state.fget(self)
        found.pop(self.__dict__[_UNSEEN].key, None)
        return {key: value for key, value in found.items() if not key.startswith(PREFIX)}

    def getitem(self: Any, key: str) -> Any:
        self.__dict__[_LISTENER].unread.pop(key, None)
        return kind.__getitem__(self, key)

    def setitem(self: Any, key: str, value: Any) -> None:
        listener: Listener = self.__dict__[_LISTENER]
        if key in listener.unread:
            with _guarded(key):
                listener.script_assigns(key, value, line_of_script(sys._getframe(1)))
        kind.__setitem__(self, key, value)

    changed = {
        "filtered_state": property(filtered_state),
        _EVERYTHING: kind.filtered_state,
        "__getitem__": getitem,
        "__setitem__": setitem,
    }
    return type(kind.__name__, (kind,), changed)


def everything_in(state: Any) -> dict[str, Any]:
    """Return what session state holds, with what this package keeps there."""
    listed = getattr(type(state), _EVERYTHING, type(state).filtered_state)
    found: dict[str, Any] = listed.fget(state)
    return found


def listen(ctx: Any, listener: Listener) -> None:
    """Have `listener` hear of the widgets of a run.

    Parameters
    ----------
    ctx : object
        The script's context; what was said to it before holds no longer.
    """
    state, painter, unseen = ctx.session_state, Painter(), _Unseen()
    kind: Any = type(state)

    def put(key: str) -> Put:
        return lambda value: kind.reset_state_value(state, key, value)

    def take_out(key: str) -> Callable[[], None]:
        return lambda: kind.__delitem__(state, key)

    def is_new_state_value(user_key: str) -> Any:
        unseen.key = None
        with _guarded(user_key):
            asker = sys._getframe(1)
            if is_told_to_be_locked(asker):
                listener.widget_is_locked(user_key, use_of_widget(asker), take_out(user_key))
            unseen.key = user_key if listener.widget_looks(user_key, put(user_key)) else None
        return kind.is_new_state_value(state, user_key)

    def register_widget(metadata: Any, user_key: str | None, **more: Any) -> Any:
        unseen.key = None
        if user_key is not None:
            with _guarded(user_key):
                widget = Widget(metadata)
                if widget.is_locked:
                    use = use_of_widget(sys._getframe(1))
                    listener.widget_is_locked(user_key, use, take_out(user_key))
                if listener.widget_begins(user_key, widget, put(user_key)):
                    painter.add(metadata.id)
        return kind.register_widget(state, metadata, user_key, **more)

    def reset_state_value(user_key: str, value: Any) -> None:
        with _guarded(user_key):
            listener.widget_replaces(user_key, value, put(user_key))

    def enqueue(message: Any) -> None:
        try:
            painter.see(message)
        except Exception:
            _log.exception("A widget may paint its default for a moment")
        type(ctx).enqueue(ctx, message)

    if _can_change(ctx, "enqueue"):
        ctx.enqueue = enqueue
    hooks = (is_new_state_value, register_widget, reset_state_value)
    if _can_change(state, "filtered_state", *(hook.__name__ for hook in hooks)):
        # What is set on it as usual is an entry of st.session_state.
        for hook in hooks:
            object.__setattr__(state, hook.__name__, hook)
        is_selective = _UNSEEN in vars(state)
        object.__setattr__(state, _UNSEEN, unseen)
        object.__setattr__(state, _LISTENER, listener)
        if not is_selective:
            object.__setattr__(state, "__class__", _selective(kind))


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
