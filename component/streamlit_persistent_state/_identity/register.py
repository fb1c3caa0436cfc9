"""What a store says of itself: its id, the key of its cookies, and the apps that keep values in it.

All of it lies in one record of the store, made once: it is the same on all replicas, and goes along
when the store is copied or moved.
"""

from __future__ import annotations

import logging
import secrets
import threading
from weakref import WeakValueDictionary

import msgspec

from .._process import current
from .._record import Record, Write
from .._sync.breaker import health_of
from ..errors import Conflict, StoreUnavailable
from ..stores import Store
from .app import UNNAMED

_log = logging.getLogger(__name__)

OWNER, KEY = "store", "register"
_SCHEMA = 1
_RECHECK = 60.0
"""Seconds until the store is asked again: it may have been emptied, or another put in its place."""


class Facts(msgspec.Struct, frozen=True):
    """What a store says of itself.

    Attributes
    ----------
    id : str
        A part of the cookie's name: two stores on one host name have a cookie each.
    key : str
        Signs cookies where no secret is configured.
    apps : tuple of str
        Names of the apps that may have kept values here, the oldest first.
    has_older : bool
        Whether there were records already: version 0.1 has kept them under names without an app.
    """

    id: str
    key: str
    apps: tuple[str, ...] = (UNNAMED,)
    has_older: bool = False


class Register:
    """The facts of one store, asked for once in a while."""

    def __init__(self, store: Store) -> None:
        # Holding the store keeps another from getting its place in the table below.
        self.store = store
        self._health = health_of(store)
        self._facts: Facts | None = None
        self._due = 0.0
        self._lock = threading.Lock()

    @property
    def known(self) -> Facts | None:
        """What the store has said already."""
        return self._facts

    def facts(self) -> Facts:
        """Return what the store says of itself; what it has said holds while it is away.

        Raises
        ------
        StoreUnavailable
            It has not said so yet.
        """
        known = self._facts
        if known is not None and current().monotonic() < self._due:
            return known
        with self._lock:
            known = self._facts
            if known is not None and current().monotonic() < self._due:
                return known
            self._due = current().monotonic() + _RECHECK
            try:
                self._facts = self._agree(known)
            except StoreUnavailable:
                if known is None:
                    raise
                return known
            return self._facts

    def enroll(self, app: str) -> None:
        """Note that an app is about to keep values here.

        Raises
        ------
        StoreUnavailable
            It is not noted.
        """
        if app in self.facts().apps:
            return
        with self._lock:
            self._facts = self._agree(self._facts, app)
        others = [one for one in self._facts.apps if one not in (UNNAMED, app)]
        if len(others) == 1 and self._facts.apps[-1] == app:
            _log.warning(
                "The app %r is new to its store, which has values of one other, %r. If that is an "
                "older name of this app, say configure(app=%r)",
                *(app, others[0], others[0]),
            )

    def _agree(self, known: Facts | None, app: str | None = None) -> Facts:
        """Return what the store has, after putting there what it lacks."""
        attempts = self._health.attempts()
        while True:
            next(attempts)
            with self._health.reading():
                record = self.store.load(OWNER, [KEY]).get(KEY)
            found = _read(record)
            facts = found or known or self._made()
            if app is not None and app not in facts.apps:
                facts = msgspec.structs.replace(facts, apps=(*facts.apps, app))
            if found == facts:
                return facts
            revision = 0 if record is None else record.revision
            writes = [Write(KEY, msgspec.json.encode(facts), _SCHEMA, revision)]
            if found is None and record is not None and record.payload is not None:
                _log.error("The store's own record cannot be read: it is quarantined, made anew")
                name = f"{KEY} (unreadable, revision {record.revision})"
                writes.append(Write(name, record.payload, record.schema))
            try:
                with self._health.writing():
                    self.store.commit(OWNER, writes)
            except Conflict:
                continue
            return facts

    def _made(self) -> Facts:
        with self._health.reading():
            has_older = next(iter(self.store.records()), None) is not None
        return Facts(secrets.token_hex(8), secrets.token_urlsafe(32), has_older=has_older)


def _read(record: Record | None) -> Facts | None:
    if record is None or record.payload is None:
        return None
    try:
        return msgspec.json.decode(record.payload, type=Facts)
    except msgspec.MsgspecError:
        return None


_registers: WeakValueDictionary[int, Register] = WeakValueDictionary()
_lock = threading.Lock()


def register_of(store: Store) -> Register:
    """Return the register of a store; what it knows lives as long as somebody holds it."""
    with _lock:
        found = _registers.get(id(store))
        if found is None:
            found = _registers[id(store)] = Register(store)
        return found
