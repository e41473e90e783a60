"""The body of the process that puts the device back; it runs in a process of its own, which `Sentinel` starts."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Callable
from pathlib import Path

from cadet.device.actuators import actuator, programs
from cadet.device.state import journal as pages
from cadet.device.state.restore import PROGRAMS_S, amended, finish
from cadet.errors import CadetError

FAREWELL = b"."  # everything is put back
JOURNAL = b"j"  # the journal is written
READY = b"ready"  # the answer to that: it has been read
_STILL = (
    ", but a program that it started to set something still runs: look once more, `cadet doctor TARGET` shows the knobs"
)


def watch(journal: str, locks: str, parent: int, silence_s: float) -> None:
    """Wait for the end of our parent, and put the device back if it did not; the body of the process."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    path = Path(journal)
    known: list[pages.Journal] = []
    reason = _until_trouble(parent, silence_s, lambda: _learn(path, known))
    found = known[-1] if known else pages.read(path)
    if reason and found is not None:
        _put_back(path, Path(locks), found, reason)


def _learn(path: Path, known: list[pages.Journal]) -> None:
    """Take everything into memory that restoring needs: later there may be no room for it, and no disk."""
    journal = pages.read(path)
    if journal is not None:
        known.append(journal)
        for entry in journal.entries:
            actuator(entry.knob.kind)
        with contextlib.suppress(BrokenPipeError):  # our parent was killed: its end is the next thing we hear
            os.write(1, READY)


def _until_trouble(parent: int, silence_s: float, learn: Callable[[], None]) -> str:
    """Return what happened to our parent; empty after its farewell. `learn`: called when the journal is written."""
    descriptor = _opened(parent)
    if descriptor is None:
        return "died"
    poll = select.poll()
    poll.register(0, select.POLLIN)
    while poll.poll(silence_s * 1000):
        heard = os.read(0, 4096)
        if not heard:
            return "died"
        if JOURNAL in heard:
            learn()
        if FAREWELL in heard:
            return ""
    with contextlib.suppress(ProcessLookupError):  # it died in this moment
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    gone = select.poll()
    gone.register(descriptor, select.POLLIN)
    gone.poll()
    return f"gave no sign of life for {silence_s:g} s and was ended"


def _opened(parent: int) -> int | None:
    """Return a descriptor of our parent, None where that is gone and its number may be somebody else's."""
    try:
        descriptor = os.pidfd_open(parent)
    except ProcessLookupError:
        return None
    return descriptor if os.getppid() == parent else None


def _put_back(path: Path, locks: Path, known: pages.Journal, reason: str) -> None:
    late = "" if programs.ended(locks, PROGRAMS_S) else _STILL
    try:
        with programs.accounted_for(locks):  # should we be killed, too, somebody waits for them
            finish(path, amended(path, known))
        said = f"the session {reason}; the device is as it was found{late}"
    except CadetError as error:
        said = f"the session {reason}. {error}"
    with contextlib.suppress(OSError):  # the terminal may be gone; the journal says it too
        os.write(2, f"cadet: {said}\n".encode())
