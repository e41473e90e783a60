"""One host at a time uses a board, whoever asks, and the next one is told who that is."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import time
from contextlib import suppress
from types import TracebackType

from cadet.device.state.home import LOCK_VARIABLE
from cadet.errors import MeasurementError

_ANSWER_S = 2.0
_STEP_S = 0.1
_WAIT_S = 2.0  # a session that has just ended is still letting go


class Presence:
    """A lock on the board that names its holder to whoever comes next; a context manager.

    It is a name in the kernel's own space of socket names: no file that could be left, the same for every user, gone
    with the process, however that ends. Settings have a lock beside it, which lasts until everything is put back.
    """

    def __init__(self, holder: str, *, wait_s: float = _WAIT_S) -> None:
        self._holder, self._wait_s = holder, wait_s
        self._socket: socket.socket | None = None

    def __enter__(self) -> Presence:
        """Take it; raises MeasurementError naming who has it."""
        deadline = time.monotonic() + self._wait_s
        while not self._taken():
            if time.monotonic() >= deadline:
                raise MeasurementError(f"this board is in use by {_who()}; wait for it to end, or stop it: "
                                       "it puts everything back")  # fmt: skip
            time.sleep(_STEP_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let it go."""
        taken, self._socket = self._socket, None
        if taken is not None:
            with suppress(OSError):  # wakes the thread that answers
                taken.shutdown(socket.SHUT_RDWR)
            taken.close()
            self._answers.join(_ANSWER_S)

    def _taken(self) -> bool:
        here = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            here.bind(_name())
            here.listen()
        except OSError:
            here.close()
            return False
        self._socket = here
        self._answers = threading.Thread(target=self._answer, args=(here,), name="cadet-presence", daemon=True)
        self._answers.start()
        return True

    def _answer(self, here: socket.socket) -> None:
        while True:
            try:
                asker, _ = here.accept()
            except OSError:  # let go
                return
            with asker, suppress(OSError):
                asker.sendall(self._holder.encode())


def _who() -> str:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asker:
        asker.settimeout(_ANSWER_S)
        try:
            asker.connect(_name())
            return asker.recv(1000).decode("utf-8", "replace") or "somebody who does not say"
        except OSError:  # it has just ended, or hangs
            return "somebody who does not answer"


def _name() -> str:
    apart = os.environ.get(LOCK_VARIABLE, "")  # a device whose lock is apart, such as a simulated board
    return "\0cadet-board" + (f"-{hashlib.sha256(apart.encode()).hexdigest()[:16]}" if apart else "")
