"""Figures of plotly, as what they are drawn from."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from .registry import Codec, qualified


def _load(found: Any) -> Any:
    return go.Figure(found)


_CODEC = Codec("plotly.Figure", qualified(go.Figure), lambda value: value.to_plotly_json(), _load)


def codec_of(kind: type) -> Codec | None:
    return _CODEC if kind is go.Figure else None


def codec_named(name: str) -> Codec | None:
    return _CODEC if name == _CODEC.name else None
