"""The results as text and as JSON."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from benchmarks.stats import Row

RESULTS = Path(__file__).parent / "results.json"
_HEADINGS = ("measure", "of", "median", "quartiles", "n", "x", "range of x", "target", "")


def environment(browser: Browser) -> dict[str, Any]:
    return {
        "system": platform.system(),
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "streamlit": version("streamlit"),
        "chromium": browser.version,
    }


def table(rows: list[Row]) -> str:
    """Return an aligned table; `x` is the ratio against the kind named in `against`."""
    lines = [_HEADINGS, *map(_cells, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_HEADINGS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    ratio, spread, target = "", "", ""
    if row.ratio is not None:
        ratio = f"{row.ratio:.2f}"
        spread = f"{row.ratio_low:.2f} .. {row.ratio_high:.2f}"
    if row.target is not None:
        target = f"{'>=' if row.at_least else '<='} {row.target:g}"
    return (
        row.measure,
        row.kind,
        f"{_short(row.median)} {row.unit}".strip(),
        "" if row.samples == 1 else f"{_short(row.low)} .. {_short(row.high)}",
        str(row.samples),
        ratio,
        spread,
        target,
        _verdict(row),
    )


def _verdict(row: Row) -> str:
    if row.target is None:
        return ""
    verdict = "met" if row.met else "MISSED"
    low, high = row.ratio_low, row.ratio_high
    if low is not None and high is not None and low <= row.target <= high:
        return f"{verdict}, within the noise"
    return verdict


def _short(number: float) -> str:
    return f"{number:.3g}" if abs(number) < 100 else f"{number:.0f}"


def load() -> dict[str, Any]:
    """Return the results on file, so that a part that was not measured again stays."""
    if RESULTS.exists():
        found: dict[str, Any] = json.loads(RESULTS.read_text())
        return found
    return {}


def save(results: dict[str, Any]) -> None:
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
