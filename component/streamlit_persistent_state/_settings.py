"""Where state is kept: what `configure` says, then the environment, then secrets, then a file."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeAlias, get_args

from ._checks import shown
from .errors import InvalidArgument, StoreError
from .stores import Store, open_store
from .stores._contract import Placed
from .stores._guarded import guarded, unguarded

_log = logging.getLogger(__name__)

_ENVIRONMENT = "STREAMLIT_PERSISTENT_STATE_"
_SECRET_CHARS = 16
MAX_APP_CHARS = 200
"""Longest name of an app, which is a part of every owner's name."""
_NEVER = "never"

BROWSER_BYTES = 256 * 2**20
"""What all encoded values of a browser may take where nothing else is said."""

OnLogin: TypeAlias = Literal["adopt", "keep"]


@dataclass(frozen=True)
class Settings:
    """What holds for the whole process.

    Attributes
    ----------
    secret : tuple of str
        The first signs the identity cookie, all are accepted; none for one that lies in the store.
    cookie : str or None
        The cookie's whole name; None is one for each store.
    app : str or None
        Whose values these are; None is the name of the script.
    max_value_bytes : int
        Largest encoded value of one key.
    max_owner_bytes : int or None
        What all encoded values of a browser, a user or the app together may take; None is
        `BROWSER_BYTES` for a browser, and no limit for others.
    expire_after : timedelta or None
        How long a record is kept after its last write.
    expire_visitors_after : timedelta or None
        How long the records of a browser are kept after its last visit.
    on_login : str
        Whether a user takes over what the browser has collected before the log-in.
    show_warnings : bool or None
        Whether the page says what is not kept, and when nothing can be saved; None where its
        developer looks at it.
    """

    store: str | Store = "sqlite:///.streamlit/persistent_state.db"
    secret: tuple[str, ...] = ()
    cookie: str | None = None
    app: str | None = None
    max_value_bytes: int = 5 * 2**20
    max_owner_bytes: int | None = None
    expire_after: timedelta | None = None
    expire_visitors_after: timedelta | None = timedelta(days=400)
    on_login: OnLogin = "adopt"
    show_warnings: bool | None = None


_configured: Mapping[str, Any] = {}
"""What `configure` has said; another one as soon as it says something else."""
_stores: dict[str, Store] = {}
_lock = threading.Lock()


def configure(
    *,
    store: str | Store | None = None,
    secret: str | Sequence[str] | None = None,
    cookie: str | None = None,
    app: str | None = None,
    max_value_bytes: int | None = None,
    max_owner_bytes: int | None = None,
    expire_after: timedelta | None = None,
    expire_visitors_after: timedelta | Literal["never"] | None = None,
    on_login: OnLogin | None = None,
    show_warnings: bool | None = None,
) -> None:
    """Say where and how state is kept; call it as often as you like, before `persist`.

    What is not given is taken from the environment (``STREAMLIT_PERSISTENT_STATE_STORE``,
    ``…_SECRET``, and so on; times in seconds), then from ``[persistent_state]`` in
    ``.streamlit/secrets.toml`` under the same names in lower case.

    Parameters
    ----------
    store : str or Store, default "sqlite:///.streamlit/persistent_state.db"
        A URL for `stores.open_store`, or a store.
    secret : str or list of str, optional
        Signs the identity cookie instead of a secret that lies in the store. Of several, the first
        signs and all are accepted; in the environment, commas stand between them. Adding or
        removing one forgets nobody. Replicas need the same one.
    cookie : str, optional
        The cookie's name. By default it begins with ``streamlit_persistent_state_`` and ends in an
        id that lies in the store, so that apps on one host name do not take each other's. Two
        stores whose cookies you give one name forget each other's visitors.
    app : str, optional
        The app whose values are kept. Two apps that use one store and shall share values say the
        same. By default it is the path of the main script in its project: below the nearest
        folder that holds ``.streamlit``, ``pyproject.toml`` or ``.git``.
    max_value_bytes : int, default 5 MiB
        Largest encoded value of one key.
    max_owner_bytes : int, optional
        What all encoded values of a browser, a user or the app together may take. By default
        256 MiB for a browser, since anybody may be one, and no limit for a user and for the app.
        A value that would exceed it is not saved; `persist` raises `ValueTooLarge`.
    expire_after : timedelta, optional
        How long a record is kept after its last write. None keeps it for good.
    expire_visitors_after : timedelta or "never", default 400 days
        How long what is kept with ``scope="browser"`` outlives the last visit; a browser forgets
        who it is after 400 days. What a script has only started with, in a first visit in which
        the user has changed nothing, goes a day after its end.
    on_login : {"adopt", "keep"}
        What becomes of values that a browser has collected with ``scope="browser"`` under keys
        that are kept with ``scope="user"`` after the log-in: the user adopts those he or she has
        none for, or they stay with the browser.
    show_warnings : bool, optional
        Show below the page which keys cannot be kept and why, in every run until it is mended,
        and a toast, once, when nothing can be saved for now. By default where the page's host is
        localhost, and in an ``AppTest``; all of it is logged in any case.

    Raises
    ------
    InvalidArgument
        An argument has a wrong type or value.
    """
    global _configured
    said = _checked(locals())
    with _lock:
        if "store" in said:
            said["store"] = _already_open(said["store"])
        if any(said[name] != _configured.get(name) for name in said):
            _configured = {**_configured, **said}


def configured() -> Mapping[str, Any]:
    """Return what `configure` has said so far, the same object until it says something else."""
    return _configured


