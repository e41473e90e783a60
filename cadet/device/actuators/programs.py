"""Programs that set a knob or show it. One may outlive the session that started it, and set its knob after that.

So each holds a lock, which ends with the last of them, and whoever puts the device back waits for it.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_NAME = "programs.lock"
_STEP_S = 0.02
_held: list[int] = []  # the descriptor that programs inherit, while a session is open


@contextmanager
def accounted_for(folder: Path) -> Iterator[None]:
    """While this is open, `ended` waits for every program that is run here; the lock is in this folder."""
    descriptor = _opened(folder)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        _held.append(descriptor)
        try:
            yield
        finally:
            _held.remove(descriptor)
    finally:
        os.close(descriptor)


def ended(folder: Path, patience_s: float) -> bool:
    """Wait until no program of a session that has ended runs any more, and tell whether that came true in time."""
    descriptor = _opened(folder)
    try:
        deadline = time.monotonic() + patience_s
        while not _free(descriptor):
            if time.monotonic() >= deadline:
                return False
            time.sleep(_STEP_S)
        return True
    finally:
        os.close(descriptor)


def run(
    argv: Sequence[str], *, timeout_s: float, folder: str | None = None, said: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program that asks nobody anything; raises what `subprocess.run` does. said: what it reads.

    It has a session of its own: a Ctrl-C that ends our run must not end the program that restores after it.
    """
    source = {"stdin": subprocess.DEVNULL} if said is None else {"input": said}
    return subprocess.run(list(argv), capture_output=True, text=True, timeout=timeout_s, check=False, cwd=folder,
                          start_new_session=True, pass_fds=_held, **source)  # fmt: skip


def _opened(folder: Path) -> int:
    return os.open(folder / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
