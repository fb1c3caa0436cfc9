"""How long a change in a fragment waits for the store beside many sessions that have fragments.

``python -m benchmarks.crowd 1 50 1000`` says so for that many sessions in one server.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.pages import APPS
from streamlit_persistent_state._codec.envelope import value_in
from streamlit_persistent_state.stores import Store, open_store
from tests.support.server import serve
from tests.support.tab import Browser

CHANGES = 20


def measure(sessions: int) -> list[float]:
    """Return the milliseconds that changes of one session took until they were stored."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        server = stack.enter_context(serve(APPS / "windows.py", folder=Path(name)))
        tabs = [stack.enter_context(Browser(server.url).open()) for _ in range(sessions)]
        store = open_store(f"sqlite:///{name}/.streamlit/persistent_state.db")
        stack.callback(store.close)
        waits = []
        for _ in range(CHANGES):
            before = _changed(store)
            tabs[0].set("In a fragment", trigger_value=True)
            tabs[0].request()
            while (made := max(_changed(store) - before, default=0.0)) == 0.0:
                time.sleep(0.001)  # between two looks at a condition
            waits.append((time.time() - made) * 1000)
            tabs[0].wait()
        return waits


def _changed(store: Store) -> set[float]:
    found = [record for _, key, record in store.records() if key == "changed"]
    return {value_in(r.payload, r.schema) for r in found if r.payload is not None}


if __name__ == "__main__":
    for count in map(int, sys.argv[1:] or ("1", "50", "1000")):
        waits = measure(count)
        print(f"{count} sessions: median {median(waits):.0f} ms, longest {max(waits):.0f} ms")
