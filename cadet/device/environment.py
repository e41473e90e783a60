"""The fingerprint of where a run was made: what decides which measurements may be compared."""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cadet.device.target import Target
from cadet.device.target.target import Replay, Simulated

_CPU_INFO = Path("/proc/cpuinfo")
_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


def fingerprint(target: Target) -> Mapping[str, object]:
    """Return where runs of `target` are made; a recorded device or a world says so instead of naming this machine."""
    match target.workload:
        case Replay(recording):
            return {"device": "replay", "table": recording.path.name, "sha256": recording.sha256}
        case Simulated(world, seed):
            return {"device": "simulated", "world": world, "seed": seed}
        case _:
            return {**machine(), "load_average": load_average()}


@cache
def machine() -> Mapping[str, object]:
    """Return what does not change while we run; None where the machine does not say."""
    return {
        "device": "live",
        "host": socket.gethostname(),
        "cpu": _cpu_model(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "kernel": platform.release(),
        "governor": _read(_GOVERNOR),
        "python": platform.python_version(),
        "cadet": cadet_version(),
    }


def load_average() -> float:
    """Return the load average of the last minute, to a tenth: finer steps would make every run's place unique."""
    return round(os.getloadavg()[0], 1)


def _cpu_model() -> str | None:
    lines = (_read(_CPU_INFO) or "").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.lower().startswith(("model name", "hardware")))
    return next(names, None)


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None


def cadet_version() -> str | None:
    """Return the version of CADET here, None where it is not installed."""
    try:
        return version("cadet")
    except PackageNotFoundError:
        return None
