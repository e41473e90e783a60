"""One session at a time changes this host. The lock goes on while the process that restores for us is alive."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from cadet.errors import MeasurementError

_NAME = "device.lock"
_STEP_S = 0.05


class HostLock:
    """A lock on a file in this folder; a context manager.

    It belongs to the open file, not to the process: whoever inherits the descriptor holds it too, and it ends with the
    last of them. Raises MeasurementError, naming the holder, when it is not free within `wait_s` seconds.
    """

    def __init__(self, folder: Path, *, wait_s: float = 0.0) -> None:
        self._path = folder / _NAME
        self._wait_s = wait_s
        self.descriptor = -1

    def __enter__(self) -> HostLock:
        """Take the lock."""
        self.descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        deadline = time.monotonic() + self._wait_s
        while not self._taken():
            if time.monotonic() >= deadline:
                holder = self._holder()
                self._close()
                raise MeasurementError(f"the settings of this machine are in use by {holder}; "
                                       "wait for it to end, or stop it: it puts everything back")  # fmt: skip
            time.sleep(_STEP_S)
        self._sign()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let it go; who inherited it may still hold it."""
        self._close()

    def _taken(self) -> bool:
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _sign(self) -> None:
        os.ftruncate(self.descriptor, 0)
        with suppress(OSError):  # a full disk must not keep `cadet restore` away: the lock holds, unsigned
            os.pwrite(self.descriptor, json.dumps({"process": os.getpid()}).encode(), 0)

    def _close(self) -> None:
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _holder(self) -> str:
        try:
            return f"process {json.loads(self._path.read_text())['process']}"
        except (OSError, ValueError, KeyError):  # about to write its number, or without room for it
            return "another process"
