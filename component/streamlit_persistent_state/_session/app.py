"""The app that a session runs: what it is called, and that its store knows it."""

from __future__ import annotations

import logging
from contextlib import suppress

from .._identity.app import UNNAMED, app_name
from .._identity.register import Register, register_of
from .._settings import Settings
from .._streamlit.runtime import Run
from ..errors import StoreUnavailable
from ..stores import MemoryStore, SQLiteStore, Store

_log = logging.getLogger(__name__)

_told: set[str] = set()


class App:
    """What belongs to one app of a store, as one session sees it."""

    def __init__(self) -> None:
        self._script: str | None = None
        self._name = UNNAMED
        self._register: Register | None = None
        self._enrolled_as: str | None = None

    def name(self, settings: Settings, run: Run) -> str:
        """Return the name that is configured, or one after the script."""
        if settings.app is not None:
            return settings.app
        if run.is_app_test or run.main_script is None:
            return UNNAMED
        if run.main_script != self._script:
            self._script, self._name = run.main_script, app_name(run.main_script)
        return self._name

    @property
    def has_older(self) -> bool:
        """Whether the store may have values of version 0.1."""
        known = None if self._register is None else self._register.known
        return known is not None and known.has_older

    def enroll(self, name: str, store: Store, *, is_configured: bool) -> None:
        """Have the store know the app before it keeps anything of it; the next run tries again."""
        if name in (self._enrolled_as, UNNAMED):
            return
        if not is_configured and not isinstance(store, (MemoryStore, SQLiteStore)):
            _tell(name)
        self._register = register_of(store)
        with suppress(StoreUnavailable):
            self._register.enroll(name)
            self._enrolled_as = name


def _tell(name: str) -> None:
    """Log once in a process that a server's store gets a name nobody has chosen."""
    if name not in _told:
        _told.add(name)
        _log.warning(
            "The values of this app are kept under the name %r, after its script. Say "
            "configure(app=...) to choose one that stays when the script is moved or renamed",
            name,
        )
