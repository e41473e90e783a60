"""A process that puts the device back when we cannot: after SIGKILL, or when we hang.

It lives in a session of its own and holds the lock of the host with us. It hears a heartbeat through a pipe: an end
without a farewell means that we are gone; silence means that we hang, and then it ends us before it restores.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

from cadet.device.state.vigil import FAREWELL, JOURNAL, READY
from cadet.errors import CadetError, MeasurementError

BEAT_S = 5.0
SILENCE_S = 120.0  # compiling may hold the interpreter for half a minute
_BOOT = (
    "import json, sys; given = json.loads(sys.argv[1]); sys.path[:] = given.pop('path'); "
    "from cadet.device.state.vigil import watch; watch(**given)"
)


class Sentinel:
    """The process, and the heart that beats for it; a context manager."""

    def __init__(
        self, journal: Path, lock: int, locks: Path, *, beat_s: float = BEAT_S, silence_s: float = SILENCE_S
    ) -> None:
        self._journal, self._lock, self._locks = journal, lock, locks
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
                process.stdin.write(FAREWELL)
            process.stdin.close()
            if process.stdout is not None:
                process.stdout.close()
            process.wait()

    def attend(self) -> None:
        """Return when it has read the journal and has everything in memory to restore; raises MeasurementError.

        To be called again when the journal says something else.
        """
        self.beat()
        with self._guard:
            self._introduce()
        if not self._heart.is_alive():
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
                if self._process.stdout is not None:
                    self._process.stdout.close()
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
            "locks": str(self._locks),
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
        with contextlib.suppress(BrokenPipeError):  # then there is no answer either
            self._process.stdin.write(JOURNAL)
            if self._process.stdout.read(len(READY)) == READY:
                return
        self._process.wait()
        raise MeasurementError("the process that would put the device back has died before the first write")
