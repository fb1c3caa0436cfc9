"""The types of the script that a value may be made of: those that it has named, no others.

A script defines its types anew in every run. They are known by their qualified names, and by
their newest definition: of that are values that are read, and values that were left by an
earlier run are made into such by `renewed`.
"""

from __future__ import annotations

import contextlib
import inspect
import marshal
import sys
import typing
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import Any

from .._record import MISSING
from . import registry
from .own import base_of, shape_of
from .plain import NATIVE, WRITERS
from .registry import Codec, qualified

_SCRIPT = "__main__"
_CONTAINERS = (list, tuple, set, frozenset)
_FILLED = frozenset({*_CONTAINERS, dict})


class Types:
    """What a key's value may be made of.

    Parameters
    ----------
    default : object
        What the script declares; its types, and those of all that it contains, are known.
    named : iterable
        More types and annotations, such as ``list[Todo] | None``.

    Attributes
    ----------
    root : type
        That of the default. Values that were written without a name are of it.
    codecs : mapping of str to Codec
        What the script has registered.
    """

    def __init__(self, default: object = MISSING, named: Iterable[object] = ()) -> None:
        self.root = type(default)
        self.codecs: Mapping[str, Codec] = registry.registered()
        self._known: dict[str, type] = {}
        self._kinds: dict[str, type] = {}  # of known ones, as they were asked for
        self._seen: set[int] = set()
        for annotation in named:
            self._add(annotation)
        if not is_native(default):
            self._add_types_of(default)
        self._seen.clear()

    def __bool__(self) -> bool:
        return bool(self._known or self.codecs)

    @property
    def known(self) -> Mapping[str, type]:
        """The types by their names."""
        return MappingProxyType(self._known)

    def on_top_of(self, older: Types) -> Types:
        """Return these types, and those of an older declaration that were not declared again."""
        if self is NO_TYPES:
            return older
        for name, kind in older.known.items():
            self._known.setdefault(name, kind)
        if self.root is type(MISSING):
            self.root = older.root
        return self

    def name_of(self, kind: type) -> str | None:
        """Return the name under which values of a type are stored, None if none was given."""
        name = qualified(kind)
        return None if self.newest(name) is None else name

    def named(self, name: str) -> type | None:
        """Return the newest definition of a type that stored data names, or None."""
        found = self.newest(name)
        if found is None:
            # It may have moved to another module, as what a script grows out of does.
            moved = [k for k in self._known.values() if name.endswith(f".{k.__qualname__}")]
            found = moved[0] if len(moved) == 1 else None
        return found

    def newest(self, name: str) -> type | None:
        """Return the newest definition of the type of a name, or None."""
        return self._known.get(name) or self._kinds.get(name) or self._kind_of_known(name)

    def _kind_of_known(self, name: str) -> type | None:
        """Return a type that the script has named another's base, such as that of messages."""
        waiting, seen = list(self._known.values()), set(self._known.values())
        while waiting:
            base = waiting.pop()
            subclasses: list[type] = type.__subclasses__(base)
            for kind in subclasses:
                # Those that other sessions have defined are not this script's.
                is_ours = kind.__module__ != _SCRIPT or base.__module__ == _SCRIPT
                if kind in seen or not is_ours or shape_of(kind) is None:
                    continue
                if qualified(kind) == name:
                    self._kinds |= Types(None, [kind]).known
                    return kind
                seen.add(kind)
                waiting.append(kind)
        return None

    def _add(self, annotation: Any) -> None:
        """Have a type known, and those that an annotation or its fields are made of."""
        if annotation is None or id(annotation) in self._seen:
            return
        self._seen.add(id(annotation))
        if isinstance(annotation, type) and not typing.get_args(annotation):
            self._add_type(annotation)
            return
        for inner in _parts_of(annotation):
            self._add(inner)

    def _add_type(self, kind: type) -> None:
        if kind in WRITERS or kind.__module__ in ("builtins", "typing", "collections", "datetime"):
            return
        if not typing.is_typeddict(kind):  # whose values are dicts
            if shape_of(kind) is None or registry.codec_of(kind) is not None:
                return
            self._known[qualified(kind)] = kind
        if not issubclass(kind, Enum):
            for annotation in _hints(kind):
                self._add(annotation)
            if kind.__module__ == _SCRIPT:  # where alone a script's own names mean something
                for inner in type.__subclasses__(kind):
                    self._add(inner)

    def _add_types_of(self, value: Any) -> None:
        kind = type(value)
        if kind in NATIVE and kind not in _CONTAINERS and kind is not dict:
            return
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        self._add(kind)
        for inner in inside(value):
            self._add_types_of(inner)


