"""Frames, series and indexes of pandas, column by column, each with its own type."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..errors import Unreadable
from .columns import dump_column, load_column
from .moments import CODECS as MOMENTS
from .registry import Codec, qualified


def _dump_index(value: Any) -> Any:
    if isinstance(value, pd.MultiIndex):
        levels = [_dump_index(level) for level in value.levels]
        return {"levels": levels, "codes": list(value.codes), "names": list(value.names)}
    if isinstance(value, pd.RangeIndex):
        return {"range": [value.start, value.stop, value.step], "name": value.name}
    found = {"values": dump_column(value.array), "name": value.name}
    freq = getattr(value, "freqstr", None)
    # That of a period is part of its type.
    return found if freq is None or isinstance(value, pd.PeriodIndex) else found | {"freq": freq}


def _load_index(found: Any) -> Any:
    if "levels" in found:
        levels = [_load_index(level) for level in found["levels"]]
        return pd.MultiIndex(levels, found["codes"], names=found["names"])
    if "range" in found:
        return pd.RangeIndex(*found["range"], name=found["name"])
    values = load_column(found["values"])
    # An index that is told no type looks for one among what it holds.
    index: Any = pd.Index(values, dtype=values.dtype, name=found["name"], copy=False)
    if "freq" in found:
        index.freq = found["freq"]
    return index


def _dump_series(value: Any) -> Any:
    found = {
        "values": dump_column(value.array),
        "index": _dump_index(value.index),
        "name": value.name,
    }
    return found | _notes(value)


def _load_series(found: Any) -> Any:
    values, index = load_column(found["values"]), _load_index(found["index"])
    series = pd.Series(values, index, dtype=values.dtype, name=found["name"], copy=False)
    return _noted(series, found)


def _dump_frame(value: Any) -> Any:
    columns = [dump_column(value.iloc[:, at].array) for at in range(value.shape[1])]
    found = {
        "data": columns,
        "columns": _dump_index(value.columns),
        "index": _dump_index(value.index),
    }
    return found | _notes(value)


def _load_frame(found: Any) -> Any:
    index, columns = _load_index(found["index"]), _load_index(found["columns"])
    arrays = [load_column(one) for one in found["data"]]
    if len(arrays) != len(columns) or any(len(one) != len(index) for one in arrays):
        raise Unreadable("its columns are not of one length")
    # By number, since two columns may have one name.
    series = {
        at: pd.Series(one, index, dtype=one.dtype, copy=False) for at, one in enumerate(arrays)
    }
    frame = pd.DataFrame(series, index, copy=False)
    frame.columns = columns
    return _noted(frame, found)


def _notes(value: Any) -> dict[str, Any]:
    notes: dict[str, Any] = {"attrs": value.attrs} if value.attrs else {}
    return notes if value.flags.allows_duplicate_labels else notes | {"unique": True}


def _noted(value: Any, found: Any) -> Any:
    value.attrs = found.get("attrs", {})
    return value.set_flags(allows_duplicate_labels=False) if "unique" in found else value


_CODECS = {
    codec.name: codec
    for codec in (
        Codec("pandas.DataFrame", qualified(pd.DataFrame), _dump_frame, _load_frame),
        Codec("pandas.Series", qualified(pd.Series), _dump_series, _load_series),
        Codec("pandas.Index", qualified(pd.Index), _dump_index, _load_index),
        Codec("pandas.array", "pandas.array", dump_column, load_column),
        *MOMENTS,
    )
}


def codec_of(kind: type) -> Codec | None:
    if kind is pd.DataFrame:
        return _CODECS["pandas.DataFrame"]
    if kind is pd.Series:
        return _CODECS["pandas.Series"]
    if issubclass(kind, pd.Index):
        return _CODECS["pandas.Index"]
    if issubclass(kind, pd.api.extensions.ExtensionArray):
        return _CODECS["pandas.array"]
    return next((codec for codec in MOMENTS if codec.kind == qualified(kind)), None)


def codec_named(name: str) -> Codec | None:
    return _CODECS.get(name)
