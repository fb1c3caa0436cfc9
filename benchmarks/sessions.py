"""Many live sessions on one server: what each of them takes, in memory and in threads."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.pages import APPS
from benchmarks.stats import Row, row
from tests.support.server import Server, serve
from tests.support.session import LiveSession

NAME = "sessions"
TARGET_KB = 50.0
# Sessions that warm the server up: what is imported and cached once is not counted.
_WARM = 20
# The script's thread and ours end within that time after a run.
_REST = 3.0


def measure(_browser: object, quick: bool) -> list[Row]:
    if not sys.platform.startswith("linux"):
        print("left out: only Linux tells how much memory a process has to itself")
        return []
    sessions = 20 if quick else 200
    plain, plain_threads = _measured("plain", sessions)
    kept, kept_threads = _measured("kept", sessions)
    which = f"{sessions} idle sessions"
    return [
        row(NAME, f"memory of one of {which}", "plain", "kB", [plain]),
        row(NAME, f"memory of one of {which}", "kept", "kB", [kept]),
        row(NAME, "of that: more than plain", "kept", "kB", [kept - plain], target=TARGET_KB),
        row(NAME, f"threads left by {which}", "plain", "", [plain_threads]),
        # One sweeper looks after all sessions of the process.
        row(NAME, f"threads left by {which}", "kept", "", [kept_threads], target=0),
    ]


def _measured(kind: str, count: int) -> tuple[float, float]:
    """Return what one more session takes, in kB, and how many threads all of them leave."""
    with ExitStack() as stack:
        server = stack.enter_context(serve(APPS / "sessions.py"))
        collector = stack.enter_context(LiveSession(server.url, query="collect=1"))

        def begin(number: int) -> None:
            for _ in range(number):
                session = stack.enter_context(LiveSession(server.url, query=f"kind={kind}"))
                session.run()
                session.click("Increase")
                if session.texts != ["1 clicks"]:
                    raise RuntimeError(f"the click was not counted: {session.texts}")

        begin(_WARM)
        memory, threads = _at_rest(server, collector)
        begin(count)
        memory_with, threads_with = _at_rest(server, collector)
        return (memory_with - memory) / count, threads_with - threads


def _at_rest(server: Server, collector: LiveSession) -> tuple[float, int]:
    """Return the server's own memory in kB and its threads, once it has come to rest."""
    time.sleep(_REST)  # an idle session is measured, and idle threads take a while to end
    collector.run()
    time.sleep(_REST)
    process = Path(f"/proc/{server.process.pid}")
    lines = (process / "smaps_rollup").read_text().splitlines()[1:]
    sizes = {name: float(rest.split()[0]) for name, _, rest in (x.partition(":") for x in lines)}
    return sizes["Private_Clean"] + sizes["Private_Dirty"], len(list((process / "task").iterdir()))
