"""Turns what an earlier run of the script has left into values of the types of this run.

A list, a dict or an instance stays the one that it is, so that who else holds it sees the same;
only what cannot be changed in place, such as the member of an enum, is replaced.
"""

from __future__ import annotations

import contextlib
import logging
from enum import Enum
from typing import Any

from ..errors import Unreadable
from .own import attributes, base_of, complete, shape_of
from .plain import NATIVE
from .registry import qualified
from .types import Types, is_native


def renewed(value: Any, types: Types) -> Any:
    """Return a value, all of whose instances of types that the script has named are of these."""
    if not types or is_native(value):
        return value
    try:
        return _Renewal(types).of(value)
    except Exception:
        # What the script has defined runs code of the script; writing the value says more.
        _log.exception("A value of an earlier run could not be renewed")
        return value


_log = logging.getLogger(__name__)


class _Renewal:
    def __init__(self, types: Types) -> None:
        self._types = types
        self._newest: dict[type, type | None] = {}
        self._done: dict[int, tuple[Any, Any]] = {}
        """By identity: what was seen, kept alive meanwhile, and what it has become."""

    def of(self, value: Any) -> Any:
        kind = type(value)
        if kind in NATIVE and kind not in _CONTAINERS:
            return value
        if (done := self._done.get(id(value))) is not None:
            return done[1]
        self._done[id(value)] = value, value
        found = self._inside(value) if kind in _CONTAINERS else self._own(value, kind)
        self._done[id(value)] = value, found
        return found

    def _inside(self, value: Any) -> Any:
        if type(value) is dict:
            return self._dict(value)
        items = [self.of(item) for item in value]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        if type(value) is not list:
            return type(value)(items)
        value[:] = items
        return value

    def _dict(self, value: dict[Any, Any]) -> Any:
        pairs = [(key, self.of(key), item, self.of(item)) for key, item in value.items()]
        if any(key is not new for key, new, _, _ in pairs):
            value.clear()  # the new keys take the places of the old ones
            value.update((new, item) for _, new, _, item in pairs)
            return value
        for key, _, old, new in pairs:
            if new is not old:
                value[key] = new
        return value

    def _own(self, value: Any, kind: type) -> Any:
        newest = self._newest_of(kind)
        if newest is None:
            return value
        if issubclass(kind, Enum):
            return value if newest is kind else self._made(value, newest)
        self._fields(value)
        if newest is kind:
            return value
        return value if self._became(value, newest) else self._made(value, newest)

    def _newest_of(self, kind: type) -> type | None:
        if kind not in self._newest:
            name = qualified(kind)
            known = (codec.type for codec in self._types.codecs.values() if codec.kind == name)
            self._newest[kind] = next(known, None) or self._types.newest(name)
        return self._newest[kind]

    def _fields(self, value: Any) -> None:
        """Renew what an instance holds."""
        if isinstance(value, dict):
            for key, item in list(dict.items(value)):
                if (new := self.of(item)) is not item:
                    dict.__setitem__(value, key, new)
        elif isinstance(value, list):
            list.__setitem__(value, slice(None), [self.of(item) for item in list.__iter__(value)])
        for name, held in attributes(value).items():
            if (new := self.of(held)) is not held:
                _set(value, name, new)

    def _became(self, value: Any, newest: Any) -> bool:
        """Make an instance one of the newest definition, if Python lets it be that."""
        if base_of(newest) not in (None, dict, list):
            return False
        try:
            fields = complete(newest, attributes(value))
            object.__setattr__(value, "__class__", newest)
        except (TypeError, Unreadable):
            return False
        for name, held in fields.items():
            if not hasattr(value, name):
                _set(value, name, held)
        return True

    def _made(self, value: Any, newest: type) -> Any:
        old, new = shape_of(type(value)), shape_of(newest)
        for codec in self._types.codecs.values():
            if codec.type is newest:
                return codec.load(codec.dump(value))
        if old is None or new is None:
            return value
        # A definition that has lost a member or got a field without a default cannot hold it.
        with contextlib.suppress(Unreadable):
            return new.made(newest, self.of(old.state(value)))
        return value


_CONTAINERS = frozenset({list, dict, tuple, set, frozenset})


def _set(value: Any, name: str, held: Any) -> None:
    with contextlib.suppress(AttributeError, TypeError):
        object.__setattr__(value, name, held)
