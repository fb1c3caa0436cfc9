"""One column of a frame: an array of pandas or numpy, of any type that a column can have.

What pandas has made of numbers is kept as numbers, with what is needed to make it again; texts,
masked arrays and what is Arrow's already as Arrow; objects one by one, as what they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from ..errors import Unreadable
from .moments import dump_zone, load_zone
from .tables import dump_array as dump_arrow
from .tables import load_chunks as load_arrow


class _Kind(NamedTuple):
    """How columns of one kind of type are written.

    Attributes
    ----------
    dtype : callable or type
        The class of such types.
    """

    dtype: Any
    dump: Callable[[Any], Any]
    load: Callable[[Any], Any]


def dump_column(value: Any) -> Any:
    if type(value) is pd.arrays.NumpyExtensionArray or isinstance(value.dtype, np.dtype):
        return {"kind": "numpy", "v": np.asarray(value)}
    for name, kind in _KINDS.items():
        if isinstance(value.dtype, kind.dtype):
            return {"kind": name, "v": kind.dump(value)}
    raise TypeError(f"a column of type {value.dtype} cannot be stored")


def load_column(found: Any) -> Any:
    if found["kind"] == "numpy":
        return _array_of(found["v"])
    kind = _KINDS.get(found["kind"])
    if kind is None:
        raise Unreadable("it has a column of an unknown kind")
    return kind.load(found["v"])


def _array_of(value: Any) -> Any:
    # pandas has arrays of its own around what numpy calls dates.
    return pd.array(value) if value.dtype.kind in "mM" else value


def _dump_zoned(value: Any) -> Any:
    count = np.asarray(value.tz_convert(None))
    return [count, value.dtype.unit, dump_zone(value.dtype.tz)]


def _load_zoned(found: Any) -> Any:
    count, unit, zone = found
    dtype = pd.DatetimeTZDtype(unit, load_zone(zone))
    moments: Any = pd.array(count)
    return moments.tz_localize("UTC").astype(dtype)


def _dump_categories(value: Any) -> Any:
    return [value.codes, pd.Index(value.categories), bool(value.ordered)]


def _load_categories(found: Any) -> Any:
    codes, categories, ordered = found
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(categories, ordered))


def _load_periods(found: Any) -> Any:
    ordinals, freq = found
    return pd.arrays.PeriodArray(ordinals, dtype=pd.PeriodDtype(freq))


def _load_intervals(found: Any) -> Any:
    left, right, closed = found
    return pd.arrays.IntervalArray.from_arrays(left, right, closed)


def _dump_sparse(value: Any) -> Any:
    return [value.sp_values, value.sp_index.indices, len(value), value.fill_value]


def _load_sparse(found: Any) -> Any:
    values, indices, length, fill = found
    dtype = pd.SparseDtype(values.dtype, fill)
    dense = np.full(length, fill, dtype=values.dtype)
    dense[indices] = values
    return pd.arrays.SparseArray(dense, dtype=dtype)


def _dump_texts(value: Any) -> Any:
    storage, missing = value.dtype.storage, value.dtype.na_value
    texts = pa.array(value.to_numpy(object, na_value=None), pa.large_string())
    return [storage, "NA" if missing is pd.NA else "nan", dump_arrow(texts)]


def _load_texts(found: Any) -> Any:
    storage, missing, texts = found
    # Before pandas 2.3 there was one kind of missing text alone.
    options = {} if missing == "NA" else {"na_value": np.nan}
    dtype: Any = pd.StringDtype(storage, **options)
    return dtype.__from_arrow__(load_arrow(texts))


def _dump_masked(value: Any) -> Any:
    return [value.dtype.name, dump_arrow(pa.array(value))]


def _load_masked(found: Any) -> Any:
    name, values = found
    if name not in _MASKED:
        raise Unreadable("it has a column of an unknown type")
    dtype: Any = _MASKED[name]()
    return dtype.__from_arrow__(load_arrow(values))


def _load_of_arrow(found: Any) -> Any:
    return pd.arrays.ArrowExtensionArray(load_arrow(found))


_MASKED: dict[str, Any] = {
    kind().name: kind
    for kind in (
        *(pd.Int8Dtype, pd.Int16Dtype, pd.Int32Dtype, pd.Int64Dtype),
        *(pd.UInt8Dtype, pd.UInt16Dtype, pd.UInt32Dtype, pd.UInt64Dtype),
        *(pd.Float32Dtype, pd.Float64Dtype, pd.BooleanDtype),
    )
}

_KINDS = {
    "zoned": _Kind(pd.DatetimeTZDtype, _dump_zoned, _load_zoned),
    "categories": _Kind(pd.CategoricalDtype, _dump_categories, _load_categories),
    "periods": _Kind(pd.PeriodDtype, lambda value: [value.asi8, value.freqstr], _load_periods),
    "intervals": _Kind(
        pd.IntervalDtype,
        lambda value: [value.left, value.right, value.closed],
        _load_intervals,
    ),
    "sparse": _Kind(pd.SparseDtype, _dump_sparse, _load_sparse),
    "texts": _Kind(pd.StringDtype, _dump_texts, _load_texts),
    "masked": _Kind(tuple(_MASKED.values()), _dump_masked, _load_masked),
    "arrow": _Kind(
        pd.ArrowDtype,
        lambda value: dump_arrow(pa.chunked_array(value.__arrow_array__())),
        _load_of_arrow,
    ),
}
