"""Binary parts stand beside the JSON; what they become is bounded, whoever has written them."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlit_persistent_state._codec import parts
from streamlit_persistent_state._codec.body import decode, encode
from streamlit_persistent_state._codec.envelope import (
    SCHEMA,
    Envelope,
    Slot,
    pack,
    unpack,
    value_in,
)
from streamlit_persistent_state.errors import NotStorable, Unreadable

LARGE = [bytes(range(256)) * 40, bytearray(b"\n" * 5000), b"small"]


def test_large_bytes_stand_beside_the_json() -> None:
    """As they are, or compressed; small ones in it, where a human sees them."""
    payload = encode(LARGE)
    assert decode(payload) == LARGE
    assert len(payload) < 12_000
    assert encode(b"small").startswith(b"{")


def test_a_record_holds_them_whatever_surrounds_the_value() -> None:
    """Also with line breaks in them, and what else the envelope says."""
    for slots in ({}, {"session": Slot(1, 2.0)}):
        payload = pack(Envelope(encode(LARGE), slots=slots))
        assert value_in(payload, SCHEMA) == LARGE
        assert unpack(payload, SCHEMA).slots == slots


PAYLOAD = encode({"a": LARGE, "b": b"\0" * 100_000})


@given(
    st.binary().map(lambda tail: b"\0SPS\1" + tail)
    | st.tuples(st.integers(0, len(PAYLOAD)), st.binary(max_size=9)).map(
        lambda cut: PAYLOAD[: cut[0]] + cut[1] + PAYLOAD[cut[0] + 1 :]
    )
    | st.integers(0, len(PAYLOAD)).map(lambda end: PAYLOAD[:end])
)
def test_a_damaged_payload_is_unreadable_and_nothing_else(payload: bytes) -> None:
    """Cut, or with other bytes in it."""
    with suppress(Unreadable):
        decode(payload)


def forged(raw: int, stored: bytes, method: int) -> bytes:
    json = b'{"$":"bytes","v":0}'
    head = struct.pack("<QIBQQ", len(json), 1, method, raw, len(stored))
    return b"\0SPS\1" + head + json + stored


@pytest.mark.parametrize(
    "payload",
    [
        forged(10, zlib.compress(b"\0" * 100_000_000), 1),
        forged(11, zlib.compress(b"0123456789"), 1),
        forged(10, b"0123456789", 1),
        forged(10, b"0123456789", 2),
        forged(10, b"0123456789", 7),
        forged(11, b"0123456789", 0),
        forged(2**60, zlib.compress(b"\0" * 100), 1),
        forged(2**60, b"", 2),
        forged(10, b"0123456789", 0).replace(b'"v":0', b'"v":1'),
        forged(10, b"0123456789", 0).replace(b'"v":0', b'"v":-'),
        forged(10, b"0123456789", 0) + b"more",
        b"\0SPS\2",
        b"\0",
    ],
    ids=range(13),
)
def test_what_is_forged_is_unreadable(payload: bytes) -> None:
    """And takes no more memory than it says, which is bounded too."""
    with pytest.raises(Unreadable):
        decode(payload)


def test_more_than_can_be_read_again_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, with the numbers."""
    monkeypatch.setattr(parts, "_MOST", 10_000)
    with pytest.raises(NotStorable, match="12000 bytes, more than 10000"):
        encode([b"\0" * 6000] * 2)


def test_a_payload_has_no_part_that_nobody_asks_for() -> None:
    """One that is not asked for is not unpacked."""
    payload = forged(10, b"no zlib", 1).replace(b'{"$":"bytes","v":0}', b"7                  ")
    assert decode(payload) == 7
