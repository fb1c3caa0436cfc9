"""A store that the app has handed in: whatever it does, what comes out is the contract."""

from __future__ import annotations

import logging
from asyncio import CancelledError
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from .._record import Record, Write
from ..errors import StoreError, StoreUnavailable
from ._contract import Announcer, Placed, Renewer, Store, Timekeeper

_log = logging.getLogger(__name__)

_PACKAGE = __name__.partition(".")[0]


def guarded(store: Store) -> Store:
    """Return `store` with its driver's errors turned into `StoreUnavailable`.

    The stores of this package see to that themselves. Of another one nobody can know what it
    raises, and a page must not end with it.
    """
    if type(store).__module__.partition(".")[0] == _PACKAGE:
        return store
    able = [part for kind, part in _ABILITIES if isinstance(store, kind)]
    kind = type(type(store).__name__, (*able, _Guarded), {})
    return cast("Store", kind(store))


def unguarded(store: Store) -> Store:
    """Return what `guarded` was given."""
    return store.inner if isinstance(store, _Guarded) else store


class _Guarded:
    """A store's mandatory methods."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __repr__(self) -> str:
        return repr(self.inner)

    @contextmanager
    def _calling(self, method: str) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            if str(error):
                raise
            # Trouble without a word would be none.
            raise self._failed(method, f"raised {type(error).__name__}") from error
        # The store's own event loop may have been stopped.
        except (Exception, CancelledError) as error:
            _log.debug("%s.%s has failed", type(self).__name__, method, exc_info=True)
            said = f": {error}" if str(error) else ""
            raise self._failed(method, f"raised {type(error).__name__}{said}") from error

    def _failed(self, method: str, how: str) -> StoreUnavailable:
        return StoreUnavailable(f"{type(self).__name__}.{method}() {how}")

    def _records(self, method: str, found: Any, *, all_of: Collection[str] = ()) -> Any:
        """Return an answer that is one; a store that forgets to return says None."""
        if not isinstance(found, Mapping):
            raise self._failed(method, f"returned {type(found).__name__}, not a dict")
        if not all(isinstance(record, Record) for record in found.values()):
            raise self._failed(method, "returned a dict of something else than records")
        if missing := [key for key in all_of if key not in found]:
            raise self._failed(method, f"returned no record of {missing[0]!r}")
        return found

    def load(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        with self._calling("load"):
            found = self._records("load", self.inner.load(owner, keys))
            return {key: found[key] for key in keys if key in found}

    def revisions(self, owner: str, keys: Collection[str]) -> dict[str, int]:
        with self._calling("revisions"):
            return dict(self.inner.revisions(owner, keys))

    def exists(self, owner: str) -> bool:
        with self._calling("exists"):
            return bool(self.inner.exists(owner))

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        with self._calling("commit"):
            found = self.inner.commit(owner, writes, max_bytes=max_bytes)
            keys = [write.key for write in writes]
            return dict(self._records("commit", found, all_of=keys))

    def delete(self, owner: str, keys: Collection[str] | None = None) -> dict[str, Record]:
        with self._calling("delete"):
            return dict(self._records("delete", self.inner.delete(owner, keys)))

    def touch(self, owner: str, keys: Collection[str], expires_at: float | None) -> None:
        with self._calling("touch"):
            self.inner.touch(owner, keys, expires_at)

    def sweep(self) -> int:
        with self._calling("sweep"):
            return int(self.inner.sweep())

    def size(self, owner: str) -> int:
        with self._calling("size"):
            return int(self.inner.size(owner))

    def records(self, owner: str | None = None) -> Iterator[tuple[str, str, Record]]:
        with self._calling("records"):
            yield from self.inner.records(owner)

    def close(self) -> None:
        with self._calling("close"):
            self.inner.close()


class _Placed(_Guarded):
    @property
    def place(self) -> Hashable | None:
        return cast("Hashable | None", self.inner.place)


class _Renewing(_Guarded):
    def renew(
        self, owner: str, expires_at: float | None, *, after_write: float | None = None
    ) -> int:
        with self._calling("renew"):
            return int(self.inner.renew(owner, expires_at, after_write=after_write))


class _TellingTime(_Guarded):
    def now(self) -> float:
        with self._calling("now"):
            return float(self.inner.now())


class _Announcing(_Guarded):
    def announce(self, text: str) -> None:
        with self._calling("announce"):
            self.inner.announce(text)

    def announcements(self) -> Iterator[str | None]:
        with self._calling("announcements"):
            yield from self.inner.announcements()


_ABILITIES: tuple[tuple[Any, type[_Guarded]], ...] = (
    (Placed, _Placed),
    (Renewer, _Renewing),
    (Timekeeper, _TellingTime),
    (Announcer, _Announcing),
)
