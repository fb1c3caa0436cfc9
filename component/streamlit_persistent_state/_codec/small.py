"""Types of the standard library that are neither built in nor the script's own."""

from __future__ import annotations

import pathlib
from array import array
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import timezone
from fractions import Fraction
from io import BytesIO, StringIO
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from ..errors import Unreadable
from .plain import WRITERS, To, register, write
from .simplified import note_simplified

_FACTORIES: dict[str, type] = {
    kind.__name__: kind
    for kind in (list, dict, set, frozenset, tuple, int, float, bool, str, bytes, Counter, deque)
}
_PATHS: dict[str, type[pathlib.PurePath]] = {
    kind.__name__: kind for kind in (pathlib.PurePosixPath, pathlib.PureWindowsPath)
}


def register_all() -> None:
    """Have the types written and read."""
    register(OrderedDict, "ordered_dict", dict, OrderedDict)
    register(Counter, "counter", dict, _counter)
    register(deque, "deque", lambda value: [list(value), value.maxlen], lambda found: deque(*found))
    register(range, "range", lambda value: [value.start, value.stop, value.step], _range)
    register(slice, "slice", lambda value: [value.start, value.stop, value.step], _slice)
    register(Fraction, "fraction", lambda value: [value.numerator, value.denominator], _fraction)
    register(BytesIO, "bytes_io", lambda value: [value.getvalue(), value.tell()], _bytes_io)
    register(StringIO, "string_io", lambda value: [value.getvalue(), value.tell()], _string_io)
    register(SimpleNamespace, "namespace", lambda value: dict(vars(value)), _namespace)
    register(array, "array", lambda value: [value.typecode, value.tobytes()], _array)
    register(timezone, "timezone", lambda value: value.utcoffset(None), timezone)
    register(ZoneInfo, "zone", lambda value: value.key, ZoneInfo)
    register(defaultdict, "defaultdict", _factory_and_items, _defaultdict)
    as_plain = WRITERS[defaultdict]
    WRITERS[defaultdict] = lambda value, to: _write_defaultdict(value, to, as_plain)
    # A path of this machine's kind is one wherever it is read.
    for name, pure in _PATHS.items():
        register(pure, name, str, pure)
    register(type(pathlib.Path()), "path", str, pathlib.Path)


def _counter(found: Any) -> Any:
    counter: Counter[Any] = Counter()
    counter.update(found)
    return counter


def _range(found: Any) -> range:
    return range(*found)


def _slice(found: Any) -> slice:
    return slice(*found)


def _fraction(found: Any) -> Fraction:
    return Fraction(*found)


def _bytes_io(found: Any) -> BytesIO:
    value = BytesIO(found[0])
    value.seek(found[1])
    return value


def _string_io(found: Any) -> StringIO:
    value = StringIO(newline="")
    value.write(found[0])
    value.seek(found[1])
    return value


def _namespace(found: Any) -> SimpleNamespace:
    return SimpleNamespace(**found)


def _array(found: Any) -> Any:
    value = array(found[0])
    value.frombytes(found[1])
    return value


def _factory_and_items(value: Any) -> Any:
    factory = value.default_factory
    return [factory and getattr(factory, "__name__", ""), dict(value)]


def _defaultdict(found: Any) -> Any:
    name, items = found
    if name is None:
        return defaultdict(None, items)
    if name not in _FACTORIES:
        raise Unreadable("the factory of its defaultdict is unknown")
    return defaultdict(_FACTORIES[name], items)


def _write_defaultdict(value: Any, to: To, as_it_is: Any) -> Any:
    factory = value.default_factory
    if factory is None or factory in _FACTORIES.values():
        return as_it_is(value, to)
    note_simplified(defaultdict, "dict", "Its factory is no built-in type.")
    return write(dict(value), to)
