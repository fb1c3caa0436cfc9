"""Many thousand visits to one process: what is left of them, with the package and without.

``python -m benchmarks.soak [--visits N]`` prints a report; as a part of `benchmarks.run` it makes
rows. Half of the visits touch nothing and bring no cookie, as those of monitors and of crawlers
that run scripts; a tenth click, a tenth upload a file that nobody waits for, and the others are by
200 browsers that come back. Crawlers that only fetch the page start no session at all.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.report import table
from benchmarks.stats import Row, row
from benchmarks.visitors import Left

NAME = "soak"
TARGET_KB = 1.0
_VISITS, _QUICK = 20_000, 400
_SQLITE_DESCRIPTORS = 15
"""Five connections, each with its file, its log and its index."""


def measure(_browser: object, quick: bool) -> list[Row]:
    if not sys.platform.startswith("linux"):
        print("left out: only Linux tells how much memory a process has to itself")
        return []
    return _rows(_QUICK if quick else _VISITS)


def _rows(visits: int) -> list[Row]:
    plain, kept = _soaked("plain", visits), _soaked("kept", visits)
    half = visits - visits // 2
    grown, grown_plain = ((found[2].memory - found[1].memory) / half for found in (kept, plain))
    begun, _, ended, rested = kept
    which = f"the second half of {visits} visits"

    def one(measure: str, kind: str, unit: str, value: float, target: float | None = None) -> Row:
        return row(NAME, measure, kind, unit, [value], target=target)

    return [
        one(f"memory per visit, {which}", "plain", "kB", grown_plain),
        one(f"memory per visit, {which}", "kept", "kB", grown),
        one("of that: more than plain", "kept", "kB", grown - grown_plain, TARGET_KB),
        one("threads at rest, more than at first", "kept", "", rested.threads - begun.threads, 0),
        one(
            "descriptors at rest, more than plain",
            "kept",
            "",
            rested.descriptors - plain[-1].descriptors,
            _SQLITE_DESCRIPTORS,
        ),
        one("objects at rest, more than at first", "kept", "", rested.objects - begun.objects, 0),
        one("records at the end", "kept", "", ended.records),
        one("of those: live for more than two days", "kept", "", ended.lasting),
    ]


def _soaked(kind: str, visits: int) -> list[Left]:
    """Return what is there after some visits that warm up, after one half, both, and a rest."""
    folder = Path(__file__).parent.parent
    paths = os.pathsep.join([str(folder), str(folder / "component")])
    with TemporaryDirectory(prefix="soak-") as place:
        command = [sys.executable, "-m", "benchmarks.visitors", kind, str(visits)]
        with subprocess.Popen(
            command, cwd=place, env={**os.environ, "PYTHONPATH": paths}, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            found = []
            for line in process.stdout:
                found.append(Left(**json.loads(line)))
                print(f"{kind}: {found[-1]}", flush=True)
    if process.returncode or len(found) != 4:
        raise RuntimeError(f"the visits to the {kind} page did not come to their end")
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--visits", type=int, default=_VISITS)
    print(table(_rows(options.parse_args().visits)))


if __name__ == "__main__":
    main()
