"""Everything this package raises, as one tree under `PersistentStateError`."""

from __future__ import annotations

__all__ = [
    "AssetsMissing",
    "DuplicateKey",
    "InvalidArgument",
    "InvalidValue",
    "PersistentStateError",
]


class PersistentStateError(Exception):
    """Base class of every error this package raises."""


class InvalidArgument(PersistentStateError, ValueError):
    """An argument has a wrong type or lies outside its allowed values."""


class InvalidValue(PersistentStateError, ValueError):
    """What was assigned to ``st.session_state[key]`` is no counter and text."""


class DuplicateKey(PersistentStateError):
    """The same key was used for two widgets in one script run."""


class AssetsMissing(PersistentStateError):
    """The built frontend is not there: a checkout that was never built."""
