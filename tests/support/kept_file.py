"""What lies in an SQLite file, seen from another process."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from streamlit_persistent_state._codec.envelope import value_in


def value_of(file: Path, key: str) -> Any:
    """Return what the file, which must be whole, holds of a key; None for nothing."""
    if not file.exists():
        return None
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = connection.execute(
            "SELECT payload, schema FROM record WHERE key = ? AND payload NOT NULL", (key,)
        ).fetchone()
    return value_in(*found) if found else None
