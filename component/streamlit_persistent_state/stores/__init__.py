"""Where records are kept: the contract of a store, and the stores of this package."""

from __future__ import annotations

from .._record import Record, Write
from ._contract import Store
from ._memory import MemoryStore
from ._open import open_store
from ._sqlite import SQLiteStore

__all__ = ["MemoryStore", "Record", "SQLiteStore", "Store", "Write", "open_store"]
