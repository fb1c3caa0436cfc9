"""A proxy on the loopback interface: it counts round trips, is slow, and loses what it is given."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Proxy:
    """Passes on what clients and a server say to each other.

    Attributes
    ----------
    round_trips : int
        How often a client has said something and the server has answered.
    delay : float
        Seconds that each message takes longer.
    lossy : bool
        Nothing is passed on any more, and nobody is told.
    swallow_answer : bool
        The server's next answer is lost, and with it the connection.
    """

    def __init__(self, port: int) -> None:
        self.round_trips = 0
        self.delay = 0.0
        self.lossy = self.swallow_answer = False
        self._server = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = [self._listener]
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    def close(self) -> None:
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for one in self._sockets:
            one.close()

    def drop(self) -> None:
        """Cut all connections."""
        for one in self._sockets[1:]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                self._sockets += client, server
                said: list[bool] = [False]
                self._start(self._pass_on, client, server, said, True)
                self._start(self._pass_on, server, client, said, False)

    def _pass_on(
        self, source: socket.socket, target: socket.socket, said: list[bool], client: bool
    ) -> None:
        with suppress(OSError):
            while data := source.recv(2**16):
                if self.lossy:
                    continue
                if client:
                    said[0] = True
                elif self.swallow_answer:
                    self.swallow_answer = False
                    break
                elif said[0]:
                    said[0] = False
                    self.round_trips += 1
                if self.delay:
                    time.sleep(self.delay)
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy(port: int) -> Iterator[Proxy]:
    """Run a proxy for a server on `port` until the block ends."""
    running = Proxy(port)
    try:
        yield running
    finally:
        running.close()
