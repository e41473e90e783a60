"""What a process and all its descendants used so far; for services, which outlive a run."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from cadet.device.sensors.rusage import NOTHING, Usage

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_BLOCK_BYTES = 512


def tree_usage(pid: int) -> Usage:
    """Return the sum over the live tree, children that ended and were waited for included.

    CPU seconds have the resolution of the kernel's clock tick. Context switches are those of live threads.
    """
    try:
        descendants = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return NOTHING
    return sum((_usage(each) for each in (pid, *(child.pid for child in descendants))), NOTHING)


def _usage(pid: int) -> Usage:
    try:
        return _counted(Path("/proc") / str(pid))
    except (FileNotFoundError, ProcessLookupError):  # ended while we looked; its parent counts it
        return NOTHING


def _counted(process: Path) -> Usage:
    after_name = (process / "stat").read_text().rpartition(")")[2].split()
    minor, children_minor, major, children_major, *ticks = (int(field) for field in after_name[7:15])
    user, system, children_user, children_system = ticks
    voluntary, involuntary = _switches(process)
    read, written = _blocks(process)
    return Usage(
        minor_faults=float(minor + children_minor),
        major_faults=float(major + children_major),
        voluntary_switches=voluntary,
        involuntary_switches=involuntary,
        user_s=(user + children_user) * _TICK_S,
        system_s=(system + children_system) * _TICK_S,
        blocks_in=read,
        blocks_out=written,
    )


def _switches(process: Path) -> tuple[float, float]:
    voluntary = involuntary = 0.0
    for thread in (process / "task").iterdir():
        for line in (thread / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                voluntary += float(line.split()[1])
            elif line.startswith("nonvoluntary_ctxt_switches"):
                involuntary += float(line.split()[1])
    return voluntary, involuntary


def _blocks(process: Path) -> tuple[float | None, float | None]:
    try:
        fields = dict(line.split(": ") for line in (process / "io").read_text().splitlines())
    except PermissionError:  # the service runs as another user
        return None, None
    return float(fields["read_bytes"]) / _BLOCK_BYTES, float(fields["write_bytes"]) / _BLOCK_BYTES
