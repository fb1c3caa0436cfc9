"""Where records are kept: the contract of a store, and the stores of this package.

In: owners, keys, records as bytes. Out: the same, and `Conflict` where somebody else was first.
Must never know: values, sessions, Streamlit. `RedisStore` and `SQLStore` are here as well; their
drivers are imported when one is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._record import Record, Write
from ._contract import Announcer, Renewer, Store, Timekeeper
from ._extras import EXTRAS, extra
from ._memory import MemoryStore
from ._open import open_store
from ._sqlite.store import SQLiteStore

if TYPE_CHECKING:
    from ._redis.store import RedisStore as RedisStore
    from ._sql.store import SQLStore as SQLStore
else:

    def __getattr__(name: str) -> type[Store]:
        if name in EXTRAS:
            return extra(name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Announcer",
    "MemoryStore",
    "Record",
    "Renewer",
    "SQLiteStore",
    "Store",
    "Timekeeper",
    "Write",
    "open_store",
]
