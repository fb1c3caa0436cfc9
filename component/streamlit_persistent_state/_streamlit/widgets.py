"""One of Streamlit's widgets, about to be registered: what it takes, and whether it may be set."""

from __future__ import annotations

import re
from pathlib import Path
from types import FrameType
from typing import Any

import streamlit as st

from .._record import MISSING

_TYPES: dict[str, type | tuple[type, ...]] = {
    "bool_value": int,
    "double_value": (int, float),
    "int_value": int,
    "string_value": str,
}
"""What the message that carries a widget's value takes in its field."""

_LOCKED = {
    "chat_input_value",
    "file_uploader_state_value",
    "json_trigger_value",
    "json_value",
    "string_trigger_value",
    "trigger_value",
}
"""In which field of that message lies what nobody may set, or what holds for one run."""

_LOCKED_SERDES = {
    "DataEditorSerde",
    "EChartsChartSelectionSerde",
    "PlotlyChartSelectionSerde",
    "PydeckSelectionSerde",
    "VegaLiteStateSerde",
}
"""What reads the values of those that Streamlit refuses to set, while others share their field."""


class Widget:
    """One of Streamlit's widgets, about to be registered.

    Parameters
    ----------
    metadata : object
        Streamlit's ``WidgetMetadata``.
    """

    def __init__(self, metadata: Any) -> None:
        self._metadata = metadata

    @property
    def id(self) -> str:
        """What Streamlit tells widgets apart by, such as sliders with other bounds."""
        return str(self._metadata.id)

    @property
    def is_locked(self) -> bool:
        """Whether session state must not set it: a button, a file, a component of its own."""
        if self._metadata.value_type in _LOCKED:
            return True
        serde = getattr(self._metadata.deserializer, "__self__", None)
        return type(serde).__name__ in _LOCKED_SERDES

    @property
    def is_a_text(self) -> bool:
        """Whether it holds one text, as a password input does."""
        return bool(self._metadata.value_type == "string_value")

    @property
    def name(self) -> str:
        """What a script calls for it, as far as can be known from here."""
        serde = getattr(self._metadata.deserializer, "__self__", None)
        words = re.findall("[A-Z][a-z]+", type(serde).__name__.removesuffix("Serde"))
        command = "_".join(words).lower()
        return f"st.{command}" if hasattr(st, command) else "a widget or component"

    def takes(self, value: Any) -> bool:
        """Whether the widget shows a value without an error, and still does in the next run."""
        field = self._metadata.value_type
        if field not in _TYPES and not field.endswith("_array_value"):
            return True
        try:
            wire = self._metadata.serializer(value)
            shown = self._metadata.deserializer(wire)
            if wire is not None and self._metadata.serializer(shown) != wire:
                return False  # what lies outside the bounds comes back as the default, or cut
        except Exception:
            return False
        if isinstance(shown, str) and not isinstance(value, (str, type(None))):
            return False
        # A checkbox makes a bool of anything first, and fails at the original afterwards.
        sent = value if field == "bool_value" else wire
        if field in _TYPES and not isinstance(sent, _TYPES[field]):
            return sent is None and field != "bool_value"
        return _is_several(value) == _is_several(shown) and not self._is_too_many(wire)

    def _is_too_many(self, wire: Any) -> bool:
        most = getattr(self._metadata, "max_array_length", None)
        return most is not None and len(wire) > most

    def part_of(self, value: Any) -> Any:
        """Return those of several options that the widget takes, or MISSING for none."""
        options = value if isinstance(value, list) else []
        taken = [option for option in options if self.takes([option])]
        return taken[: getattr(self._metadata, "max_array_length", None)] or MISSING

    def default(self) -> Any:
        """Return what the widget begins with where nothing is kept."""
        return self._metadata.deserializer(None)


def _is_several(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def is_told_to_be_locked(asker: FrameType) -> bool:
    """Whether Streamlit asks for a widget's value in order to refuse it.

    It says so in a parameter of `check_session_state_rules` alone. Where that has another name a
    widget is known as locked when it registers.
    """
    return asker.f_locals.get("writes_allowed") is False


def is_password(frame: FrameType | None) -> bool:
    """Whether the call that registers a widget is ``st.text_input(..., type="password")``."""
    while frame is not None and frame.f_globals.get("__name__", "").startswith("streamlit."):
        if frame.f_code.co_name == "text_input":
            return frame.f_locals.get("type") == "password"
        frame = frame.f_back
    return False


def use_of_widget(frame: FrameType | None) -> str:
    """Return what a script calls for a widget, and where, as ``st.button (app.py, line 3)``."""
    command = ""
    while frame is not None and frame.f_globals.get("__name__", "").startswith("streamlit."):
        if not frame.f_code.co_name.startswith(("_", "wrapped")):
            command = frame.f_code.co_name
        frame = frame.f_back
    what = f"st.{command}" if hasattr(st, command) else "a component"
    return what if frame is None else f"{what} ({_line(frame)})"


def line_of_script(frame: FrameType | None) -> str:
    """Return the line that comes to this frame, as ``app.py, line 3``."""
    while frame is not None and frame.f_globals.get("__name__", "").startswith(_NOT_THE_SCRIPT):
        frame = frame.f_back
    return "an unknown line" if frame is None else _line(frame)


_NOT_THE_SCRIPT = ("streamlit.", "streamlit_persistent_state.", "collections.", "_collections_abc")


def _line(frame: FrameType) -> str:
    return f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}"
