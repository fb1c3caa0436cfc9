"""A limit to how long a server may let a call wait, whatever its driver raises."""

from __future__ import annotations

import socket
import threading

from streamlit_persistent_state.stores._watch import Watch


class Broken:
    """A connection whose driver has closed it, and says so in an error of its own."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    def fileno(self) -> int:
        self.asked.set()
        raise KeyError("the connection is closed")


def test_no_error_of_a_driver_ends_the_watch() -> None:
    """A call that hangs afterwards is still cut."""
    watch, broken = Watch(0.01), Broken()
    ours, theirs = socket.socketpair()
    with ours, theirs, watch.call(broken, 0.0):
        assert broken.asked.wait(10)
        with watch.call(ours, 0.01) as call:
            ours.settimeout(10)
            assert ours.recv(1) == b""  # it was shut down
        assert call.cut
