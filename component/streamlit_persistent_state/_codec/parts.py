"""Binary parts beside the JSON of a value, in one payload; compressed where that pays.

A payload without parts is its JSON. One with parts begins with a byte that no JSON begins with::

    magic | length of the JSON | number of parts | (method, raw length, stored length) of each
          | JSON | parts
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any

from ..errors import NotStorable, Unreadable
from .plain import Part

_MAGIC = b"\0SPS\1"
_HEAD = struct.Struct("<QI")
_PART = struct.Struct("<BQQ")
_STORED, _ZLIB, _ZSTD = 0, 1, 2

_MOST = 2**30
"""Bytes that the parts of one payload may have once they are unpacked."""
_SAMPLE = 65_536
_PAYS = 0.9
"""Compressed is what becomes shorter than this share of itself."""


def join(json: bytes, parts: Sequence[Part]) -> bytes:
    """Return one payload.

    Raises
    ------
    NotStorable
        It would be too large to be read again.
    """
    if not parts:
        return json
    total = sum(memoryview(part.data).nbytes for part in parts)
    if total > _MOST:
        raise NotStorable(
            f"its binary parts take {total} bytes, more than {_MOST}, and cannot be stored. "
            "Keep what they can be loaded from instead."
        )
    pieces: list[Any] = [b"", json]
    head = [_MAGIC, _HEAD.pack(len(json), len(parts))]
    for part in parts:
        view = memoryview(part.data).cast("B")
        method, stored = _compressed(view, part.method)
        head.append(_PART.pack(method, len(view), len(stored)))
        pieces.append(stored)
    pieces[0] = b"".join(head)
    return b"".join(pieces)


def _compressed(view: memoryview, method: str) -> tuple[int, Any]:
    compress, code = (_zstd, _ZSTD) if method == "zstd" else (_zlib, _ZLIB)
    middle = len(view) // 2
    sample = view if len(view) <= _SAMPLE else view[middle : middle + _SAMPLE]
    if len(compress(sample)) > _PAYS * len(sample):
        return _STORED, view
    stored = compress(view)
    return (code, stored) if len(stored) <= _PAYS * len(view) else (_STORED, view)


def _zlib(view: memoryview) -> bytes:
    return zlib.compress(view, 1)


def _zstd(view: memoryview) -> bytes:
    import pyarrow

    compressed: bytes = pyarrow.Codec("zstd", 1).compress(view, asbytes=True)
    return compressed


def has_parts(body: bytes) -> bool:
    return body.startswith(_MAGIC)


class Parts:
    """The parts of a payload, unpacked when asked for.

    Parameters
    ----------
    payload : bytes

    Attributes
    ----------
    json : buffer

    Raises
    ------
    Unreadable
        The payload is cut or forged.
    """

    def __init__(self, payload: bytes) -> None:
        self.json: Any = payload
        self._parts: list[tuple[int, int, memoryview]] = []
        if not payload.startswith(_MAGIC[:1]):
            return
        view = memoryview(payload)
        try:
            self._split(view)
        except struct.error:
            raise Unreadable("it is cut off") from None

    def _split(self, view: memoryview) -> None:
        if view[: len(_MAGIC)] != _MAGIC:
            raise Unreadable("its format is unknown")
        length, count = _HEAD.unpack_from(view, len(_MAGIC))
        at = len(_MAGIC) + _HEAD.size
        end = at + count * _PART.size
        if end + length > len(view):
            raise Unreadable("it is cut off")
        self.json = view[end : end + length]
        total, start = 0, end + length
        for number in range(count):
            method, raw, stored = _PART.unpack_from(view, at + number * _PART.size)
            total += raw
            self._parts.append((method, raw, view[start : start + stored]))
            start += stored
        if start != len(view):
            raise Unreadable("it is cut off")
        if total > _MOST:
            raise Unreadable(f"it would take {total} bytes unpacked, more than {_MOST}")

    def part(self, number: int) -> bytes:
        """Return the bytes of a part.

        Raises
        ------
        Unreadable
            There is none of that number, or it is not as long as it says.
        """
        if not 0 <= number < len(self._parts):
            raise Unreadable("a part is missing")
        method, raw, stored = self._parts[number]
        found = _unpacked(method, raw, stored)
        if len(found) != raw:
            raise Unreadable("a part is not as long as it says")
        return found


def _unpacked(method: int, raw: int, stored: memoryview) -> bytes:
    if method == _STORED:
        return bytes(stored)
    if method == _ZLIB:
        # One more than there should be, which tells that there is more; never all there may be.
        return zlib.decompressobj().decompress(stored, raw + 1)
    if method == _ZSTD:
        import pyarrow

        found: bytes = pyarrow.Codec("zstd").decompress(stored, raw, asbytes=True)
        return found
    raise Unreadable("a part is compressed in an unknown way")
