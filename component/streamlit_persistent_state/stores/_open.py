"""From a URL to a store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from ..errors import InvalidArgument
from ._contract import Store
from ._extras import extra
from ._memory import MemoryStore
from ._sqlite.store import SQLiteStore

_FORMS = (
    "memory://, sqlite:///relative/path.db, sqlite:////absolute/path.db, redis://host:6379/0 "
    "(also rediss://, valkey://, unix:// and redis+sentinel://), "
    "postgresql://user:password@host/database"
)
_EXTRAS = {
    "redis": "RedisStore",
    "rediss": "RedisStore",
    "valkey": "RedisStore",
    "unix": "RedisStore",
    "redis+sentinel": "RedisStore",
    "postgresql": "SQLStore",
    "postgresql+psycopg": "SQLStore",
    "postgres": "SQLStore",
}


def open_store(url: str) -> Store:
    """Return the store that a URL names.

    Parameters
    ----------
    url : str
        ``memory://``, ``sqlite:///relative/path.db``, ``sqlite:////absolute/path.db``,
        ``postgresql://user:password@host/database``, or one of the URLs of `RedisStore`.

    Raises
    ------
    InvalidArgument
        The URL has another form, or the store needs a package that is not installed.
    """
    if not isinstance(url, str):
        raise InvalidArgument(f"store must be a URL or a store, got {type(url).__name__}")
    scheme, _, rest = url.partition("://")
    if scheme == "memory" and not rest:
        return MemoryStore()
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        return SQLiteStore(_path(unquote(rest[1:])))
    if scheme in _EXTRAS:
        store: Store = extra(_EXTRAS[scheme])(url)
        return store
    # A URL may hold a password, which does not belong into a message.
    raise InvalidArgument(f"store begins with {scheme[:20]!r}; the forms are {_FORMS}")


def _path(text: str) -> Path:
    if "\0" in text:
        raise InvalidArgument("store names a file with a NUL character")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise InvalidArgument(f"store names a file in an unknown home: {error}") from None
