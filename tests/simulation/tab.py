"""One session of an app: what the package does for it, with a dict for session state.

Stands where `_session` and the front door stand, and goes through the same ports of the keeper and
of the widget's binding.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from streamlit_persistent_state._record import GONE, MISSING
from streamlit_persistent_state._sync.keeper import Keeper
from streamlit_persistent_state._sync.ledger import Terms
from streamlit_persistent_state._widget.binding import Binding
from streamlit_persistent_state._widget.record import Merger, read, record_of
from streamlit_persistent_state._widget.state import State
from streamlit_persistent_state._widget.value import CounterText, Limits
from streamlit_persistent_state.errors import StoreUnavailable, Unreadable
from streamlit_persistent_state.stores import Store

from .page import Mount
from .processes import SimulatedProcess
from .server import View
from .values import BARE, DEFAULTS, KEYS, WIDGET

_ASSERTED_RUNS = 4
_START = CounterText()


class Tab:
    """A tab with the session behind it.

    Parameters
    ----------
    owner : str
        Whose values it shows.
    mount : Mount, optional
        The widget of a page that was there before its session.
    greets : bool
        Whether the script fills in an empty name.

    Attributes
    ----------
    state : dict of str to object
        Session state.
    is_running : bool
        A thread is at work for its script, so no other is.
    """

    def __init__(
        self,
        process: SimulatedProcess,
        view: View | Store,
        owner: str,
        terms: Terms,
        *,
        mount: Mount | None = None,
        greets: bool = False,
    ) -> None:
        self.process, self.owner, self.mount, self.greets = process, owner, mount, greets
        self.state: dict[str, Any] = {}
        self.is_running = False
        bindings: dict[str, Binding] = {}
        self._bindings = bindings
        state = self.state

        def snapshot() -> Mapping[str, Any]:
            values = dict(state)
            for key, binding in bindings.items():
                values[key] = record_of(key, binding, values.get(key))
            return values

        self._snapshot = snapshot
        # No reference to this tab: that would be a cycle, which ends when it pleases.
        self.keeper = Keeper(view, owner, snapshot, terms)
        self._declared: set[str] = set()
        self._waiting: set[str] = set()
        self._asserted: dict[str, tuple[Any, int]] = {}

    # what a script and its callbacks do

    def run(self) -> None:
        """Run the script."""
        self.begin()
        new = [key for key in KEYS if key not in self._declared]
        for key in KEYS:
            self._declare(key)
        if new:
            self.keeper.restore(new)
        for key in KEYS:
            self._assign(key)
        if self.greets and not self.state["name"]:
            self.state["name"] = "nobody"
        self._show_widget()
        self.is_running = False
        # Each session looks at once when a run has ended, whatever its store does.
        values = self._snapshot()
        seen = {key: values.get(key, MISSING) for key in self._declared}
        self.keeper.look_at_new(seen, is_all=False)

    def begin(self) -> None:
        if self.is_running:
            return
        self.is_running = True
        self.keeper.began = self.process.monotonic()
        if self._declared:
            self.keeper.runs += 1
            self.keeper.adopt()
            self.keeper.offer()

    def acts(self) -> None:
        """Note that the user does something: what the script does from now on is his doing."""
        self.keeper.end_of_start()

    def _declare(self, key: str) -> None:
        default = MISSING if key in BARE else copy.deepcopy(DEFAULTS[key])
        self.keeper.declare(key, default)
        if key not in self._declared:
            self._declared.add(key)
            self._waiting.add(key)

    def _assign(self, key: str) -> None:
        current = self.state.get(key, MISSING)
        value = self.keeper.incoming(key, current)
        if value is GONE:
            self._asserted.pop(key, None)
            self.state.pop(key, None)
            self.keeper.taken(key, GONE)
            return
        if value is not MISSING:
            self._asserted[key] = (copy.deepcopy(value), _ASSERTED_RUNS)
        elif current is MISSING:
            value = self.keeper.entries[key].value
        elif self._is_asserted(key, current):
            value = current
        if value is not MISSING:
            self.state[key] = value
            self.keeper.taken(key, value)
        elif key in self._waiting:
            self.keeper.taken(key, MISSING)
        self._waiting.discard(key)

    def _is_asserted(self, key: str, current: Any) -> bool:
        value, runs = self._asserted.pop(key, (MISSING, 0))
        if runs <= 1 or value != current:
            return False
        self._asserted[key] = (value, runs - 1)
        return True

    def increment(self, key: str, by: int) -> None:
        self.begin()
        with self.keeper.adding(key, by):
            self.state[key] = self.state.get(key, 0) + by

    def reset(self, key: str) -> bool:
        """Set a key back to its default; whether the store knows of it."""
        try:
            self.keeper.clear(key)
            known = True
        except StoreUnavailable:
            known = False
            if key in BARE:
                self.keeper.delete(key, next_run=False)
        if key in BARE:
            self.state.pop(key, None)
        else:
            self.state[key] = copy.deepcopy(DEFAULTS[key])
        return known

    def delete(self, key: str, *, next_run: bool) -> None:
        """Delete a key from session state, in a callback or at the end of the script."""
        if not next_run:
            self.begin()
        self.state.pop(key, None)
        self._asserted.pop(key, None)
        self.keeper.delete(key, next_run=next_run)

    @property
    def deleting(self) -> frozenset[str]:
        """Keys that the script has deleted, and the store not yet."""
        entries = self.keeper.entries.items()
        return frozenset(key for key, entry in entries if entry.is_deleted)

    def forget(self, keys: list[str] | None) -> None:
        """Delete some keys or all; raises StoreUnavailable where nothing was deleted."""
        self.keeper.forget(keys)
        for key in list(self._declared) if keys is None else keys:
            self._declared.discard(key)
            self._asserted.pop(key, None)
            self._bindings.pop(key, None)
            self.state.pop(key, None)
            if key == WIDGET:
                self.mount = None

    def look_around(self) -> bool:
        self.is_running = True
        is_news = self.keeper.look_around()
        self.is_running = False
        return is_news

    def save(self, *, insist: bool = False) -> bool:
        return self.keeper.save(insist=insist)

    @property
    def pending(self) -> frozenset[str]:
        """Keys that are said to be unsaved."""
        return frozenset(self.keeper.pending)

    def quarantined(self) -> dict[str, list[Any]]:
        """Return what lies in quarantine; of the widget, its counters."""
        found = self.keeper.quarantined([*KEYS, WIDGET])
        records = found.pop(WIDGET, [])
        return {**found, WIDGET: [read(record).value.counter for record in records]}

    # the widget

    @property
    def binding(self) -> Binding | None:
        return self._bindings.get(WIDGET)

    def tell(self) -> None:
        """Bring to Python what the page's widget has to say, as a callback does."""
        if self.binding is not None:
            self._take_message(self.binding)

    def reset_widget(self) -> None:
        """Do what `reset` does in a callback."""
        if self.binding is not None:
            self._take_message(self.binding)
            self.binding.reset()
            self._store(self.binding)

    def _take_message(self, binding: Binding) -> None:
        message = None
        if self.mount is not None and self.mount.state == binding.id:
            message = self.mount.message()
        if message is not None:
            binding.apply(message)
        self._store(binding)

    def _store(self, binding: Binding) -> None:
        if self.state.get(WIDGET) is not binding.value:
            self.state[WIDGET] = binding.value
        binding.stored = binding.value

    def _show_widget(self) -> None:
        binding = self._bindings[WIDGET] = self._restored()
        self._take_message(binding)
        pushed = binding.pushed()
        if self.mount is None or self.mount.state != binding.id:
            self.mount = Mount(self.process.token(), binding.id, pushed)
        else:
            self.mount.push(pushed)
        if binding.own is None:
            self._take_message(binding)

    def _restored(self) -> Binding:
        binding = self.binding
        if WIDGET not in self._declared:
            self.keeper.declare(WIDGET, MISSING, Merger(_START))
            self.keeper.restore([WIDGET])
            self._declared.add(WIDGET)
        current = MISSING
        if binding is not None:
            current = record_of(WIDGET, binding, self.state.get(WIDGET))
        record = self.keeper.incoming(WIDGET, current)
        state = None
        if record is not MISSING:
            with suppress(Unreadable):
                state = read(record)
        if binding is None:
            binding = Binding(_START, state or State(_START), Limits())
        elif state is not None:
            binding.adopt(state)
        if state is not None:
            self._store(binding)
        self.keeper.taken(WIDGET, record)
        return binding

    def value(self, key: str) -> Any:
        """Return what session state holds; of the widget, its counter."""
        if key == WIDGET:
            return self.binding.value.counter if self.binding is not None else 0
        return self.state[key] if key in self.state else copy.deepcopy(DEFAULTS[key])
