"""numpy's arrays and scalars: what they are made of, and their bytes as they lie in memory."""

from __future__ import annotations

import warnings
from typing import Any, cast

import numpy as np

from ..errors import Unreadable
from .plain import Part
from .registry import Codec, qualified


def dump_dtype(dtype: np.dtype[Any]) -> Any:
    """Return what describes a type, as in the header of a ``.npy`` file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # what numpy cannot write is a note on a type
        return np.lib.format.dtype_to_descr(dtype)


def load_dtype(found: Any) -> np.dtype[Any]:
    dtype = np.lib.format.descr_to_dtype(found)
    if dtype.hasobject:
        raise Unreadable("it holds addresses of objects")
    return dtype


def dump_array(value: Any) -> Any:
    if value.dtype.kind in "OT":
        return {"dtype": value.dtype.char, "shape": value.shape, "items": _items(value)}
    if value.dtype.hasobject:
        raise TypeError("an array of records that hold objects cannot be stored")
    # Not every type of array lets its memory be seen as what it is; as bytes each does.
    flat: Any = np.ascontiguousarray(value).reshape(-1)
    data = Part(flat.view(np.uint8)) if value.nbytes else b""
    return {"dtype": dump_dtype(value.dtype), "shape": value.shape, "data": data}


def _items(value: Any) -> list[Any]:
    return cast("list[Any]", value.reshape(-1).tolist())


def load_array(found: Any) -> Any:
    shape = tuple(found["shape"])
    if any(type(side) is not int or side < 0 for side in shape):
        raise Unreadable("it has an impossible shape")
    if "items" in found:
        if found["dtype"] not in ("O", "T"):
            raise Unreadable("its type of items is unknown")
        value = np.empty(len(found["items"]), dtype=found["dtype"])
        value[:] = found["items"]
        return value.reshape(shape)
    # Raises where the bytes are too few; one that can be changed needs a memory of its own.
    return np.ndarray(shape, load_dtype(found["dtype"]), bytearray(found["data"]))


def _dump_scalar(value: Any) -> Any:
    return [dump_dtype(value.dtype), np.asarray(value).tobytes()]


def _load_scalar(found: Any) -> Any:
    dtype, data = found
    return np.ndarray((), load_dtype(dtype), bytearray(data))[()]


def _dump_masked(value: Any) -> Any:
    mask = None if value.mask is np.ma.nomask else dump_array(np.asarray(value.mask))
    fill = None if value._fill_value is None else dump_array(np.asarray(value.fill_value))
    return {"data": dump_array(np.asarray(value.data)), "mask": mask, "fill": fill}


def _load_masked(found: Any) -> Any:
    mask = np.ma.nomask if found["mask"] is None else load_array(found["mask"])
    value = np.ma.MaskedArray(load_array(found["data"]), mask=mask)
    if found["fill"] is not None:
        value.fill_value = load_array(found["fill"])[()]
    return value


_CODECS = {
    codec.name: codec
    for codec in (
        Codec("numpy.ndarray", qualified(np.ndarray), dump_array, load_array),
        Codec("numpy.scalar", qualified(np.generic), _dump_scalar, _load_scalar),
        Codec("numpy.str", qualified(np.str_), str, np.str_),
        Codec("numpy.masked", qualified(np.ma.MaskedArray), _dump_masked, _load_masked),
        Codec(
            "numpy.records",
            qualified(np.recarray),
            lambda value: dump_array(value.view(np.ndarray)),
            lambda found: load_array(found).view(np.recarray),
        ),
        Codec("numpy.dtype", qualified(np.dtype), dump_dtype, load_dtype),
    )
}
_OF_KIND = {
    np.ndarray: "numpy.ndarray",
    np.str_: "numpy.str",
    np.ma.MaskedArray: "numpy.masked",
    np.recarray: "numpy.records",
}


def codec_of(kind: type) -> Codec | None:
    name = _OF_KIND.get(kind)
    if name is None and issubclass(kind, np.generic) and kind.__module__ == "numpy":
        name = "numpy.scalar"
    if name is None and issubclass(kind, np.dtype):
        name = "numpy.dtype"
    return None if name is None else _CODECS[name]


def codec_named(name: str) -> Codec | None:
    return _CODECS.get(name)
