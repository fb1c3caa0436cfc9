"""What a store keeps for one key of one owner, what it is asked to write, and no value."""

from __future__ import annotations

from typing import Any, NamedTuple


class _Missing:
    def __repr__(self) -> str:
        return "missing"


MISSING: Any = _Missing()
"""No value: neither restored, nor assigned, nor declared as a default."""


class _Gone:
    def __repr__(self) -> str:
        return "gone"


GONE: Any = _Gone()
"""No value any more: another session has deleted it, and it has no default to go back to."""


class Record(NamedTuple):
    """One value as it lies in a store.

    Attributes
    ----------
    payload : bytes or None
        The encoded value. None marks a deleted record: it stays for a while, so that a session
        that still holds the old value cannot bring it back.
    schema : int
        Version of the payload's format.
    revision : int
        Grows with every write of this key, also over a deletion, and is never used twice.
    updated_at : float
        Time of the last write, in seconds since 1970 (UTC).
    expires_at : float or None
        When the store may drop the record, in seconds since 1970; None keeps it.
    """

    payload: bytes | None
    schema: int
    revision: int
    updated_at: float
    expires_at: float | None = None


class Write(NamedTuple):
    """A change of one key, made on top of the revision the writer knows.

    Attributes
    ----------
    payload : bytes or None
        What the record holds then. None deletes it, or marks as deleted what there is no record of.
    expected : int
        Revision of the record (a deleted one's too) this write replaces; 0 where there is none.
    """

    key: str
    payload: bytes | None
    schema: int
    expected: int = 0
    expires_at: float | None = None
