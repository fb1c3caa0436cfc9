"""Types of the script's own: what a value consists of, and how it is made again.

A value is made without calling its ``__init__``, as `copy.copy` does: what it held comes back,
and what was meant for the first time is not done twice. A field that a newer definition has got
takes its default; one that it has lost is left out.
"""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import msgspec

from ..errors import Unreadable

_NOTHING: Any = object()
_EMPTY: Mapping[str, Any] = {}
_BUILT_IN = (
    *(OrderedDict, defaultdict, Counter, dict, list, deque, tuple, set, frozenset),
    *(str, int, float, complex, bytes, bytearray, datetime, date),
)
"""Each before what it is a kind of."""


class Shape(NamedTuple):
    """How values of one kind of type are taken apart and made.

    Attributes
    ----------
    state : callable
        Returns what a value consists of, of types that can be stored themselves.
    made : callable
        Makes a value of a type, and of that.
    """

    state: Callable[[Any], Any]
    made: Callable[[Any, Any], Any]


def shape_of(kind: type) -> Shape | None:
    """Return how values of a type are taken apart, None for one that is not known to be data."""
    if issubclass(kind, Enum):
        return ENUM
    if issubclass(kind, msgspec.Struct):
        return _STRUCT
    if _is_pydantic(kind):
        return _PYDANTIC
    if base_of(kind) is not None:
        return _NAMED if issubclass(kind, tuple) and hasattr(kind, "_fields") else BASED
    if hasattr(kind, "__attrs_attrs__"):
        return _ATTRS
    if dataclasses.is_dataclass(kind):
        return _DATACLASS
    if hasattr(kind, "model_validate") and hasattr(kind, "model_dump"):
        return _MODEL
    return None


def is_own_type(kind: type) -> bool:
    """Whether values of a type are data, and cannot be kept as values of a built-in type."""
    return shape_of(kind) not in (None, BASED)


def base_of(kind: type) -> type | None:
    """Return the built-in type that a type is a kind of."""
    return next((base for base in _BUILT_IN if issubclass(kind, base)), None)


class _Plan(NamedTuple):
    """What is asked about a type for each of its values.

    Attributes
    ----------
    fields : tuple of str
    cached : frozenset of str
        What is made again when somebody asks for it.
    """

    fields: tuple[str, ...]
    cached: frozenset[str]


# By reference alone: the types of a script live for a run.
_plans: WeakKeyDictionary[type, _Plan] = WeakKeyDictionary()


def _plan_of(kind: type) -> _Plan:
    plan = _plans.get(kind)
    if plan is None:
        held = {name: one for base in kind.__mro__ for name, one in vars(base).items()}
        cached = {name for name, one in held.items() if isinstance(one, functools.cached_property)}
        plan = _plans[kind] = _Plan(tuple(_field_names(kind)), frozenset(cached))
    return plan


def field_names(kind: type) -> tuple[str, ...]:
    return _plan_of(kind).fields


def _field_names(kind: Any) -> Iterable[str]:
    if issubclass(kind, msgspec.Struct):
        return kind.__struct_fields__  # type: ignore[no-any-return] # seen by name alone
    if _is_pydantic(kind):
        return kind.model_fields  # type: ignore[no-any-return] # seen by name alone
    if hasattr(kind, "__attrs_attrs__"):
        return [field.name for field in kind.__attrs_attrs__]
    if dataclasses.is_dataclass(kind):
        return [field.name for field in dataclasses.fields(kind)]
    return getattr(kind, "_fields", ())


def _is_pydantic(kind: Any) -> bool:
    # Its dataclasses have the first, and are dataclasses.
    return hasattr(kind, "__pydantic_validator__") and hasattr(kind, "model_fields")


def _default(kind: Any, name: str) -> Any:
    """Return a new default of a field, or _NOTHING."""
    if _is_pydantic(kind):
        field = kind.model_fields[name]
        return _NOTHING if field.is_required() else field.get_default(call_default_factory=True)
    if hasattr(kind, "__attrs_attrs__"):
        return _attrs_default(getattr(kind.__attrs_attrs__, name).default)
    for field in dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ():
        if field.name == name and field.default is not dataclasses.MISSING:
            return field.default
        if field.name == name and field.default_factory is not dataclasses.MISSING:
            return field.default_factory()
    return getattr(kind, "_field_defaults", {}).get(name, _NOTHING)


def _attrs_default(default: Any) -> Any:
    if hasattr(default, "factory"):
        return _NOTHING if default.takes_self else default.factory()
    # attrs says with a member of an enum that there is none.
    return _NOTHING if getattr(default, "name", "") == "NOTHING" else default


def complete(kind: Any, found: Any) -> dict[str, Any]:
    """Return the fields that were stored, with defaults for those that were not.

    Raises
    ------
    Unreadable
        A field has none.
    """
    if not isinstance(found, Mapping):
        raise Unreadable("its fields are malformed")
    fields = {}
    for name in field_names(kind):
        fields[name] = found[name] if name in found else _default(kind, name)
        if fields[name] is _NOTHING:
            raise Unreadable(f"{kind.__qualname__} has a field {name!r} now, without a default")
    return fields


def attributes(value: Any) -> dict[str, Any]:
    """Return the fields of an instance in their order, and what else it holds."""
    fields, cached = _plan_of(type(value))
    held = getattr(value, "__dict__", _EMPTY)
    found = {}
    for name in fields:
        if name in held:
            found[name] = held[name]
        elif hasattr(value, name):
            found[name] = getattr(value, name)
    if len(held) > len(found):
        for name, one in held.items():
            # `typing` notes on an instance the alias that a generic was made by.
            if name not in found and name not in cached and not name.startswith("__"):
                found[name] = one
    return found


