"""A network in which a connection can go away without a word, as when a cable is pulled."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_CHUNK = 2**16


class Network:
    """Forwards connections to a port of this machine; those that exist at a `cut` are never heard of again."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._ear = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._ear.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._dead: set[socket.socket] = set()

    def cut(self) -> None:
        """Let what exists fall silent; both sides believe that it is still there. New connections work."""
        self._dead.update(self._ends)

    def close(self) -> None:
        for end in (self._ear, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def serve(self) -> None:
        while True:
            try:
                ours, _ = self._ear.accept()
            except OSError:
                return
            theirs = socket.create_connection(("127.0.0.1", self._to))
            self._ends += [ours, theirs]
            for source, sink in ((ours, theirs), (theirs, ours)):
                threading.Thread(target=self._forward, args=(source, sink), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(_CHUNK):
                if source not in self._dead:
                    sink.sendall(chunk)
            if source not in self._dead:
                sink.shutdown(socket.SHUT_WR)


@contextmanager
def network_to(port: int) -> Iterator[Network]:
    network = Network(port)
    threading.Thread(target=network.serve, daemon=True).start()
    try:
        yield network
    finally:
        network.close()
