"""Everything this package raises, as one tree under `PersistentStateError`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

    from ._record import Record

__all__ = [
    "AssetsMissing",
    "Conflict",
    "DuplicateKey",
    "InvalidArgument",
    "InvalidValue",
    "LoginRequired",
    "NotKept",
    "NotStorable",
    "OwnerFull",
    "PersistentStateError",
    "StoreError",
    "StoreUnavailable",
    "Unreadable",
    "ValueTooLarge",
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


class LoginRequired(PersistentStateError):
    """``scope="user"`` was used while nobody is logged in."""


class NotKept(PersistentStateError):
    """The value of a key is not kept: base class of `NotStorable` and `ValueTooLarge`.

    Attributes
    ----------
    key : str or None
    reason : str
        What is wrong and what to do, without the key.
    kind, place : str
        The type that cannot be kept, and where inside the value it is, such as
        ``['user'].client``; empty where that is no question of a type, or the whole value.
    """

    def __init__(
        self, reason: str, *, key: str | None = None, kind: str = "", place: str = ""
    ) -> None:
        super().__init__(reason if key is None else f"key {key!r}: {reason}")
        self.key: str | None = key
        self.reason: str = reason
        self.kind: str = kind
        self.place: str = place

    def of(self, key: str) -> Self:
        """Return the same with the key in its message."""
        return type(self)(self.reason, key=key, kind=self.kind, place=self.place)


class NotStorable(NotKept, TypeError):
    """A value is of a type that cannot be stored, or raises when it is looked at."""


class ValueTooLarge(NotKept, ValueError):
    """An encoded value exceeds ``max_value_bytes`` or ``max_owner_bytes``; it was not written."""


class Unreadable(PersistentStateError):
    """A record is corrupt, was tampered with, or was written by a newer version."""


class StoreError(PersistentStateError):
    """Base class of what a store raises."""


class StoreUnavailable(StoreError):
    """A store cannot work now: it is down, locked, full, read-only or damaged."""


class OwnerFull(StoreError):
    """A commit would give an owner more bytes than allowed; nothing was written.

    Attributes
    ----------
    size, max_bytes : int
        Bytes of all payloads of the owner after the commit, and how many there may be.
    """

    def __init__(self, size: int, max_bytes: int) -> None:
        super().__init__(f"all values together would take {size} bytes, more than {max_bytes}")
        self.size: int = size
        self.max_bytes: int = max_bytes


class Conflict(StoreError):
    """A write was made on top of a revision that is no longer the newest; nothing was written.

    Attributes
    ----------
    current : dict of str to Record or None
        What the store has now under each key that did not match.
    """

    def __init__(self, current: Mapping[str, Record | None]) -> None:
        super().__init__(f"changed by another session: {', '.join(sorted(current))}")
        self.current: dict[str, Record | None] = dict(current)