class _AnyTypes(Types):
    """Knows the names of all types: for values that are compared, and never read."""

    def name_of(self, kind: type) -> str:
        return qualified(kind)


def is_native(value: object) -> bool:
    """Whether all that a value contains is built in."""
    kind = type(value)
    if kind not in _FILLED:
        return kind in NATIVE or value is MISSING
    try:
        marshal.dumps(value)  # type: ignore[arg-type]  # far faster than a look at each; refuses what is not built in
    except ValueError:
        return False
    return True


def inside(value: Any) -> Iterable[Any]:
    """Return what a value directly contains."""
    kind = type(value)
    if issubclass(kind, dict):
        return [*dict.keys(value), *dict.values(value)]
    if issubclass(kind, _CONTAINERS):
        return list(value)
    if issubclass(kind, Enum) or base_of(kind) is not None:
        return ()
    shape = shape_of(kind)
    with contextlib.suppress(Exception):  # what it holds may be broken; writing it will say how
        return () if shape is None else [shape.state(value)]
    return ()


def _parts_of(annotation: Any) -> Iterable[Any]:
    """Return what an annotation is made of, such as the two types in ``dict[str, Todo]``."""
    if isinstance(annotation, typing.TypeVar):
        return [annotation.__bound__, *annotation.__constraints__]
    if isinstance(annotation, Enum):  # in a Literal
        return [type(annotation)]
    more = [getattr(annotation, name, None) for name in ("__value__", "__supertype__", "type")]
    args = [one for arg in typing.get_args(annotation) for one in _flat(arg)]
    return [typing.get_origin(annotation), *args, *more]


def _flat(arg: Any) -> list[Any]:
    return list(arg) if isinstance(arg, list) else [arg]


def _hints(kind: Any) -> Iterable[Any]:
    """Return the annotations of a type's fields, as far as their names mean something."""
    names, places = _namespace(kind.__module__)
    try:
        return list(typing.get_type_hints(kind, names, places, include_extras=True).values())
    except Exception:
        return [
            _evaluated(one, names, places)
            for base in kind.__mro__
            for one in inspect.get_annotations(base).values()
        ]


def _evaluated(annotation: Any, names: dict[str, Any], places: dict[str, Any]) -> Any:
    if not isinstance(annotation, str):
        return annotation
    holder = type("Holder", (), {"__annotations__": {"field": annotation}})
    try:
        return typing.get_type_hints(holder, names, places, include_extras=True)["field"]
    except Exception:
        return None


def _namespace(module: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what names mean where a type was defined: in its module, and in calls under way.

    ``sys.modules["__main__"]`` may be the script of another session, that has begun later. Whoever
    declares a type is called by its own script, so that stands in a frame.
    """
    places: dict[str, Any] = {}
    names = getattr(sys.modules.get(module), "__dict__", {})
    frame = sys._getframe()
    while (back := frame.f_back) is not None:
        frame = back
        if frame.f_globals.get("__name__") == module:
            names = frame.f_globals
            if frame.f_locals is not names:
                places = {**frame.f_locals, **places}
    return names, places


ANY_TYPES = _AnyTypes()
NO_TYPES = Types()


def types_of(default: object, named: Sequence[object]) -> Types:
    """Return what a declaration says of types; most say nothing, in every run of the script."""
    if not named and is_native(default) and not registry.registered():
        return NO_TYPES
    return Types(default, named)
