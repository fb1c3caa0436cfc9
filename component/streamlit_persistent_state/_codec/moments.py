"""The scalars of pandas: timestamps, differences, periods, intervals, and what is missing."""

from __future__ import annotations

import importlib
from datetime import timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from .registry import Codec, qualified


def dump_zone(zone: tzinfo | None) -> Any:
    """Return the name of a time zone, or seconds east of Greenwich where it has none."""
    if zone is None:
        return None
    if isinstance(zone, ZoneInfo):
        return zone.key
    if (name := getattr(zone, "zone", None)) is not None:
        return [name]  # of pytz, which pandas has used before version 3
    offset = zone.utcoffset(None)
    if offset is None:
        raise TypeError(f"a time zone of {type(zone).__qualname__} cannot be stored")
    return offset.total_seconds()


def load_zone(found: Any) -> tzinfo | None:
    if found is None:
        return None
    if isinstance(found, list):
        try:
            zone: tzinfo = importlib.import_module("pytz").timezone(found[0])
        except ImportError:
            return ZoneInfo(found[0])
        return zone
    return ZoneInfo(found) if isinstance(found, str) else timezone(timedelta(seconds=found))


def _dump_timestamp(value: Any) -> Any:
    moment = value.tz_convert(None) if value.tzinfo is not None else value
    return [int(moment.asm8.view("i8")), value.unit, dump_zone(value.tzinfo)]


def _load_timestamp(found: Any) -> Any:
    count, unit, zone = found
    moment = pd.Timestamp(np.datetime64(count, unit))
    return moment if zone is None else moment.tz_localize("UTC").tz_convert(load_zone(zone))


def _dump_timedelta(value: Any) -> Any:
    return [int(value.asm8.view("i8")), value.unit]


def _load_timedelta(found: Any) -> Any:
    return pd.Timedelta(np.timedelta64(*found))


def _dump_interval(value: Any) -> Any:
    return [value.left, value.right, value.closed]


def _load_period(found: Any) -> Any:
    ordinal, freq = found
    return pd.Period(ordinal=ordinal, freq=freq)


CODECS = (
    Codec("pandas.Timestamp", qualified(pd.Timestamp), _dump_timestamp, _load_timestamp),
    Codec("pandas.Timedelta", qualified(pd.Timedelta), _dump_timedelta, _load_timedelta),
    Codec(
        "pandas.Period",
        qualified(pd.Period),
        lambda value: [value.ordinal, value.freqstr],
        _load_period,
    ),
    Codec(
        "pandas.Interval", qualified(pd.Interval), _dump_interval, lambda found: pd.Interval(*found)
    ),
    Codec("pandas.NaT", qualified(type(pd.NaT)), lambda value: None, lambda found: pd.NaT),
    Codec("pandas.NA", qualified(type(pd.NA)), lambda value: None, lambda found: pd.NA),
)