def current(secrets_table: Mapping[str, Any]) -> Settings:
    """Return the settings in force; `secrets_table` is the one in secrets.toml."""
    environment: dict[str, Any] = {
        name: os.environ[_ENVIRONMENT + name.upper()]
        for name in _CHECKS
        if os.environ.get(_ENVIRONMENT + name.upper())
    }
    if "secret" in environment:
        environment["secret"] = [one.strip() for one in environment["secret"].split(",")]
    return Settings(
        **{**_checked(_read(secrets_table)), **_checked(_read(environment)), **_configured}
    )


def _already_open(store: str | Store) -> str | Store:
    """Return the store in force where `store` is the same one, or the same place, made anew."""
    held: Any = _configured.get("store")
    if isinstance(store, str):
        return store
    place = store.place if isinstance(store, Placed) else None
    is_same = place is not None and place == getattr(held, "place", None)
    return held if is_same or unguarded(held) is store else guarded(store)


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
    """Remove what has expired from the stores in use; a store that cannot is left alone."""
    stores = list(_stores.values())
    if isinstance(handed_in := _configured.get("store"), Store):
        stores.append(handed_in)
    for store in stores:
        try:
            store.sweep()
        except StoreError as error:
            _log.warning("A store could not be swept; the next hour tries again: %s", error)


def _read(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with the texts of numbers, seconds and switches read."""
    read = dict(table)
    for name in read.keys() & _READERS.keys():
        try:
            read[name] = _READERS[name](read[name])
        except (KeyError, TypeError, ValueError):
            raise InvalidArgument(f"{name} must be {_FORMS[name]}, got {read[name]!r}") from None
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
    methods = {name for name in vars(Store) if not name.startswith("_")}
    missing = sorted(name for name in methods if not hasattr(store, name))
    lacks = f", which lacks {', '.join(missing)}" if len(missing) < len(methods) else ""
    raise InvalidArgument(f"store must be a URL or a stores.Store, got {shown(store)}{lacks}")


def _checked_secret(secret: Any) -> tuple[str, ...]:
    found = (secret,) if isinstance(secret, str) else secret
    if (
        not isinstance(found, (list, tuple))
        or not found
        or not all(isinstance(one, str) and len(one) >= _SECRET_CHARS for one in found)
    ):
        raise InvalidArgument(
            f"secret must be a str of {_SECRET_CHARS} characters or more, or a list of such; in "
            "the environment commas stand between them"
        )
    return tuple(found)


def _checked_cookie(cookie: Any) -> str:
    if not isinstance(cookie, str) or not cookie.isascii() or not cookie.isidentifier():
        raise InvalidArgument(
            f"cookie must be a name of ASCII letters, digits and _, got {shown(cookie)}"
        )
    return cookie


def _checked_app(app: Any) -> str:
    if (
        not isinstance(app, str)
        or not 0 < len(app) <= MAX_APP_CHARS
        or not app.isprintable()
        or app != app.strip()
    ):
        raise InvalidArgument(
            f"app must be a name of 1 to {MAX_APP_CHARS} printable characters, got {shown(app)}"
        )
    return app


def _checked_size(name: str) -> Callable[[Any], int]:
    def check(size: Any) -> int:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise InvalidArgument(f"{name} must be a positive int, got {shown(size)}")
        return size

    return check


def _checked_age(age: Any) -> timedelta:
    if not isinstance(age, timedelta) or age <= timedelta(0):
        raise InvalidArgument(f"expire_after must be a positive timedelta, got {shown(age)}")
    return age


def _checked_visitors_age(age: Any) -> timedelta | None:
    if age == _NEVER:
        return None
    if not isinstance(age, timedelta) or age <= timedelta(0):
        raise InvalidArgument(
            f"expire_visitors_after must be a positive timedelta or 'never', got {shown(age)}"
        )
    return age


def _checked_on_login(choice: Any) -> str:
    if choice not in get_args(OnLogin):
        raise InvalidArgument(f"on_login must be 'adopt' or 'keep', got {shown(choice)}")
    return str(choice)


def _checked_switch(switch: Any) -> bool:
    if not isinstance(switch, bool):
        raise InvalidArgument(f"show_warnings must be a bool, got {shown(switch)}")
    return switch


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "store": _checked_store,
    "secret": _checked_secret,
    "cookie": _checked_cookie,
    "app": _checked_app,
    "max_value_bytes": _checked_size("max_value_bytes"),
    "max_owner_bytes": _checked_size("max_owner_bytes"),
    "expire_after": _checked_age,
    "expire_visitors_after": _checked_visitors_age,
    "on_login": _checked_on_login,
    "show_warnings": _checked_switch,
}

# Of the environment and of secrets.toml, where everything may be a text.
_SWITCHES = {"true": True, "1": True, "false": False, "0": False}
_READERS: dict[str, Callable[[Any], Any]] = {
    "max_value_bytes": int,
    "max_owner_bytes": int,
    "expire_after": lambda seconds: timedelta(seconds=float(seconds)),
    "expire_visitors_after": lambda age: _NEVER if age == _NEVER else _READERS["expire_after"](age),
    "show_warnings": lambda switch: _SWITCHES[str(switch).lower()],
}
_FORMS = {
    "max_value_bytes": "a number",
    "max_owner_bytes": "a number",
    "expire_after": "a number of seconds",
    "expire_visitors_after": "a number of seconds or never",
    "show_warnings": "true or false",
}
