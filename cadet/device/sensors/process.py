"""What the kernel counted for a program and its children, read when it has ended and before it is reaped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_IO = {
    "rchar": "read_bytes",
    "wchar": "written_bytes",
    "syscr": "read_calls",
    "syscw": "write_calls",
    "read_bytes": "storage_read_bytes",
    "write_bytes": "storage_written_bytes",
    "cancelled_write_bytes": "storage_cancelled_bytes",
}
PROCESS_NAMES = (*(f"process.{name}" for name in _IO.values()), "process.run_delay_s")
PROCESS_SOURCES: Mapping[str, str] = {
    **{f"process.{name}": "/proc/PID/io of the program and its children" for name in _IO.values()},
    "process.run_delay_s": "/proc/PID/schedstat of the program's main thread",
}


def counted(pid: int) -> dict[str, float]:
    """Return reads, writes and waiting time of a zombie and the children it waited for, as `process.NAME`.

    What is not readable is absent.
    """
    process = Path("/proc") / str(pid)
    io, waited = _io(process / "io"), _run_delay_s(process)
    found = {f"process.{name}": io[key] for key, name in _IO.items() if key in io}
    return found if waited is None else {**found, "process.run_delay_s": waited}


def _io(path: Path) -> dict[str, float]:
    try:
        return {key: float(value) for key, _, value in (line.partition(": ") for line in path.read_text().splitlines())}
    except OSError:  # another user's process, after sudo
        return {}


def _run_delay_s(process: Path) -> float | None:
    try:
        return int((process / "schedstat").read_text().split()[1]) * 1e-9
    except OSError:  # the kernel keeps no such statistics
        return None
