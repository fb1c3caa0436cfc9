"""How much a browser downloads of the built widget, and of what a page does unseen."""

from __future__ import annotations

import gzip
from pathlib import Path

import streamlit_persistent_state
from benchmarks.stats import Row, row

NAME = "bundles"
LIMITS = {"inline": 69.0, "iframe": 71.0, "page": 2.0}


def measure(_browser: object, _quick: bool) -> list[Row]:
    assets = Path(streamlit_persistent_state.__file__).parent / "_assets"
    rows = []
    for host, limit in LIMITS.items():
        files = [path for path in (assets / host).rglob("*") if path.is_file()]
        if not files:
            raise FileNotFoundError(f"{assets / host} is empty: run `npm run build` first")
        size = sum(len(gzip.compress(path.read_bytes(), 9)) for path in files) / 1000
        rows.append(row(NAME, "all files, gzip", host, "kB", [size], target=limit))
    return rows
