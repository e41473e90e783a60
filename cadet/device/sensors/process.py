"""What the kernel counted for a program and its children, read when it has ended and before it is reaped."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from cadet.device.sensors.rusage import Usage

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_BLOCK_BYTES = 512
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


def counted(pid: int, wrapped: bool = False) -> dict[str, float]:
    """Return reads, writes and waiting time of a zombie and the children it waited for, as `process.NAME`.

    wrapped: the zombie only started the program; what it did itself is taken off. What is not readable is absent.
    """
    process = Path("/proc") / str(pid)
    whole, own = _io(process / "io"), _io(process / "task" / str(pid) / "io") if wrapped else {}
    found = {f"process.{name}": whole[key] - own.get(key, 0.0) for key, name in _IO.items() if key in whole}
    waited = None if wrapped else _schedule(process)
    return found if waited is None else {**found, "process.run_delay_s": waited[1]}


def own_usage(pid: int) -> Usage:
    """Return what a zombie of one thread used itself, without the children it waited for.

    CPU seconds are exact in sum where the kernel keeps schedule statistics, and in clock ticks elsewhere.
    """
    process = Path("/proc") / str(pid)
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    user, system = int(fields[11]) * _TICK_S, int(fields[12]) * _TICK_S
    schedule = _schedule(process)
    exact = (schedule[0] / (user + system)) if schedule and user + system else 1.0
    io = _io(process / "task" / str(pid) / "io")
    switches = _switches(process / "status")
    return Usage(
        minor_faults=float(fields[7]),
        major_faults=float(fields[9]),
        voluntary_switches=switches["voluntary_ctxt_switches"],
        involuntary_switches=switches["nonvoluntary_ctxt_switches"],
        user_s=user * exact,
        system_s=system * exact,
        blocks_in=io.get("read_bytes", 0.0) / _BLOCK_BYTES,
        blocks_out=io.get("write_bytes", 0.0) / _BLOCK_BYTES,
    )


def _io(path: Path) -> dict[str, float]:
    try:
        return {key: float(value) for key, _, value in (line.partition(": ") for line in path.read_text().splitlines())}
    except OSError:  # another user's process, after sudo
        return {}


def _schedule(process: Path) -> tuple[float, float] | None:
    """Return seconds on a CPU and seconds of waiting for one, None where the kernel keeps no such statistics."""
    try:
        on_cpu, waiting, _ = (process / "schedstat").read_text().split()
    except OSError:
        return None
    return int(on_cpu) * 1e-9, int(waiting) * 1e-9


def _switches(status: Path) -> dict[str, float]:
    lines = (line.partition(":") for line in status.read_text().splitlines())
    return {key: float(value) for key, _, value in lines if key.endswith("ctxt_switches")}
