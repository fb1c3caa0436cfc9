"""A store that fails at every point in every way, as several processes see it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Any

import msgspec

from streamlit_persistent_state._process import running_in
from streamlit_persistent_state._sync.transfer import UNDER_WAY
from streamlit_persistent_state.errors import StoreError, StoreUnavailable
from streamlit_persistent_state.stores import MemoryStore, Store, Write

from .processes import SimulatedProcess, Time


class Fault(Enum):
    """What becomes of one call."""

    REFUSED = "refused"
    ANSWER_LOST = "answer lost"
    LATE = "comes late, and nobody waits for the answer"


_WRITING = frozenset({"commit", "delete", "touch", "renew"})


class Server:
    """Where the records lie: one store, or another one that was put in its place.

    Attributes
    ----------
    number : int
        Which of the stores answers now.
    changed : set of str
        Owners whose records were written since somebody last cleared it.
    deleted : callable
        Called with the owner and the keys (None for all) of what is deleted, and in which store.
    moved : callable
        Called with an owner whose records go to another, and with that one.
    """

    def __init__(self, time: Time, stores: list[Store], skew: float = 0.0) -> None:
        self.process = SimulatedProcess(time, skew)
        self._stores = stores
        self.number = 0
        self.changed: set[str] = set()
        self.deleted: Callable[[str, Any, int], None] = lambda owner, keys, store: None
        self.moved: Callable[[str, str], None] = lambda owner, target: None
        self._late: list[Callable[[], Any]] = []

    def replace(self) -> None:
        """Put another store in the place of this one, or the first one back."""
        self.number = (self.number + 1) % len(self._stores)

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return self._call(self._stores[self.number], name, *args, **kwargs)

    def _call(self, store: Store, name: str, *args: Any, **kwargs: Any) -> Any:
        with running_in(self.process):
            answer = getattr(store, name)(*args, **kwargs)
            if name == "records":
                answer = iter(list(answer))
        if name in _WRITING:
            self.changed.add(args[0])
        number = self._stores.index(store)
        if name == "delete":
            self.deleted(args[0], args[1] if len(args) > 1 else None, number)
        elif name == "commit" and (gone := [w.key for w in args[1] if w.payload is None]):
            notes = [write.payload for write in args[1] if write.key == UNDER_WAY]
            if notes:
                self.moved(args[0], msgspec.msgpack.decode(notes[0])["target"])
            else:
                self.deleted(args[0], gone, number)
        return answer

    def call_late(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Do this some time later, in the store that is in place now."""
        store = self._stores[self.number]
        self._late.append(lambda: self._call(store, name, *args, **kwargs))

    def do_late_calls(self) -> None:
        late, self._late = self._late, []
        for call in late:
            with suppress(StoreError):
                call()

    def copy(self, owner: str) -> Store:
        """Return a store with what lies here of one owner, for somebody who only looks."""
        copy = MemoryStore()
        found = self.call("records", owner)
        copy.commit(owner, [Write(key, r.payload or b"", r.schema) for _, key, r in found])
        return copy


class View:
    """The store as one process sees it, through a connection that fails.

    Attributes
    ----------
    faults : list of Fault
        What becomes of the next calls.
    meanwhile : list of callable
        What others do while the next call is on its way.
    """

    def __init__(self, server: Server, process: SimulatedProcess) -> None:
        self._server, self._process = server, process
        self.faults: list[Fault] = []
        self.meanwhile: list[Callable[[], None]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or not hasattr(MemoryStore, name):
            raise AttributeError(name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._call(name, *args, **kwargs)

        return call

    def _call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        fault = self.faults.pop(0) if self.faults else None
        self._let_others()
        if fault is Fault.LATE and name in _WRITING:
            self._server.call_late(name, *args, **kwargs)
        elif fault is not Fault.REFUSED and not (fault and name not in _WRITING):
            answer = self._server.call(name, *args, **kwargs)
            if fault is None:
                self._let_others()
                return answer
        raise StoreUnavailable(f"{name}: {fault.value if fault else ''}")

    def _let_others(self) -> None:
        if not self.meanwhile or self._process.is_busy:
            return
        act = self.meanwhile.pop(0)
        self._process.is_busy = True
        try:
            act()
        finally:
            self._process.is_busy = False
