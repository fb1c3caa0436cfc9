"""Types of the script's own as plain entries, and back through the type of a declared default."""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import Any

import msgspec

from ..errors import NotStorable, Unreadable


def is_own_type(kind: type) -> bool:
    return (
        issubclass(kind, (Enum, msgspec.Struct))
        or dataclasses.is_dataclass(kind)
        or hasattr(kind, "model_validate")
        or (issubclass(kind, tuple) and hasattr(kind, "_fields"))
    )


def refusal(value: object, path: str) -> NotStorable:
    """Return why a value cannot be stored, and what to do instead."""
    where = f" at {path}" if path else ""
    return NotStorable(f"{_name(value)}{where} cannot be stored. {_way_out(value, path)}")


def _way_out(value: object, path: str) -> str:
    if is_own_type(type(value)) and not path:
        return "Declare a default of that type, such as persist(key=Type(...))."
    return "Store a list, a dict, a number or a text made of it instead."


def _name(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def entries(value: Any) -> Any:
    """Return a value of the script's own type as plain entries."""
    if isinstance(value, Enum):
        return value.value
    if hasattr(type(value), "model_validate"):
        return value.model_dump(mode="json")
    if dataclasses.is_dataclass(type(value)) or isinstance(value, (msgspec.Struct, tuple)):
        return msgspec.to_builtins(value)
    raise refusal(value, "")


def rebuilt(found: Any, kind: Any) -> Any:
    if issubclass(kind, Enum):
        return kind(found)
    if hasattr(kind, "model_validate"):
        return kind.model_validate(found)
    if not is_own_type(kind):
        raise Unreadable("it needs a default of its own type to be read")
    return msgspec.convert(found, kind, strict=True)
