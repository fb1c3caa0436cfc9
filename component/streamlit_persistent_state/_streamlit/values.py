"""Values that are of types of Streamlit: uploaded files, selections, what a stream has written.

None of their types is to be made by others. A Streamlit that has another one in its place gets
what comes closest: a file that reads the same, a dict or a list.
"""

from __future__ import annotations

import importlib
import io
from typing import Any

from .._codec.registry import Codec, provide, qualified

_CONTENT: dict[str, type] = {
    "streamlit.elements.arrow.DataframeSelectionState": dict,
    "streamlit.elements.arrow.DataframeState": dict,
    "streamlit.elements.deck_gl_json_chart.PydeckSelectionState": dict,
    "streamlit.elements.deck_gl_json_chart.PydeckState": dict,
    "streamlit.elements.plotly_chart.PlotlySelectionState": dict,
    "streamlit.elements.plotly_chart.PlotlyState": dict,
    "streamlit.elements.vega_charts.VegaLiteState": dict,
    "streamlit.elements.write.StreamingOutput": list,
    "streamlit.util.AttributeDictionary": dict,
    "streamlit.util.ReadOnlyAttributeDictionary": dict,
}
"""Types that add to a built-in one nothing but ways to read it."""

_UPLOADS = "streamlit.runtime.uploaded_file_manager"


class KeptFile(io.BytesIO):
    """An uploaded file as its bytes, with the attributes that Streamlit's own has."""

    def __init__(self, file_id: str, name: str, type: str, data: bytes) -> None:
        super().__init__(data)
        self.file_id, self.name, self.type, self.size = file_id, name, type, len(data)


def _dump_content(value: Any) -> Any:
    base: Any = _CONTENT[qualified(type(value))]
    # By the methods of the built-in type: those of Streamlit's wrap what they return.
    return [qualified(type(value)), base(base.items(value) if base is dict else value)]


def _load_content(found: Any) -> Any:
    name, content = found
    kind = _type_named(name) if name in _CONTENT else None
    return content if kind is None else kind(content)


def _type_named(name: str) -> Any:
    module, _, kind = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), kind, None)
    except ImportError:
        return None


def _dump_file(value: Any) -> Any:
    return [value.file_id, value.name, value.type, value.getvalue()]


def _load_file(found: Any) -> Any:
    try:
        uploads: Any = importlib.import_module(_UPLOADS)
        return uploads.UploadedFile(uploads.UploadedFileRec(*found), None)
    except (ImportError, AttributeError, TypeError):
        return KeptFile(*found)


def _dump_chat(value: Any) -> Any:
    return dict(vars(value))


def _load_chat(found: Any) -> Any:
    kind = _type_named(_CHAT)
    if kind is None:
        return found
    value = kind.__new__(kind)
    vars(value).update(found)
    return value


_CHAT = "streamlit.elements.widgets.chat.ChatInputValue"
_FILE = Codec("streamlit.file", f"{_UPLOADS}.UploadedFile", _dump_file, _load_file)
_KEPT_FILE = Codec("streamlit.file", qualified(KeptFile), _dump_file, _load_file)
_CHAT_INPUT = Codec("streamlit.chat", _CHAT, _dump_chat, _load_chat)
_WRAPPED = Codec("streamlit.wrapped", "", _dump_content, _load_content)


def codec_of(kind: type) -> Codec | None:
    name = qualified(kind)
    if name in _CONTENT:
        return _WRAPPED
    return next((c for c in (_FILE, _KEPT_FILE, _CHAT_INPUT) if c.kind == name), None)


def codec_named(name: str) -> Codec | None:
    return next((c for c in (_FILE, _CHAT_INPUT, _WRAPPED) if c.name == name), None)


def provide_values() -> None:
    """Have values of types of Streamlit be kept."""
    provide("streamlit", __name__)
    provide(__name__.partition(".")[0], __name__)
