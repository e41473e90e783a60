"""Programs in process groups of their own: started, timed, ended together with all they started.

Linux 5.3 or later: waits on a process descriptor, so that no polling disturbs what is measured.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cadet.device.actuators.process import AS_OURS, Launch, join_groups, launched
from cadet.device.interruption import uninterrupted
from cadet.device.sensors.process import counted
from cadet.device.sensors.rusage import Usage, from_rusage
from cadet.device.watchdog import Watchdog
from cadet.errors import MeasurementError

GRACE_S = 2.0  # between SIGTERM and SIGKILL
KEPT_BYTES = 16 * 2**20  # of what a program prints, its end
TAIL_CHARACTERS = 600  # of stderr, in messages


Within = Callable[[Callable[[], "subprocess.Popen[bytes]"]], "subprocess.Popen[bytes]"]


@dataclass(frozen=True)
class Ended:
    """A program that ended: exit code (negative: the signal), wall seconds, what it used and what it printed.

    `counts` holds what the kernel counted of its reads, writes and waiting, by name.
    """

    exit_code: int
    timed_out: bool
    wall_s: float
    usage: Usage
    stdout: str
    stderr: str
    counts: Mapping[str, float] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """How it ended, with the end of what it said on stderr."""
        said = tail(self.stderr)
        return how_ended(self.exit_code) + (f": {said}" if said else "")


def run_group(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None,
    timeout_s: float,
    watchdog: Watchdog,
    launch: Launch = AS_OURS,
    within: Within | None = None,
) -> Ended:
    """Run a program to its end, or to the end of its time; afterwards nothing of its process group is alive.

    within: calls what starts it, where perf counts it. Raises OSError when it cannot be started, NotApplied when it
    cannot be started as `launch` says.
    """
    with _memory_file("stdout") as out, _memory_file("stderr") as err:
        floor = _own_peak_bytes()
        process = None
        try:
            with uninterrupted():
                start = time.perf_counter()
                process = start_group(
                    argv, cwd=cwd, env=env, stdout=out.fd, stderr=err.fd, launch=launch, within=within
                )
                watchdog.watch(process.pid)
            timed_out = not wait(process, timeout_s)
            wall_s = time.perf_counter() - start
            counts = {} if timed_out else counted(process.pid)
        finally:
            if process is not None:
                usage = end_group(process, GRACE_S, floor)
                watchdog.release(process.pid)
        return Ended(process.returncode, timed_out, wall_s, usage, out.text(), err.text(), counts)


def start_group(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None,
    stdout: int,
    stderr: int,
    keep: Sequence[int] = (),
    launch: Launch = AS_OURS,
    within: Within | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session and process group of its own, without input. `keep`: descriptors it inherits.

    within: calls what starts it, where perf counts it.
    """

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            pass_fds=tuple(keep),
            start_new_session=True,
        )

    process = launched(launch, start) if within is None else within(lambda: launched(launch, start))
    join_groups(launch.groups, process.pid)
    return process


def wait(process: subprocess.Popen[bytes], timeout_s: float) -> bool:
    """Wait until the program ends, without reaping it; tell whether it did within `timeout_s`."""
    descriptor = os.pidfd_open(process.pid)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(timeout_s * 1000))
    finally:
        os.close(descriptor)


def alive(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether the program still runs, without reaping it."""
    return process.returncode is None and not wait(process, 0)


def end_group(process: subprocess.Popen[bytes], grace_s: float, floor_bytes: float = 0.0) -> Usage:
    """End a process group (SIGTERM, then SIGKILL) and reap its leader; return what it and its children used.

    The leader is reaped last: while it is a zombie its number cannot belong to anybody else.
    """
    try:
        if grace_s and not wait(process, 0):
            os.killpg(process.pid, signal.SIGTERM)
            wait(process, grace_s)
    finally:
        _kill(process)
        _, status, counted = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return from_rusage(counted, floor_bytes)


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except PermissionError:  # what is left belongs to another user, as after sudo
        if not wait(process, GRACE_S):
            raise


def require_program(argv: Sequence[str], cwd: Path, place: str) -> None:
    """Raise MeasurementError when the program of `argv` is not there; one with a placeholder is not checked."""
    program = argv[0]
    if "{" in program:
        return
    found = shutil.which(cwd / program) if os.sep in program else shutil.which(program)
    if found is None:
        where = f"in {cwd}" if os.sep in program else f"on PATH ({os.environ.get('PATH', '')})"
        raise MeasurementError(f"{place}: no program {program!r} {where}")


def how_ended(exit_code: int) -> str:
    """Return `exit code 3` or `killed by SIGSEGV`."""
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return f"killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"killed by signal {-exit_code}"


def tail(text: str) -> str:
    """Return the end of a text as one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines)[-TAIL_CHARACTERS:]


class _memory_file:  # noqa: N801  (used as a function)
    """What a program prints, kept in memory: reading along or writing to disk would disturb the measurement."""

    def __init__(self, name: str) -> None:
        self.fd = os.memfd_create(name)

    def __enter__(self) -> _memory_file:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)

    def text(self) -> str:
        """Return its last `KEPT_BYTES`."""
        size = os.fstat(self.fd).st_size
        return os.pread(self.fd, KEPT_BYTES, max(0, size - KEPT_BYTES)).decode("utf-8", "replace")


def _own_peak_bytes() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return float(line.split()[1]) * 1024
    return 0.0
