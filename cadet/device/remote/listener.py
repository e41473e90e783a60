"""The ear of the agent: hears in a thread of its own, so that an end of the connection is noticed during a run."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from types import FrameType

from cadet.device.remote.wire import SILENCE_S, Message, heard
from cadet.errors import Interrupted

_CHUNK = 2**16
STOP = "stop"  # the one question that does not wait for its turn: what is going on is interrupted


@dataclass(frozen=True)
class Asked:
    """A question of the host, and the bytes that came with it."""

    what: str
    message: Message
    body: bytes = b""


class Listener:
    """Questions in order of arrival, None at the end: the host hung up, died, fell silent, or we got SIGTERM.

    What runs inside `interruptible` is struck by Interrupted when that happens, once; what runs outside, such as
    putting the device back, never is. Lives in the main thread, which is where signals are handled.
    """

    def __init__(self, descriptor: int, *, silence_s: float = SILENCE_S) -> None:
        self._descriptor, self._silence_s = descriptor, silence_s
        self._questions: SimpleQueue[Asked | None] = SimpleQueue()  # may be filled from a signal handler
        self._pending = b""
        self._working = self._struck = False
        self._thread = threading.Thread(target=self._listen, name="cadet-ear", daemon=True)

    def start(self) -> None:
        """Begin to hear; SIGTERM is an end of the connection, other signals of a terminal mean nothing here."""
        signal.signal(signal.SIGTERM, self._strike)
        for number in (signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        self._thread.start()

    def __iter__(self) -> Iterator[Asked]:
        return iter(self._questions.get, None)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let the end of the connection strike this block."""
        self._working = True
        try:
            yield
        finally:
            self._working = False

    def _listen(self) -> None:
        try:
            for asked in self._heard():
                self._questions.put(asked)
                if asked.what == STOP:
                    break
        finally:
            self._questions.put(None)
            os.kill(os.getpid(), signal.SIGTERM)

    def _heard(self) -> Iterator[Asked]:
        while (line := self._until(b"\n")) is not None:
            message = heard(line)
            if message is None or message.get("ask") == "beat":
                continue
            body = self._exactly(message.get("bytes", 0))
            if body is None:
                return
            yield Asked(str(message.get("ask")), message, body)

    def _until(self, end: bytes) -> bytes | None:
        while end not in self._pending:
            if not self._more():
                return None
        line, _, self._pending = self._pending.partition(end)
        return line

    def _exactly(self, size: int) -> bytes | None:
        while len(self._pending) < size:
            if not self._more():
                return None
        body, self._pending = self._pending[:size], self._pending[size:]
        return body

    def _more(self) -> bool:
        """Tell whether more came: not at the end of the connection, and not when it is silent for too long."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        if not poll.poll(self._silence_s * 1000):
            return False
        chunk = os.read(self._descriptor, _CHUNK)
        self._pending += chunk
        return bool(chunk)

    def _strike(self, number: int, frame: FrameType | None) -> None:
        self._questions.put(None)  # a question that is waiting is still answered
        if self._working and not self._struck:
            self._struck = True
            raise Interrupted("the session was ended from outside")