def _with_attributes(kind: Any, found: Any) -> Any:
    value = object.__new__(kind)
    _set_attributes(value, found)
    return value


def _set_attributes(value: Any, found: Any) -> None:
    kind, fields = type(value), complete(type(value), found)
    for name, held in fields.items():
        object.__setattr__(value, name, held)
    for name, held in found.items():
        # No field, or none any more; a method or a property may have its name today.
        if name not in fields and hasattr(value, "__dict__") and not hasattr(kind, name):
            value.__dict__[name] = held


def _enum_state(value: Any) -> Any:
    is_member = type(value).__members__.get(value.name) is value
    return value.name if is_member else [value.value]


def _member(kind: Any, found: Any) -> Any:
    try:
        return kind[found] if isinstance(found, str) else kind(found[0])
    except (KeyError, ValueError):
        raise Unreadable(f"{kind.__qualname__} has no member {found!r}") from None


def _struct_state(value: Any) -> Any:
    held = attributes(value)
    return {name: one for name, one in held.items() if one is not msgspec.UNSET}


def _struct(kind: Any, found: Any) -> Any:
    known = {name: held for name, held in found.items() if name in kind.__struct_fields__}
    try:
        value = kind(**known)
    except TypeError as error:
        raise Unreadable(str(error)) from None
    for name, held in known.items():  # also what __post_init__ has changed
        msgspec.structs.force_setattr(value, name, held)
    return value


_PYDANTIC_STATE = {
    "fields": "__dict__",
    "set": "__pydantic_fields_set__",
    "extra": "__pydantic_extra__",
    "private": "__pydantic_private__",
}
"""The words of stored data, and those of pydantic's own state."""


def _pydantic_state(value: Any) -> Any:
    state, kind = value.__getstate__(), type(value)
    found = {ours: state.get(theirs) for ours, theirs in _PYDANTIC_STATE.items()}
    cached = _plan_of(kind).cached
    found["fields"] = {name: one for name, one in found["fields"].items() if name not in cached}
    found["set"] = sorted(found["set"] or ())  # in one order, as a fingerprint has to be
    return {name: one for name, one in found.items() if one is not None}


def _pydantic(kind: Any, found: Any) -> Any:
    fields = complete(kind, found["fields"])
    extra = None
    if kind.model_config.get("extra") == "allow":
        lost = {name: held for name, held in found["fields"].items() if name not in fields}
        extra = lost | found.get("extra", {})
    state = {
        "fields": fields,
        "set": {name for name in found.get("set", ()) if name in fields or name in (extra or ())},
        "extra": extra,
        "private": _private(kind, found.get("private", {})),
    }
    value = kind.__new__(kind)
    value.__setstate__({theirs: state[ours] for ours, theirs in _PYDANTIC_STATE.items()})
    return value


def _private(kind: Any, found: Mapping[str, Any]) -> dict[str, Any] | None:
    if not kind.__private_attributes__:
        return None
    private = {}
    for name, attribute in kind.__private_attributes__.items():
        held = found[name] if name in found else attribute.get_default()
        if name in found or type(held).__name__ != "PydanticUndefinedType":
            private[name] = held
    return private


def _based_state(value: Any) -> Any:
    content, held = built_in(value), attributes(value)
    return [content, held] if held else [content]


def built_in(value: Any) -> Any:
    """Return a value of a kind of a built-in type as that type has it."""
    base: Any = base_of(type(value))
    if issubclass(base, dict):
        content = base(dict.items(value)) if base is not defaultdict else dict(dict.items(value))
        return content if base is not defaultdict else defaultdict(value.default_factory, content)
    if base is deque:
        return deque(deque.__iter__(value), value.maxlen)
    if base is datetime:
        when, clock = date(value.year, value.month, value.day), datetime.timetz(value)
        return datetime.combine(when, clock)
    if base is date:
        return date(value.year, value.month, value.day)
    if base is str:
        return str.__str__(value)
    return base(base.__iter__(value)) if hasattr(base, "__iter__") else base(value)


def _based(kind: Any, found: Any) -> Any:
    base: Any = base_of(kind)
    content = found[0]
    if type(content) is not base:
        raise Unreadable(f"{kind.__qualname__} is no {type(content).__name__}")
    value = _made_of(content, kind, base)
    _set_attributes(value, found[1] if len(found) > 1 else {})
    return value


def _made_of(content: Any, kind: Any, base: Any) -> Any:
    # By the methods of the built-in type: those of the script's may expect more than there is.
    if issubclass(base, dict):
        value = base.__new__(kind)
        for key, item in content.items():
            base.__setitem__(value, key, item)
        if base is defaultdict:
            value.default_factory = content.default_factory
        return value
    if base is deque:
        value = base.__new__(kind)
        deque.__init__(value, content, content.maxlen)
        return value
    if base in (list, set, bytearray):
        value = base.__new__(kind)
        base.__init__(value, content)
        return value
    if base is datetime:
        return kind.combine(content.date(), content.timetz())
    if base is date:
        return kind(content.year, content.month, content.day)
    return base.__new__(kind, content)


def _named(kind: Any, found: Any) -> Any:
    return tuple.__new__(kind, complete(kind, found).values())


ENUM = Shape(_enum_state, _member)
_STRUCT = Shape(_struct_state, _struct)
_PYDANTIC = Shape(_pydantic_state, _pydantic)
_NAMED = Shape(lambda value: dict(zip(value._fields, value, strict=True)), _named)
BASED = Shape(_based_state, _based)
_ATTRS = _DATACLASS = Shape(attributes, _with_attributes)
# What has the two methods of pydantic's models, and nothing else of them.
_MODEL = Shape(
    lambda value: value.model_dump(mode="python"), lambda kind, found: kind.model_validate(found)
)
