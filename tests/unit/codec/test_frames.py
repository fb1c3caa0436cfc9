"""Frames, series, indexes and scalars of pandas come back as they were."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import pandas as frames
from pandas.testing import assert_frame_equal, assert_index_equal, assert_series_equal

from streamlit_persistent_state._codec.body import decode, encode
from streamlit_persistent_state._codec.fingerprint import fingerprint
from streamlit_persistent_state.errors import NotStorable, Unreadable
from tests.unit.codec.kept import kept

MOMENTS = pd.to_datetime(["2020-01-01", None, "2021-06-01T01:02:03.000000004"], format="ISO8601")
COLUMNS: dict[str, Any] = {
    "int": [1, 2, 3],
    "small int": np.array([1, 2, 3], "i1"),
    "float": [1.5, np.nan, -0.0],
    "half": np.array([1, 2, 3], "f2"),
    "complex": np.array([1j, 2, 3]),
    "bool": [True, False, True],
    "text": ["a", None, "ü"],
    "object": pd.array([1, "a", date(2020, 1, 1)], dtype=object),
    "nested": pd.array([None, {"a": (1, {2})}, np.int64(3)], dtype=object),
    "missing": pd.array([pd.NaT, pd.NA, None], dtype=object),
    "bytes": pd.array([b"a", b"b", None], dtype=object),
    "decimal": pd.array([Decimal("1.5")] * 3, dtype=object),
    "moment": MOMENTS,
    "zoned": MOMENTS.tz_localize("Europe/Paris"),
    "utc": MOMENTS.tz_localize("UTC"),
    "offset": MOMENTS.tz_localize(timezone(timedelta(hours=3))),
    "difference": pd.to_timedelta([1, None, 3], unit="s"),
    "category": pd.Categorical(["x", "y", None], categories=["y", "x", "q"], ordered=True),
    "category of int": pd.Categorical([1, 2, 1]),
    "period": pd.PeriodIndex(["2020-01", None, "2020-02"], freq="M"),
    "interval": pd.arrays.IntervalArray.from_breaks([0, 1, 2, 3], closed="left"),
    "sparse": pd.arrays.SparseArray([0, 0, 1]),
    "sparse float": pd.arrays.SparseArray([np.nan, 1.0, np.nan]),
    "Int64": pd.array([1, None, 3], dtype="Int64"),
    "UInt8": pd.array([1, None, 3], dtype="UInt8"),
    "Float32": pd.array([1.5, None, 3], dtype="Float32"),
    "boolean": pd.array([True, None, False], dtype="boolean"),
    "string": pd.array(["a", None, "b"], dtype="string"),
    "python string": pd.array(["a", None, "b"], dtype=pd.StringDtype("python")),
    "arrow int": pd.array([1, None, 3], dtype=pd.ArrowDtype(pa.int32())),
    "arrow text": pd.array(["a", None, "b"], dtype=pd.ArrowDtype(pa.string())),
    "arrow list": pd.array([[1], [], None], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_of_any_type_comes_back(name: str) -> None:
    """As a series, and as an index."""
    series = pd.Series(COLUMNS[name], name=("a", 1))
    found = kept(series)
    assert_series_equal(found, series)
    assert found.dtype == series.dtype
    assert type(found.array) is type(series.array)
    assert fingerprint(found) == fingerprint(series)
    if name != "half":  # pandas has no such index
        index = pd.Index(COLUMNS[name], name="i")
        assert_index_equal(kept(index), index, exact=True)


def test_a_frame_of_all_these_comes_back() -> None:
    """And can be changed."""
    frame = pd.DataFrame(COLUMNS)
    found = kept({"in": [frame]})["in"][0]
    assert_frame_equal(found, frame)
    assert found.dtypes.to_list() == frame.dtypes.to_list()
    found.loc[0, "int"] = 5
    found.loc[1, "text"] = "changed"
    found["new"] = found["float"] * 2
    assert fingerprint(found) != fingerprint(frame)


WIDE = pd.DataFrame(COLUMNS)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame({"a": []}),
        pd.DataFrame(index=[1, 2]),
        pd.DataFrame(columns=["a", "b"]),
        pd.DataFrame([[1, 2.5]], columns=["a", "a"]),
        pd.DataFrame({"a": [1, 2]}, index=[5, 5]),
        pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([("x", 1)], names=["k", None])),
        pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_product([["a"], [1, 2]])),
        pd.DataFrame({0: [1], "x": [2], (1, 2): [3], None: [4]}),
        pd.DataFrame({"a": range(3)}, index=pd.date_range("2020", periods=3, freq="D", name="d")),
        pd.DataFrame({"a": range(3)}, index=pd.timedelta_range("1h", periods=3, freq="h")),
        pd.DataFrame({"a": [1]}).rename_axis(columns="columns"),
        WIDE.set_index(["category", "zoned"]),
        WIDE.groupby("bool").agg({"int": "sum"}),
        WIDE[["int", "float", "Int64"]].describe(),
        WIDE[["int", "text"]].T,
        WIDE.iloc[::-1],
    ],
    ids=range(17),
)
def test_frames_of_any_shape_come_back(frame: pd.DataFrame) -> None:
    """Empty, with two columns of one name, with indexes of all kinds."""
    found = kept(frame)
    assert_frame_equal(found, frame, check_freq=True)
    assert type(found.index) is type(frame.index)
    assert type(found.columns) is type(frame.columns)
    assert fingerprint(found) == fingerprint(frame)


@given(
    frames.data_frames(
        [
            frames.column("int", dtype=int),
            frames.column("float", dtype=float),
            frames.column("text", elements=st.text(st.characters(codec="utf-8"))),
            frames.column("moment", dtype="datetime64[ns]"),
            frames.column("mixed", elements=st.none() | st.integers() | st.binary(), dtype=object),
        ],
        index=frames.range_indexes() | frames.indexes(dtype=int),
    )
)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_every_frame_comes_back(frame: pd.DataFrame) -> None:
    """Whatever is in it."""
    assert_frame_equal(kept(frame), frame)


def test_what_is_noted_on_a_frame_comes_back() -> None:
    """Its attributes, and that no label may stand twice."""
    frame = pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False)
    frame.attrs = {"source": ("a", 1)}
    found = kept(frame)
    assert found.attrs == frame.attrs
    assert not found.flags.allows_duplicate_labels


NIGHT = pd.Timestamp("2020-10-25 00:30", tz="UTC").tz_convert("Europe/Paris")


@pytest.mark.parametrize(
    "value",
    [
        pd.Timestamp("2020-01-01 01:02:03.123456789"),
        NIGHT,
        NIGHT + pd.Timedelta(hours=1),
        pd.Timestamp("2020-01-01", tz="UTC"),
        pd.Timestamp("2020-01-01", tz=timezone(timedelta(hours=-3))),
        pd.Timestamp("2020-01-01").as_unit("s"),
        pd.Timestamp(datetime(1, 1, 1)),
        pd.Timedelta(days=1, nanoseconds=2),
        pd.Period("2020-02", freq="M"),
        pd.Interval(0, 1, closed="both"),
        pd.Interval(pd.Timestamp("2020"), pd.Timestamp("2021")),
    ],
    ids=repr,
)
def test_scalars_come_back(value: Any) -> None:
    """With unit, zone and the hour that a clock shows twice."""
    found = kept([value])[0]
    assert type(found) is type(value)
    assert found == value
    assert getattr(found, "unit", None) == getattr(value, "unit", None)
    assert getattr(found, "tz", None) == getattr(value, "tz", None)
    assert getattr(found, "fold", 0) == getattr(value, "fold", 0)


def test_what_is_missing_stays_missing() -> None:
    """And is the one that there is of it."""
    found = kept([pd.NaT, pd.NA])
    assert found[0] is pd.NaT
    assert found[1] is pd.NA


def test_a_frame_that_is_changed_in_place_has_another_fingerprint() -> None:
    """Its cells, types, labels and notes."""
    frame = pd.DataFrame({"a": [1, 2], "o": pd.array(["x", [1]], dtype=object)})
    seen = {fingerprint(frame)}
    frame.loc[0, "a"] = 9
    seen.add(fingerprint(frame))
    frame.loc[1, "o"].append(2)
    seen.add(fingerprint(frame))
    frame["a"] = frame["a"].astype("float64")
    seen.add(fingerprint(frame))
    frame.columns = ["b", "o"]
    seen.add(fingerprint(frame))
    frame.index = [5, 6]
    seen.add(fingerprint(frame))
    frame.attrs["k"] = 1
    seen.add(fingerprint(frame))
    assert len(seen) == 7


def test_a_cell_that_cannot_be_kept_is_named() -> None:
    """By its type and the place."""
    frame = pd.DataFrame({"a": pd.array([1, object()], dtype=object)})
    with pytest.raises(NotStorable, match=r"builtins\.object at \['df'\] inside.*\[1\] cannot be"):
        encode({"df": frame})


@pytest.mark.parametrize(
    "payload",
    [
        b'{"$":"pandas.DataFrame","v":{}}',
        b'{"$":"pandas.DataFrame","v":[]}',
        b'{"$":"pandas.DataFrame","v":{"data":[],"columns":{"range":[0,2,1],"name":null},'
        b'"index":{"range":[0,1,1],"name":null}}}',
        b'{"$":"pandas.Index","v":{"levels":[],"codes":[[5]],"names":["a"]}}',
        b'{"$":"pandas.Index","v":{"values":{"kind":"eval","v":1},"name":null}}',
        b'{"$":"pandas.array","v":{"kind":"masked","v":["object",1]}}',
        b'{"$":"pandas.read_pickle","v":"x"}',
    ],
)
def test_a_forged_frame_is_unreadable(payload: bytes) -> None:
    """Nothing but the package's own codecs reads it."""
    with pytest.raises(Unreadable):
        decode(payload)
