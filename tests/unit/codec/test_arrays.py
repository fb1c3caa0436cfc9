"""Arrays and scalars of numpy come back with type, shape and every bit."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from streamlit_persistent_state._codec.body import decode, encode
from streamlit_persistent_state._codec.fingerprint import fingerprint
from streamlit_persistent_state.errors import NotStorable, Unreadable
from tests.unit.codec.kept import kept

SCALARS = (
    arrays.scalar_dtypes()
    | arrays.byte_string_dtypes()
    | arrays.unicode_string_dtypes()
    | arrays.complex_number_dtypes()
)
DTYPES = SCALARS | arrays.nested_dtypes(SCALARS)


def same(found: Any, value: Any) -> bool:
    """Whether two arrays have equal bytes, and types that are written alike."""
    return (
        type(found) is type(value)
        and found.dtype == value.dtype
        and found.shape == value.shape
        and found.tobytes() == value.tobytes()
    )


@given(arrays.arrays(DTYPES, arrays.array_shapes(min_dims=0, min_side=0, max_side=4)))
def test_every_array_comes_back(value: Any) -> None:
    """Of any type but objects, without a dimension or with several, empty or not."""
    found = kept(value)
    assert same(found, value)
    assert found.flags.writeable


@given(st.data(), SCALARS)
def test_every_scalar_comes_back(data: st.DataObject, dtype: Any) -> None:
    """As the scalar of numpy that it was, not as a number of Python."""
    value = data.draw(arrays.arrays(dtype, ()))[()]
    found = kept([value])[0]
    assert type(found) is type(value)
    assert np.asarray(found).tobytes() == np.asarray(value).tobytes()


@pytest.mark.parametrize(
    "value",
    [
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.arange(12).reshape(3, 4)[::2, ::-1],
        np.broadcast_to(np.arange(3), (2, 3)),
        np.arange(10_000, dtype="f4"),
        np.zeros(3, dtype=[("a", "i4"), ("b", "f8", (2,))]).view(np.recarray),
    ],
    ids=["Fortran", "slice", "broadcast", "large", "records"],
)
def test_however_it_lies_in_memory(value: Any) -> None:
    """Rows or columns first, a part of another array, or one row for all."""
    assert same(kept(value), value)


def test_objects_are_kept_one_by_one() -> None:
    """Each as what it is; never as addresses, never pickled."""
    value = np.array([[1, None], ["a", date(2026, 1, 2)]], dtype=object)
    found = kept(value)
    assert found.dtype == object
    assert found.tolist() == value.tolist()


def test_masked_arrays_keep_their_mask() -> None:
    """And what stands in for a masked value."""
    value = np.ma.MaskedArray([1, 2, 3], mask=[False, True, False], fill_value=9)
    found = kept(value)
    assert type(found) is np.ma.MaskedArray
    assert found.filled().tolist() == [1, 9, 3]
    assert np.asarray(found.data).tolist() == [1, 2, 3]


def test_a_text_of_numpy_stays_one() -> None:
    """Though it is a kind of str."""
    assert type(kept(np.str_("a"))) is np.str_


def test_every_change_in_place_is_seen() -> None:
    """Of an item, the shape, the type, and of bytes that become an array."""
    board = np.zeros((2, 2), dtype="i4")
    seen = {fingerprint(board)}
    board[0, 1] = 1
    seen.add(fingerprint(board))
    board = board.reshape((4,))
    seen.add(fingerprint(board))
    seen.add(fingerprint(board.view("u4")))
    seen.add(fingerprint(board.tobytes()))
    seen.add(fingerprint(bytearray(board.tobytes())))
    assert len(seen) == 6


def test_an_array_of_zeros_takes_little_room() -> None:
    """What can be compressed is; what cannot is stored as it is."""
    assert len(encode(np.zeros(1_000_000))) < 50_000
    noise = np.random.default_rng(1).integers(0, 256, 100_000, dtype="u1")
    assert len(encode(noise)) < 101_000


@pytest.mark.parametrize(
    "v",
    [
        '{"dtype":"|O","shape":[1],"data":{"$":"bytes","v":"AAAAAAAAAAA="}}',
        '{"dtype":"<i8","shape":[1000000000000],"data":{"$":"bytes","v":"AAAA"}}',
        '{"dtype":"<i8","shape":[-1],"data":{"$":"bytes","v":"AAAAAAAAAAA="}}',
        '{"dtype":"V","shape":[1],"items":[1]}',
        '{"dtype":"os.system","shape":[1],"data":{"$":"bytes","v":"AAAA"}}',
        '{"dtype":[["a","|O"]],"shape":[1],"data":{"$":"bytes","v":"AAAAAAAAAAA="}}',
        '{"shape":[1]}',
        "7",
    ],
)
def test_a_forged_array_is_unreadable(v: str) -> None:
    """No address is taken from it, and no memory for what is not there."""
    with pytest.raises(Unreadable):
        decode(b'{"$":"numpy.ndarray","v":%s}' % v.encode())


def test_an_array_that_holds_what_cannot_be_kept_is_refused() -> None:
    """With the type of that."""
    with pytest.raises(NotStorable, match=r"builtins\.object at .*\[0\] cannot be stored"):
        encode(np.array([object()], dtype=object))
