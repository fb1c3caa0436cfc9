"""Edits the widget in an app's own AppTest, as its user would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from .._checks import PREFIX
from .._streamlit.component import STATE, component_key
from .._widget.binding import Binding
from .._widget.value import CounterText
from .._widget.wire import Edits, Watermark, to_builtins
from ..errors import InvalidArgument


def edit(
    at: AppTest,
    key: str,
    *,
    counter: int | None = None,
    text: str | None = None,
    reset: bool = False,
) -> AppTest:
    """Edit a widget as its user would, and run the script once.

    Parameters
    ----------
    at : streamlit.testing.v1.AppTest
        An app that has been run and shows the widget.
    key : str
        The widget's key.
    counter : int, optional
        What the counter shall show after the edit, within the widget's bounds.
    text : str, optional
        The text to type and commit.
    reset : bool, default False
        Press Reset first.

    Returns
    -------
    streamlit.testing.v1.AppTest
        The same app after its run, so that calls can be chained.

    Raises
    ------
    InvalidArgument
        The app shows no widget with this key, or its user could not make this edit.

    Examples
    --------
    >>> at = AppTest.from_file("app.py").run()  # doctest: +SKIP
    >>> edit(at, "visits", counter=3, text="hello")  # doctest: +SKIP
    >>> assert at.session_state["visits"].counter == 3  # doctest: +SKIP
    """
    element = _element(at, key)
    binding: Binding = at.session_state[PREFIX][key]
    data = _data(element)
    if data["look"]["disabled"]:
        raise InvalidArgument(f"the widget {key!r} is disabled: its user can edit nothing")
    start = binding.defaults if reset else binding.value
    wanted = CounterText(
        start.counter if counter is None else counter, start.text if text is None else text
    )
    problem = binding.limits.problem(wanted)
    if problem:
        raise InvalidArgument(f"the widget {key!r} does not take this: {problem}")

    mount = binding.session  # each AppTest is a page of its own
    mark = binding.state.mark(mount)
    applied = Watermark(mount, resets=mark.resets + 1) if reset else mark
    message: Any = to_builtins(
        Edits(
            mount=mount,
            seq=mark.seq + 1,
            resets=applied.resets,
            counter=applied.counter + wanted.counter - start.counter,
            commits=applied.commits + (text is not None),
            text=wanted.text,
        )
    )
    if element.type == "bidi_component":
        message = {STATE: message}
    # AppTest has no public way to set the value of a component.
    states = at._tree.get_widget_states()
    states.widgets.append(WidgetState(id=element.proto.id, json_value=json.dumps(message)))
    return at._run(states)


def _element(at: AppTest, key: str) -> Any:
    """Return the component on the page; AppTest knows it as an unknown element."""
    bindings: Mapping[str, Binding] = {}
    with suppress(KeyError):  # no key that session state lists
        bindings = at.session_state[PREFIX]
    if key in bindings:
        suffix = component_key(key, bindings[key])
        for element in (*at.get("bidi_component"), *at.get("component_instance")):
            if element.proto.id.endswith(suffix):
                return element
    raise InvalidArgument(
        f"the app shows no persistent_state() with key {key!r}; call at.run() first"
    )


def _data(element: Any) -> dict[str, Any]:
    found: dict[str, Any]
    if element.type == "bidi_component":
        (found,) = json.loads(element.proto.json)
    else:
        found = json.loads(json.loads(element.proto.json_args)["data"])
    return found
