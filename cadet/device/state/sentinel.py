"""A process that puts the device back when we cannot: after SIGKILL, or when we hang.

It lives in a session of its own and holds the lock of the host with us. It hears a heartbeat through a pipe: an end
without a farewell means that we are gone; silence means that we hang, and then it ends us before it restores.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from cadet.device.actuators import actuator
from cadet.device.state import journal as pages
from cadet.device.state.restore import amended, finish
from cadet.errors import CadetError, MeasurementError

BEAT_S = 5.0
SILENCE_S = 120.0  # compiling may hold the interpreter for half a minute
_LATE_S = 0.3  # a program that our parent had just started to set something may end only now
_FAREWELL = b"."
_JOURNAL = b"j"
_READY = b"ready"
_BOOT = (
    "import json, sys; given = json.loads(sys.argv[1]); sys.path[:] = given.pop('path'); "
    "from cadet.device.state.sentinel import watch; watch(**given)"
)


class Sentinel:
    """The process, and the heart that beats for it; a context manager."""

    def __init__(self, journal: Path, lock: int, *, beat_s: float = BEAT_S, silence_s: float = SILENCE_S) -> None:
        self._journal, self._lock = journal, lock
        self._beat_s, self._silence_s = beat_s, silence_s
        self._process: subprocess.Popen[bytes] | None = None
        self._guard = threading.Lock()
        self._over = threading.Event()
        self._heart = threading.Thread(target=self._beats, name="cadet-heart", daemon=True)

    def __enter__(self) -> Sentinel:
        """Start it; from now on somebody restores what a journal says, should we die."""
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say farewell: everything is back, or a journal says what is not."""
        self._over.set()
        with self._guard:
            process, self._process = self._process, None
            if process is None or process.stdin is None:
                return
            with contextlib.suppress(BrokenPipeError):  # killed by someone else, and not needed any more
                process.stdin.write(_FAREWELL)
            process.stdin.close()
            if process.stdout is not None:
                process.stdout.close()
            process.wait()

    def attend(self) -> None:
        """Return when it has read the journal and has everything in memory to restore; raises MeasurementError."""
        with self._guard:
            self._introduce()
        self._heart.start()

    @property
    def process(self) -> int | None:
        """The number of the process."""
        return self._process.pid if self._process is not None else None

    def beat(self) -> None:
        """Show that we are alive; one that was killed is replaced, so that somebody watches when we go on."""
        with self._guard:
            if self._process is None or self._process.stdin is None:
                return
            try:
                self._process.stdin.write(b"+")
            except BrokenPipeError:
                self._process.wait()
                self._start()
                self._introduce()

    def _beats(self) -> None:
        while not self._over.wait(self._beat_s):
            self._beat_or_tell()

    def _beat_or_tell(self) -> None:
        try:
            self.beat()
        except (OSError, CadetError) as error:  # nobody to raise to; the next run beats again and raises
            print(f"cadet: {error}", file=sys.stderr)

    def _start(self) -> None:
        given = {
            "path": [str(Path(entry).absolute()) for entry in sys.path],
            "journal": str(self._journal),
            "parent": os.getpid(),
            "silence_s": self._silence_s,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _BOOT, json.dumps(given)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
            pass_fds=(self._lock,),
            start_new_session=True,
            bufsize=0,
        )

    def _introduce(self) -> None:
        """Tell it to read the journal, and wait until it has."""
        assert self._process is not None and self._process.stdin is not None and self._process.stdout is not None
        with self._process.stdout as answer, contextlib.suppress(BrokenPipeError):  # then there is no answer either
            self._process.stdin.write(_JOURNAL)
            if answer.read(len(_READY)) == _READY:
                return
        self._process.wait()
        raise MeasurementError("the process that would put the device back has died before the first write")


def watch(journal: str, parent: int, silence_s: float) -> None:
    """Wait for the end of our parent, and put the device back if it did not; the body of the process."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    path = Path(journal)
    known: list[pages.Journal] = []
    reason = _until_trouble(parent, silence_s, lambda: _learn(path, known))
    found = known[-1] if known else pages.read(path)
    if reason and found is not None:
        _put_back(path, found, reason)


def _learn(path: Path, known: list[pages.Journal]) -> None:
    """Take everything into memory that restoring needs: later there may be no room for it, and no disk."""
    journal = pages.read(path)
    if journal is not None:
        known.append(journal)
        for entry in journal.entries:
            actuator(entry.knob.kind)
        with contextlib.suppress(BrokenPipeError):  # our parent was killed: its end is the next thing we hear
            os.write(1, _READY)


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
        if _JOURNAL in heard:
            learn()
        if _FAREWELL in heard:
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


def _put_back(path: Path, known: pages.Journal, reason: str) -> None:
    if any(not actuator(entry.knob.kind).volatile for entry in known.entries):
        time.sleep(_LATE_S)
    try:
        finish(path, amended(path, known))
        said = f"the session {reason}; the device is as it was found"
    except CadetError as error:
        said = f"the session {reason}. {error}"
    with contextlib.suppress(OSError):  # the terminal may be gone; the journal says it too
        os.write(2, f"cadet: {said}\n".encode())
