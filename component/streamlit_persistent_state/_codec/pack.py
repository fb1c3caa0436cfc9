"""A value as plain JSON plus binary parts, and back: what an envelope surrounds."""

from __future__ import annotations

from typing import Any

from ..errors import Unreadable
from . import registry, small
from .own import BASED, built_in, shape_of
from .parts import Parts
from .plain import TAG, VALUE, Part, Refused, Writer, read, tagged, write
from .simplified import note_simplified
from .types import Types

_TYPE, _CODEC = "type", "codec"

small.register_all()


def pack(value: object, types: Types) -> tuple[Any, list[Part]]:
    """Return a value as plain JSON, and the parts that its tags name.

    Raises
    ------
    Refused
        The value, or something inside it, is of a type that cannot be stored. Besides, whatever
        the value raises while it is read.
    """
    packing = Packing(types)
    return write(value, packing), packing.parts


def unpack(found: Any, parts: Parts, types: Types) -> Any:
    """Return what `pack` was given; raises Unreadable, or whatever forged data makes it raise."""
    return read(found, _Unpacking(parts, types))


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
