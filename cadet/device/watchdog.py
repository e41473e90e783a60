"""A process that kills what we started if we die without a chance to do it ourselves (SIGKILL).

It reads the process groups of live runs from a pipe. When the pipe ends, its parent is gone, and it kills those that
were not taken back. A program that leaves its process group (`setsid`, daemons) escapes it.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from types import TracebackType

_SCRIPT = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
live = set()
for line in sys.stdin.buffer:
    group = int(line[1:])
    live.add(group) if line[:1] == b"+" else live.discard(group)
for group in live:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
"""


class Watchdog:
    """Kills the watched process groups when this process is gone; a context manager around all runs."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._live: set[int] = set()

    def __enter__(self) -> Watchdog:
        """Start the process that watches; it costs nothing between runs."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            bufsize=0,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it; whatever is still watched dies."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
            process.wait()

    @property
    def live(self) -> frozenset[int]:
        """The process groups that are being watched."""
        return frozenset(self._live)

    def watch(self, group: int) -> None:
        """Kill `group` should this process die."""
        self._live.add(group)
        self._tell(f"+{group}\n")

    def release(self, group: int) -> None:
        """Forget `group`: it ended."""
        self._live.discard(group)
        self._tell(f"-{group}\n")

    def _tell(self, line: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # killed by someone else: runs go on, without the safety net
                self._process.stdin.write(line.encode())
