"""One key of one owner in one session: what session state holds, and what the store does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from ._codec import SCHEMA, decode
from ._record import Record, Write
from .errors import NotStorable, ValueTooLarge


class _Missing:
    def __repr__(self) -> str:
        return "missing"


MISSING: Any = _Missing()
"""No value: neither restored, nor assigned, nor declared as a default."""


Merge: TypeAlias = Callable[[Any, Any, Any], Any]


def last_writer(base: object, mine: Any, theirs: object) -> Any:
    """Return `mine`."""
    return mine


@dataclass
class Entry:
    """One key of a keeper.

    Attributes
    ----------
    default : object
        What the script declared, as bytes so that nobody changes it in place; None for no default.
    revision : int
        Of the record this session's value is based on, 0 for none.
    payload : bytes or None
        What the store holds at that revision.
    value : object
        What session state held when the keeper last looked.
    mark : bytes
        The fingerprint of that value: tells a change in place.
    pending : bytes or None
        Encoded, and not acknowledged by the store.
    incoming : object
        What session state shall take at its next run.
    merge : callable
        Makes one value of (base, mine, theirs).
    start : bytes or None
        What the script itself has put there in the first run, where nothing was stored.
    fresh : bool
        Session state has not taken its first value yet: what it holds gives way to that.
    restored : bool
        Whether that first value came from the store.
    aside : Record or None
        What could not be read; it is stored under another key before it is overwritten.
    problem : Exception or None
        Why the present value cannot be saved.
    """

    key: str
    default: bytes | None = None
    example: object = None
    revision: int = 0
    payload: bytes | None = None
    value: Any = MISSING
    mark: bytes = b""
    pending: bytes | None = None
    incoming: Any = MISSING
    merge: Merge = last_writer
    start: bytes | None = None
    fresh: bool = True
    restored: bool = False
    aside: Record | None = None
    problem: NotStorable | ValueTooLarge | None = None

    def default_value(self) -> Any:
        if self.default is None:
            return MISSING
        return decode(self.default, SCHEMA, default=self.example)

    def put_aside(self) -> Write:
        """Return what keeps the unreadable record beside the one that takes its place."""
        assert self.aside is not None
        assert self.aside.payload is not None
        key = f"{self.key} (unreadable, revision {self.aside.revision})"
        return Write(key, self.aside.payload, self.aside.schema)
