"""What about the machine decides how far its measurements scatter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from cadet.device.doctor.finding import Finding, lacking
from cadet.device.isolation import require_fifo
from cadet.errors import CapabilityMissing

_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_BUSY = 0.5  # of the cores
_LIBRARIES = {"causallearn": "causal-learn", "pgmpy": "pgmpy"}


def system() -> Iterator[Finding]:
    """Yield findings on the CPU governor, real-time scheduling, the load, and libraries that are not part of us."""
    yield _governor()
    yield _real_time()
    yield _load()
    yield from map(_library, _LIBRARIES)


def _governor(path: Path = _GOVERNOR) -> Finding:
    if not path.exists():
        return Finding("system", "CPU governor", "missing", "no cpufreq here (usual in virtual machines)")
    governor = path.read_text().strip()
    if governor == "performance":
        return Finding("system", "CPU governor", "works", governor)
    return Finding("system", "CPU governor", "works", f"{governor}: clocks follow the load, results scatter more",
                   "cpupower frequency-set -g performance")  # fmt: skip


def _real_time() -> Finding:
    name = 'isolation = "fifo"'
    try:
        require_fifo()
    except CapabilityMissing as error:
        return lacking("system", name, error)
    return Finding("system", name, "works", "runs can be kept apart from other load, by SCHED_FIFO")


def _load() -> Finding:
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    busy = load / cores > _BUSY
    return Finding("system", "load", "works", f"{load:.2f} on {cores} cores",
                   "runs will be tagged contended; stop other work for tighter intervals" if busy else "")  # fmt: skip


def _library(module: str) -> Finding:
    name = _LIBRARIES[module]
    if find_spec(module) is None:
        return Finding("system", name, "missing", "an engine of `cadet learn` needs it", "pip install 'cadet[peers]'")
    return Finding("system", name, "works", "engines of `cadet learn`")
