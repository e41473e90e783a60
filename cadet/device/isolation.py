"""Real-time scheduling for the workload: on a busy machine it runs as if it were alone, as far as the CPU goes.

Linux keeps 5 % of every CPU for the others (sched_rt_runtime_us), so that a workload that spins can still be stopped.
"""

from __future__ import annotations

import os
from pathlib import Path

from cadet.device.actuators.process import Launch, launched
from cadet.errors import CapabilityMissing, NotApplied

FIFO = "fifo"
_RUNTIME = Path("/proc/sys/kernel/sched_rt_runtime_us")


def require_fifo(runtime: Path = _RUNTIME) -> None:
    """Raise CapabilityMissing where SCHED_FIFO is not permitted, or not safe."""
    try:
        launched(Launch(scheduler=FIFO), _reached)
    except NotApplied as error:
        remedy = "run as root, or let root give you `ulimit -r 20` (CAP_SYS_NICE)"
        raise CapabilityMissing(f'run.isolation = "fifo": {error}', remedy=remedy, denied=True) from None
    if _text(runtime) == "-1":
        raise CapabilityMissing(
            f'run.isolation = "fifo": {runtime} is -1, so a workload that spins could never be stopped',
            remedy="sysctl kernel.sched_rt_runtime_us=950000",
        )


def _reached() -> int:
    return os.sched_getscheduler(0)


def _text(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:  # a kernel without the limit's file has no such setting
        return None
