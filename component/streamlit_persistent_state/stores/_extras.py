"""Stores that need more than this package's own requirements, imported when they are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..errors import InvalidArgument

EXTRAS = {"RedisStore": ("._redis.store", "redis"), "SQLStore": ("._sql.store", "postgres")}
"""The module of each store, and the extra that installs what it needs."""


def extra(name: str) -> Any:
    """Return the class of a store."""
    module, requirement = EXTRAS[name]
    try:
        return getattr(import_module(module, __package__), name)
    except ImportError as error:
        raise InvalidArgument(
            f"stores.{name} needs more packages: "
            f'pip install "streamlit-persistent-state[{requirement}]"'
        ) from error
