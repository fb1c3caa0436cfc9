"""A store of somebody else: the mandatory methods and no more, which fail as they are told to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from streamlit_persistent_state.stores import MemoryStore, Record, Write


class OddStore:
    """Hands everything to a store in memory, unless `fault` does something else.

    Attributes
    ----------
    inner : MemoryStore
        What it keeps; another one is a store that has lost everything.
    fault : callable or None
        Called with a method's name before it does anything.
    methods : collection of str
        Whose calls `fault` hears of; all if empty.
    """

    def __init__(self) -> None:
        self.inner = MemoryStore()
        self.fault: Callable[[str], object] | None = None
        self.methods: Collection[str] = ()

    def fail(self, error: BaseException, *methods: str) -> None:
        """Raise `error` from now on, in `methods` or in all."""

        def fault(method: str) -> None:
            raise error

        self.fault, self.methods = fault, methods

    def recover(self) -> None:
        self.fault = None

    def _call(self, method: str, *args: Any, **options: Any) -> Any:
        if self.fault is not None and (not self.methods or method in self.methods):
            self.fault(method)
        return getattr(self.inner, method)(*args, **options)

    def load(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        return self._call("load", owner, keys)  # type: ignore[no-any-return]

    def revisions(self, owner: str, keys: Collection[str]) -> dict[str, int]:
        return self._call("revisions", owner, keys)  # type: ignore[no-any-return]

    def exists(self, owner: str) -> bool:
        return self._call("exists", owner)  # type: ignore[no-any-return]

    def commit(
        self, owner: str, writes: Sequence[Write], *, max_bytes: int | None = None
    ) -> dict[str, Record]:
        return self._call("commit", owner, writes, max_bytes=max_bytes)  # type: ignore[no-any-return]

    def delete(self, owner: str, keys: Collection[str] | None = None) -> dict[str, Record]:
        return self._call("delete", owner, keys)  # type: ignore[no-any-return]

    def touch(self, owner: str, keys: Collection[str], expires_at: float | None) -> None:
        self._call("touch", owner, keys, expires_at)

    def sweep(self) -> int:
        return self._call("sweep")  # type: ignore[no-any-return]

    def size(self, owner: str) -> int:
        return self._call("size", owner)  # type: ignore[no-any-return]

    def records(self, owner: str | None = None) -> Iterator[tuple[str, str, Record]]:
        return self._call("records", owner)  # type: ignore[no-any-return]

    def close(self) -> None:
        self._call("close")
