"""Where records are kept: the contract of a store, and the stores of this package.

`RedisStore` is here as well; its driver is imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._record import Record, Write
from ._contract import Store
from ._memory import MemoryStore
from ._open import open_store
from ._sqlite import SQLiteStore

__all__ = ["MemoryStore", "Record", "SQLiteStore", "Store", "Write", "open_store"]

if TYPE_CHECKING:
    from ._redis import RedisStore as RedisStore
else:

    def __getattr__(name: str) -> Any:
        if name == "RedisStore":
            from ._redis import RedisStore

            return RedisStore
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
