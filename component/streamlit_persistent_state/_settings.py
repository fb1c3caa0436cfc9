"""Where state is kept: what `configure` says, then the environment, then secrets, then a file."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ._value import shown
from .errors import InvalidArgument, StoreError
from .stores import Store, open_store

_ENVIRONMENT = "STREAMLIT_PERSISTENT_STATE_"
_SECRET_CHARS = 16


@dataclass(frozen=True)
class Settings:
    """What holds for the whole process.

    Attributes
    ----------
    secret : tuple of str
        The first signs the identity cookie, all are accepted; none for a secret of the process.
    expire_after : timedelta or None
        How long a record is kept after its last write.
    """

    store: str | Store = "sqlite:///.streamlit/persistent_state.db"
    secret: tuple[str, ...] = ()
    cookie: str = "streamlit_persistent_state"
    max_value_bytes: int = 5 * 2**20
    expire_after: timedelta | None = None


_configured: dict[str, Any] = {}
_stores: dict[str, Store] = {}
_lock = threading.Lock()


def configure(
    *,
    store: str | Store | None = None,
    secret: str | Sequence[str] | None = None,
    cookie: str | None = None,
    max_value_bytes: int | None = None,
    expire_after: timedelta | None = None,
) -> None:
    """Say where and how state is kept; call it as often as you like, before `persist`.

    What is not given is taken from the environment (``STREAMLIT_PERSISTENT_STATE_STORE``,
    ``…_SECRET``, ``…_COOKIE``, ``…_MAX_VALUE_BYTES``, ``…_EXPIRE_AFTER`` in seconds), then from
    ``[persistent_state]`` in ``.streamlit/secrets.toml`` under the same names in lower case.

    Parameters
    ----------
    store : str or Store, default "sqlite:///.streamlit/persistent_state.db"
        A URL for `stores.open_store`, or a store.
    secret : str or list of str, optional
        Signs the identity cookie. Of several, the first signs and all are accepted, so that keys
        can be rotated. Replicas need the same one.
    cookie : str, default "streamlit_persistent_state"
        The cookie's name.
    max_value_bytes : int, default 5 MiB
        Largest encoded value of one key.
    expire_after : timedelta, optional
        How long a record is kept after its last write. None keeps it for good.

    Raises
    ------
    InvalidArgument
        An argument has a wrong type or value.
    """
    said = _checked(locals())
    with _lock:
        _configured.update(said)


def current(secrets_table: Mapping[str, Any]) -> Settings:
    """Return the settings in force; `secrets_table` is the one in secrets.toml."""
    environment = {
        name: os.environ[_ENVIRONMENT + name.upper()]
        for name in _CHECKS
        if os.environ.get(_ENVIRONMENT + name.upper())
    }
    return Settings(
        **{**_checked(_numbers(secrets_table)), **_checked(_numbers(environment)), **_configured}
    )


def names_a_store() -> bool:
    """Whether `configure` has named a store."""
    return "store" in _configured


def opened(store: str | Store) -> Store:
    """Return the store itself; one per URL and process."""
    if not isinstance(store, str):
        return store
    with _lock:
        if store not in _stores:
            _stores[store] = open_store(store)
        return _stores[store]


def sweep_stores() -> None:
    """Remove what has expired from the stores that are open; a store that cannot is left alone."""
    for store in list(_stores.values()):
        with suppress(StoreError):
            store.sweep()


def _numbers(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with the texts of numbers and seconds read."""
    read = dict(table)
    try:
        if "max_value_bytes" in read:
            read["max_value_bytes"] = int(read["max_value_bytes"])
        if "expire_after" in read:
            read["expire_after"] = timedelta(seconds=float(read["expire_after"]))
    except (TypeError, ValueError):
        raise InvalidArgument("max_value_bytes and expire_after must be numbers") from None
    return read


def _checked(said: Mapping[str, Any]) -> dict[str, Any]:
    unknown = said.keys() - _CHECKS.keys()
    if unknown:
        raise InvalidArgument(
            f"[persistent_state] in secrets.toml has {min(unknown)!r}; "
            f"it may have {', '.join(_CHECKS)}"
        )
    return {name: _CHECKS[name](value) for name, value in said.items() if value is not None}


def _checked_store(store: Any) -> str | Store:
    if isinstance(store, str):
        open_store(store)  # opens no file and no connection yet
        return store
    if isinstance(store, Store):
        return store
    raise InvalidArgument(f"store must be a URL or a stores.Store, got {shown(store)}")


def _checked_secret(secret: Any) -> tuple[str, ...]:
    found = (secret,) if isinstance(secret, str) else secret
    if (
        not isinstance(found, (list, tuple))
        or not found
        or not all(isinstance(one, str) and len(one) >= _SECRET_CHARS for one in found)
    ):
        raise InvalidArgument(
            f"secret must be a str of {_SECRET_CHARS} characters or more, or a list of such"
        )
    return tuple(found)


def _checked_cookie(cookie: Any) -> str:
    if not isinstance(cookie, str) or not cookie.isascii() or not cookie.isidentifier():
        raise InvalidArgument(
            f"cookie must be a name of ASCII letters, digits and _, got {shown(cookie)}"
        )
    return cookie


def _checked_size(size: Any) -> int:
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise InvalidArgument(f"max_value_bytes must be a positive int, got {shown(size)}")
    return size


def _checked_age(age: Any) -> timedelta:
    if not isinstance(age, timedelta) or age <= timedelta(0):
        raise InvalidArgument(f"expire_after must be a positive timedelta, got {shown(age)}")
    return age


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "store": _checked_store,
    "secret": _checked_secret,
    "cookie": _checked_cookie,
    "max_value_bytes": _checked_size,
    "expire_after": _checked_age,
}
