"""Types of the script's own as plain entries, and back through the type of a declared default."""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import Any

import msgspec

from ..errors import Unreadable


def is_own_type(kind: type) -> bool:
    return (
        issubclass(kind, (Enum, msgspec.Struct))
        or dataclasses.is_dataclass(kind)
        or hasattr(kind, "model_validate")
        or (issubclass(kind, tuple) and hasattr(kind, "_fields"))
    )


def entries(value: Any) -> Any:
    """Return a value of the script's own type as plain entries."""
    if isinstance(value, Enum):
        return value.value
    if hasattr(type(value), "model_validate"):
        return value.model_dump(mode="json")
    if dataclasses.is_dataclass(type(value)) or isinstance(value, (msgspec.Struct, tuple)):
        return msgspec.to_builtins(value)
    raise TypeError(f"{type(value).__qualname__} is no type of the script's own")


def rebuilt(found: Any, kind: Any) -> Any:
    if issubclass(kind, Enum):
        return kind(found)
    if hasattr(kind, "model_validate"):
        return kind.model_validate(found)
    if not is_own_type(kind):
        raise Unreadable("it needs a default of its own type to be read")
    return msgspec.convert(found, kind, strict=True)
