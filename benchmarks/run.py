"""Measure the widget next to Streamlit's own: ``python -m benchmarks.run [--quick] [--only NAME]``.

Everything that is compared is measured in turns, in one run, with one browser and one server, so
that a busy machine slows all of it down alike. What counts is a ratio, never a time.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import (
    bundles,
    bursts,
    calls,
    chart,
    clicks,
    kept,
    latency,
    load,
    peers,
    postgres,
    report,
    reruns,
    sessions,
    shares,
    soak,
    stores,
    throughput,
    windows,
)
from tests.support.browser import chromium

_PARTS = (
    *(bursts, clicks, shares, load, bundles, calls, kept, reruns, windows),
    *(stores, postgres, throughput, latency, sessions, soak, peers),
)
PARTS: dict[str, ModuleType] = {part.NAME: part for part in _PARTS}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="few samples: does it run at all?")
    options.add_argument("--only", choices=PARTS, action="append", help="one part; repeatable")
    chosen = options.parse_args()

    results = report.load()
    parts = results.setdefault("parts", {})
    with chromium() as browser:
        for name in chosen.only or PARTS:
            print(f"\n{name}: {(PARTS[name].__doc__ or '').splitlines()[0]}", flush=True)
            rows = PARTS[name].measure(browser, chosen.quick)
            if not rows:
                continue  # the part has said why
            print(report.table(rows), flush=True)
            parts[name] = {
                "quick": chosen.quick,
                "environment": report.environment(browser),
                "rows": [row.as_json() for row in rows],
            }
            report.save(results)
    chart.save(results)


if __name__ == "__main__":
    main()
