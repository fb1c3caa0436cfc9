"""What every store promises."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from typing import Protocol, runtime_checkable

from .._record import Record, Write

TOMBSTONE_SECONDS = 30 * 24 * 3600.0
"""How long a store remembers that a record was deleted."""

RESERVED = "\0"
"""What the keys begin with under which the package keeps notes of its own."""


@runtime_checkable
class Store(Protocol):
    """Keeps records by owner and key.

    Every method may be called from several threads at once, and raises `StoreUnavailable` when the
    store cannot be reached, is locked, full, read-only or damaged. `testing.StoreContract` holds
    the tests that a store must pass.

    Whether a record has expired is a matter of the store's own clock, where it has one: a server
    of the app whose clock is wrong must not take the records of all others away.
    """

    def load(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        """Return the records of `keys` in one round trip.

        Deleted records are among them, with ``payload=None``; expired ones are not.
        """
        ...

    def revisions(self, owner: str, keys: Collection[str]) -> dict[str, int]:
        """Return what `load` would, but only the revision of each record."""
        ...

    def exists(self, owner: str) -> bool:
        """Return whether there is any record of this owner, deleted ones included."""
        ...

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        """Write all of `writes` or none of them, and return the new records.

        A write without payload leaves what `delete` leaves, also where there was no record.

        Parameters
        ----------
        max_bytes : int, optional
            What all payloads of the owner together may take afterwards.

        Raises
        ------
        Conflict
            A record is not at the revision that its write expects. Nothing was written.
        OwnerFull
            The owner's payloads would take more than `max_bytes`. Nothing was written.
        """
        ...

    def delete(self, owner: str, keys: Collection[str] | None = None) -> dict[str, Record]:
        """Delete records, all of the owner if `keys` is None, and return what marks the deletion.

        What is deleted counts as a record without payload for 30 days, so that a session which
        still holds the old value meets a `Conflict`.
        """
        ...

    def touch(self, owner: str, keys: Collection[str], expires_at: float | None) -> None:
        """Move the expiry of records, without a new revision."""
        ...

    def sweep(self) -> int:
        """Remove what has expired, and return how many records that were."""
        ...

    def size(self, owner: str) -> int:
        """Return the bytes of all payloads of an owner."""
        ...

    def records(self, owner: str | None = None) -> Iterator[tuple[str, str, Record]]:
        """Yield ``(owner, key, record)`` of what is not deleted or expired, for an export."""
        ...

    def close(self) -> None:
        """Let go of connections and files; every later call raises `StoreUnavailable`."""
        ...


@runtime_checkable
class Placed(Protocol):
    """What a store may tell besides: where its records lie."""

    @property
    def place(self) -> Hashable | None:
        """Equal for two stores with the same records; None where that is unknown, or it is closed.

        A script that makes its store anew in each run goes on with the first.
        """
        ...


@runtime_checkable
class Renewer(Protocol):
    """What a store may do besides: move the expiry of all records of an owner in one round trip.

    Of a store that does not, the records are listed, and touched where that is due.
    """

    def renew(
        self, owner: str, expires_at: float | None, *, after_write: float | None = None
    ) -> int:
        """Let the records of an owner live on, and return how many those are.

        Deleted ones, and those whose key begins with a NUL character, keep their expiry and do not
        count. No revision changes.

        Parameters
        ----------
        expires_at : float or None
            Until when: one that has an earlier expiry, or none, gets this one. None: for good.
        after_write : float, optional
            Seconds after its last write that a record may live at most.
        """
        ...


@runtime_checkable
class Timekeeper(Protocol):
    """What a store may do besides: tell the time by which it stamps deletions.

    Of a store that does not, the clocks of all machines must agree to a second or so.
    """

    def now(self) -> float:
        """Return the store's time, in seconds since 1970 (UTC).

        Raises
        ------
        StoreUnavailable
            The store cannot be reached.
        """
        ...


@runtime_checkable
class Announcer(Protocol):
    """What a store may do besides: pass short texts between processes, now or never."""

    def announce(self, text: str) -> None:
        """Send a text of at most 200 ASCII characters to all that listen, this process included.

        Raises
        ------
        StoreUnavailable
            Nobody may have heard it.
        """
        ...

    def announcements(self) -> Iterator[str | None]:
        """Yield what is announced from the first item on, which is None.

        None follows also once a second or so, whether or not there was something. An iterator that
        is closed lets go of its connection.

        Raises
        ------
        StoreUnavailable
            The connection is lost.
        """
        ...
