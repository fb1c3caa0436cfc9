"""A value as bytes, and back: JSON that a human can read, and binary parts where it has any.

No name found in stored data is ever imported: a value is made by a codec of this package or of the
script, or of a type that the script has named.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ..errors import Unreadable
from . import registry, small
from .own import BASED, built_in, shape_of
from .parts import Parts, join
from .plain import TAG, VALUE, Part, Refused, Writer, read, tagged, write
from .refusal import unwritten
from .simplified import note_simplified
from .types import ANY_TYPES, Types
from .unnamed import rebuilt

_TYPE, _CODEC = "type", "codec"
_UNNAMED = "own"
"""Once values of the script's own types were written without a name."""

_json = msgspec.json.Encoder()

small.register_all()


def encode(value: object, *, types: Types | None = None) -> bytes:
    """Return `value` as bytes; `types` are those of the script that it may be made of.

    Raises
    ------
    NotStorable
        The value, or something inside it, is of a type that cannot be stored, or raises while it
        is read, whatever that is.
    RuntimeError
        It was changed while it was read, by another thread.
    """
    types = Types() if types is None else types
    packing = Packing(types)
    try:
        return join(_json.encode(write(value, packing)), packing.parts)
    except Exception as error:
        raise unwritten(value, error, lambda part: _can_be_written(part, types)) from None


def _can_be_written(part: Any, types: Types) -> bool:
    try:
        _json.encode(write(part, Packing(types)))
    except Exception:
        return False
    return True


def comparable(value: object) -> tuple[bytes, ...]:
    """Return what is equal for values that are, in all that `encode` tells apart.

    Raises
    ------
    NotStorable
        As for `encode`, but for types of the script that nobody has named.
    """
    packing = Packing(ANY_TYPES)
    try:
        return (_json.encode(write(value, packing)), *(bytes(part.data) for part in packing.parts))
    except Exception as error:
        raise unwritten(value, error, lambda part: _can_be_written(part, ANY_TYPES)) from None


def decode(body: bytes, *, types: Types | None = None) -> Any:
    """Return what `encode` was given.

    Raises
    ------
    Unreadable
        The body is corrupt, or of a type that `types` does not know.
    """
    types = Types() if types is None else types
    try:
        parts = Parts(body)
        found, unpacking = msgspec.json.decode(parts.json), _Unpacking(parts, types)
        if isinstance(found, dict) and found.keys() == {TAG, VALUE} and found[TAG] == _UNNAMED:
            return rebuilt(read(found[VALUE], unpacking), types.root)
        return read(found, unpacking)
    except Unreadable:
        raise
    except Exception as error:
        # Whatever a damaged body makes the readers below raise.
        raise Unreadable(f"{type(error).__name__} while reading it") from error


class Packing:
    """One value on its way into JSON and parts.

    Attributes
    ----------
    parts : list of Part
    """

    def __init__(self, types: Types) -> None:
        self.parts: list[Part] = []
        self._types = types
        self._writers: dict[type, Writer] = {}

    def add(self, part: Part) -> int:
        self.parts.append(part)
        return len(self.parts) - 1

    def writer_of(self, value: object) -> Writer:
        kind = type(value)
        writer = self._writers.get(kind)
        if writer is None:
            writer = self._writers[kind] = _writer_of(value, self._types)
        return writer


def _writer_of(value: object, types: Types) -> Writer:
    """Return what writes values of a type that is not built in."""
    kind = type(value)
    if codec := registry.codec_of(kind):
        return _by_codec(codec)
    shape, name = shape_of(kind), types.name_of(kind)
    if shape is not None and name is not None:
        return lambda one, to: {TAG: _TYPE, VALUE: [name, write(shape.state(one), to)]}
    if codec := registry.codec_of_base(kind):
        if codec.type is None:
            note_simplified(kind, codec.name)
        return _by_codec(codec)
    if shape is not BASED:
        raise Refused(f"{kind} is no type of data")
    note_simplified(kind, type(built_in(value)).__name__)
    return lambda one, to: write(built_in(one), to)


def _by_codec(codec: registry.Codec) -> Writer:
    if codec.type is not None:
        return lambda one, to: {TAG: _CODEC, VALUE: [codec.name, write(codec.dump(one), to)]}
    return tagged(codec.name, codec.dump)


class _Unpacking:
    """One value on its way out of JSON and parts."""

    def __init__(self, parts: Parts, types: Types) -> None:
        self._types, self.part = types, parts.part

    def read_tagged(self, tag: object, found: Any) -> Any:
        if tag == _TYPE:
            return self._of_type(*found)
        if tag == _CODEC:
            return self._by_codec(*found)
        if not isinstance(tag, str):
            raise Unreadable("it has an unknown tag")
        return registry.codec_named(tag).load(read(found, self))

    def _of_type(self, name: str, state: Any) -> Any:
        kind = self._types.named(name)
        shape = None if kind is None else shape_of(kind)
        if shape is None:
            raise Unreadable(
                f"it holds a {name!r:.200}, which persist() has to be told of: a default of that "
                "type, or types=[...]"
            )
        return shape.made(kind, read(state, self))

    def _by_codec(self, name: str, state: Any) -> Any:
        codec = self._types.codecs.get(name)
        if codec is None:
            raise Unreadable(f"no codec {name!r:.200} was registered before persist() was called")
        return codec.load(read(state, self))
