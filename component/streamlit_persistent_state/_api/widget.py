"""`persistent_state`, the widget."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from .. import _checks as arguments
from .._checks import Handler, Host, LabelVisibility, Scope
from .._record import MISSING
from .._session.claims import claims
from .._session.session import session
from .._streamlit import component as host_app
from .._streamlit.exchange import store, take_assignment, take_message
from .._widget.binding import Binding, Change
from .._widget.record import Merger, read
from .._widget.state import State
from .._widget.value import CounterText, Limits, checked_limits
from .._widget.wire import to_builtins
from ..errors import InvalidValue, Unreadable

_log = logging.getLogger(__name__)

# First guess of the iframe's height in pixels, so that it does not jump when the frontend reports
# the real one: a row of controls, and the label above it.
_ROW_HEIGHT, _LABEL_HEIGHT = 40, 28


def persistent_state(
    label: str,
    *,
    key: str,
    counter: int = 0,
    text: str = "",
    min_value: int | None = None,
    max_value: int | None = None,
    step: int = 1,
    max_chars: int | None = None,
    placeholder: str | None = None,
    help: str | None = None,
    disabled: bool = False,
    label_visibility: LabelVisibility = "visible",
    show_reset: bool = True,
    scope: Scope = "browser",
    live: bool | str | float | timedelta = False,
    host: Host = "inline",
    on_change: Callable[..., object] | None = None,
    on_reset: Callable[..., object] | None = None,
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
) -> CounterText:
    """Show a counter and a text field, and return what they hold.

    The value stands in ``st.session_state[key]``, before this call too once it was set. Assigning
    a `CounterText` or a mapping with ``counter`` and ``text`` there, in a callback or before the
    call, shows in the widget in the same run. Edits add to the counter, so none is lost however
    fast they come or however long the script takes.

    Parameters
    ----------
    label : str
        Plain text above the widget; also names its buttons for screen readers.
    key : str
        The entry in ``st.session_state``. Not empty, not starting with
        ``streamlit_persistent_state``, used once per run.
    counter : int, default 0
        Where the counter starts and what Reset returns to. Between ``min_value`` and
        ``max_value``.
    text : str, default ""
        What the text starts as and what Reset returns to. At most ``max_chars`` characters.
    min_value, max_value : int or None
        Inclusive bounds of the counter. None is the range a browser counts exactly,
        ``-(2**53 - 1)`` to ``2**53 - 1``.
    step : int, default 1
        What one press of a button adds or takes, 1 or more.
    max_chars : int or None
        Longest text in characters, 1 to 100 000; shown below the field. None is 100 000.
    placeholder : str or None
        Shown while the text is empty.
    help : str or None
        Plain text of a tooltip beside the label.
    disabled : bool, default False
        Show the value and take no edits.
    label_visibility : {"visible", "hidden", "collapsed"}
        "hidden" keeps the label's space, "collapsed" does not. Screen readers read it always.
    show_reset : bool, default True
        Show the Reset button.
    scope : {"browser", "user", "app", "session"}
        Who shares the value: this browser, the logged-in user on every device, everybody, or only
        this session of ``st.session_state``, which a refresh ends.
    live : bool, str, float or timedelta, default False
        True: edits in another tab of this browser show within half a second, without a click here;
        with `asgi.IdentityMiddleware` also those of other devices. A time such as ``"2s"``, or in
        seconds: the store is also asked that often, for apps without it.
    host : {"inline", "iframe"}
        "inline" renders in the page (``st.components.v2``), "iframe" in a frame of its own
        (``st.components.v1``), for pages that must not run component code.
    on_change : callable or None
        Called before the script runs when the user has changed the counter or the text.
    on_reset : callable or None
        Called before the script runs when the user has pressed Reset.
    args : tuple or list, optional
        Positional arguments of both callbacks.
    kwargs : dict, optional
        Keyword arguments of both callbacks.

    Returns
    -------
    CounterText
        The value, the same that ``st.session_state[key]`` holds.

    Raises
    ------
    InvalidArgument
        An argument has a wrong type or value; the message names it and what is allowed.
    InvalidValue
        The script assigned something else to ``st.session_state[key]``.
    DuplicateKey
        The key was used twice in one run.
    AssetsMissing
        The package runs from a checkout whose frontend was never built.

    Examples
    --------
    >>> visits = persistent_state("Visits", key="visits")  # doctest: +SKIP
    >>> visits.counter, visits.text  # doctest: +SKIP
    (0, '')
    """
    key = arguments.checked_key(key)
    arguments.checked_choice("scope", scope, Scope)
    liveness = arguments.checked_live(live)
    arguments.checked_choice("host", host, Host)
    limits, defaults = checked_limits(min_value, max_value, max_chars, counter=counter, text=text)
    look = {
        "label": arguments.checked_label(label),
        "labelVisibility": arguments.checked_choice(
            "label_visibility", label_visibility, LabelVisibility
        ),
        "help": arguments.checked_optional_text("help", help),
        "placeholder": arguments.checked_optional_text("placeholder", placeholder),
        "disabled": arguments.checked_bool("disabled", disabled),
        "showReset": arguments.checked_bool("show_reset", show_reset),
        "maxChars": None if max_chars is None else limits.max_chars,
    }
    bounds = {
        "min": limits.min_value,
        "max": limits.max_value,
        "step": arguments.checked_step(step),
    }
    handlers = {
        Change.EDIT: arguments.checked_handler("on_change", on_change, args, kwargs),
        Change.RESET: arguments.checked_handler("on_reset", on_reset, args, kwargs),
    }

    claims().by_widget(key)
    binding = _bound(key, scope, limits, defaults, disabled)
    _call_due(binding, handlers)  # of a message whose callback was interrupted
    host_app.mount(
        key,
        binding,
        host,
        {
            "id": f"{key}:{binding.id}",
            "look": look,
            "bounds": bounds,
            "pushed": to_builtins(binding.pushed()),
        },
        partial(_on_message, key, handlers),
        height=_ROW_HEIGHT + (0 if label_visibility == "collapsed" else _LABEL_HEIGHT),
    )
    if binding.own is None:
        # A page that meets a new session, after a restart, tells what it has only once the widget
        # is mounted there. Its screen adds that up itself.
        take_message(key, binding)
        store(key, binding)
        _call_due(binding, handlers)
    if scope != "session":
        kept = session()
        kept.show(scope, kept.keeper(scope), liveness)
    return binding.value


def _bound(
    key: str, scope: Scope, limits: Limits, defaults: CounterText, disabled: bool
) -> Binding:
    """Return the binding of `key`, up to date with the store, the script and the frontend."""
    found = host_app.bindings()
    binding = found.get(key)
    binding = _kept(key, scope, defaults, limits, binding)
    binding.defaults, binding.limits = defaults, limits
    take_assignment(key, binding)
    binding.fit()
    found[key] = binding
    take_message(key, binding)
    store(key, binding)
    binding.disabled = disabled  # for what is edited from here on
    return binding


def _kept(
    key: str, scope: Scope, defaults: CounterText, limits: Limits, binding: Binding | None
) -> Binding:
    """Return the binding with what the store or another session has for it."""
    if scope == "session":
        return binding or Binding(defaults, State(defaults), limits)
    kept = session()
    binding = kept.binding_of(key, scope)
    record = kept.keep_widget(key, scope, Merger(defaults), binding)
    state = None
    if record is not MISSING:
        try:
            state = read(record)
        except Unreadable as error:
            _log.warning("The stored value of key %r is quarantined: %s", key, error)
    if binding is None:
        binding = Binding(defaults, state or State(defaults), limits)
    elif state is not None:
        binding.adopt(state)
    if state is not None:
        # What the script has put there as a start gives way to what was kept.
        store(key, binding)
    kept.widget_took(key, record, binding)
    return binding


def _on_message(key: str, handlers: Mapping[Change, Handler | None]) -> None:
    """Streamlit's callback: bring session state up to date, then tell the user's callbacks."""
    found = host_app.bindings()
    # Of all widgets, since this one's callback may read another's value.
    for other, binding in found.items():
        with suppress(InvalidValue):  # raised by the next mount, where it points at the user's line
            if host_app.last_message(other, binding) is not None:
                take_assignment(other, binding)
                take_message(other, binding)
                store(other, binding)
    if key in found:
        _call_due(found[key], handlers)


def _call_due(binding: Binding, handlers: Mapping[Change, Handler | None]) -> None:
    while binding.due:
        handler = handlers[binding.due.pop(0)]
        if handler is not None:
            handler()
