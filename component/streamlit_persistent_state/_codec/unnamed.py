"""Values of the script's own types that were stored without the name of their type."""

from __future__ import annotations

from enum import Enum
from typing import Any

import msgspec

from ..errors import Unreadable
from .own import shape_of


def rebuilt(found: Any, kind: Any) -> Any:
    """Return the value of a type, which is that of the declared default."""
    if issubclass(kind, Enum):
        return kind(found)
    if hasattr(kind, "model_validate"):
        return kind.model_validate(found)
    if shape_of(kind) is None:
        raise Unreadable("it needs a default of its own type to be read")
    return msgspec.convert(found, kind, strict=True)
