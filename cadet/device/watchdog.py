"""A process that kills what we started if we die without a chance to do it ourselves (SIGKILL).

It reads the process groups of live runs from a pipe. When the pipe ends without a farewell, its parent is gone, and it
kills the groups that were not taken back and every process that carries our mark in its environment: one that was
being started at that moment, or that left its group.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from types import TracebackType

MARK = "CADET_RUN"  # an environment variable of every program under test

_SCRIPT = """
import os, signal, sys, time
mark = sys.argv[1].encode()
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
live = set()
for line in sys.stdin.buffer:
    if line == b".\\n":
        sys.exit()
    group = int(line[1:])
    live.add(group) if line[:1] == b"+" else live.discard(group)
def attempt(kill, number):
    try:
        kill(number, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
def marked(number):
    try:
        with open(f"/proc/{number}/environ", "rb") as file:
            return mark in file.read().split(b"\\0")
    except OSError:
        return False
for group in live:
    attempt(os.killpg, group)
for _ in range(4):  # what was between fork and exec carries the mark only afterwards
    for name in os.listdir("/proc"):
        if name.isdigit() and marked(name):
            attempt(os.kill, int(name))
    time.sleep(0.05)
"""


class Watchdog:
    """Kills the watched process groups when this process is gone; a context manager around all runs."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._live: set[int] = set()
        self.mark: Mapping[str, str] = {MARK: f"{os.getpid():08d}-{secrets.token_hex(8)}"}

    def __enter__(self) -> Watchdog:
        """Start the process that watches; it costs nothing between runs."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _SCRIPT, *(f"{name}={value}" for name, value in self.mark.items())],
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
        """End it: what we started we have ended ourselves."""
        self._tell(".\n")
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
