"""The seam through which clocks, randomness and threads come in."""

from __future__ import annotations

import threading
import time

from streamlit_persistent_state import _process
from streamlit_persistent_state._process import Process, running_in
from streamlit_persistent_state._workers import Job
from streamlit_persistent_state.stores import MemoryStore, Write


class Elsewhere(Process):
    def now(self) -> float:
        return 86_400.0


def test_a_store_goes_by_the_clock_of_its_process() -> None:
    """Times and revisions come from the simulated process while it is simulated."""
    store = MemoryStore()
    with running_in(Elsewhere()):
        written = store.commit("o", [Write("k", b"1", 1)])["k"]
    assert written.updated_at == 86_400.0
    assert written.revision == 86_400_000_000
    assert store.commit("o", [Write("k", b"2", 1, written.revision)])["k"].updated_at > 86_400.0


def test_all_are_called_at_once() -> None:
    """Each job has a thread of its own; two that wait for each other end."""
    barrier = threading.Barrier(2, timeout=10)
    waited: list[int] = []
    _process.current().run_all(
        [Job(lambda: waited.append(barrier.wait())) for _ in range(2)], patience=10
    )
    assert sorted(waited) == [0, 1]


def test_the_patience_is_for_all_together() -> None:
    """Jobs that take long go on, and nobody waits for them."""
    over = threading.Event()
    before = time.monotonic()
    _process.current().run_all([Job(lambda: over.wait(10)) for _ in range(5)], patience=0.01)
    assert time.monotonic() - before < 5
    over.set()
