"""Says once in the log that values of a type are kept as those of a simpler one."""

from __future__ import annotations

import logging

from .registry import qualified

_log = logging.getLogger(__name__)

_noted: set[str] = set()


def note_simplified(kind: type, kept_as: str, reason: str | None = None) -> None:
    name = qualified(kind)
    if name in _noted:
        return
    _noted.add(name)
    way_out = f"Name the type to get it back: persist(..., types=[{kind.__name__}])."
    _log.warning(
        "Values of %s are kept as %s, and come back as that. %s", name, kept_as, reason or way_out
    )
