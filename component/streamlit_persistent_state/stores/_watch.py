"""A limit to how long a server may let a call wait."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol


class HasSocket(Protocol):
    """A connection that tells its socket's number."""

    def fileno(self) -> int: ...


class Call:
    """One use of a connection.

    Attributes
    ----------
    cut : bool
        It took too long, and its connection was shut down.
    """

    def __init__(self, connection: HasSocket, deadline: float) -> None:
        self.connection, self.deadline = connection, deadline
        self.cut = False


class Watch:
    """Shuts down the sockets of calls that take too long, so that whoever waits there goes on.

    A server that is paused, or behind a network that has failed, says nothing at all, and no
    setting of a client library makes a blocking call notice. One thread watches all calls; it is
    there while there are any.

    Parameters
    ----------
    period : float
        Seconds that every call may take at least.
    """

    def __init__(self, period: float) -> None:
        self._period = period
        self.restart()

    def restart(self) -> None:
        """Begin anew in a forked process, which has none of the threads."""
        self._lock = threading.Lock()
        self._calls: set[Call] = set()
        self._begun = 0
        self._watching = False

    @contextmanager
    def call(self, connection: HasSocket, seconds: float) -> Iterator[Call]:
        call = Call(connection, time.monotonic() + seconds)
        with self._lock:
            self._calls.add(call)
            self._begun += 1
            if not self._watching:
                # A process that ends may start no thread; its last calls have no limit.
                with suppress(RuntimeError):
                    threading.Thread(target=self._watch, daemon=True).start()
                    self._watching = True
        try:
            yield call
        finally:
            with self._lock:
                self._calls.discard(call)

    def _watch(self) -> None:
        seen, now = -1, time.monotonic()
        while True:
            with self._lock:
                if not self._calls and self._begun == seen:
                    self._watching = False
                    return
                seen = self._begun
                for call in self._calls:
                    if call.deadline <= now and not call.cut:
                        call.cut = True
                        _shut_down(call.connection)
                deadlines = [call.deadline for call in self._calls if not call.cut]
            # A call that begins meanwhile ends no earlier than one period from now.
            time.sleep(max(0.0, min([*deadlines, now + self._period]) - now))
            now = time.monotonic()


def _shut_down(connection: HasSocket) -> None:
    # It may have been closed from either side in this moment, which each driver says in errors of
    # its own. None of them may end the thread that watches all the others.
    with (
        suppress(Exception),
        socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as shared,
    ):
        shared.shutdown(socket.SHUT_RDWR)
