"""Every actuator, by reading one of its knobs; whether it may be written shows only when it is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cadet.device.actuators import actuator
from cadet.device.doctor.finding import Finding, lacking
from cadet.errors import CadetError, CapabilityMissing
from cadet.plugins import names

_ROOT_ONLY = ("sysctl", "sysfs", "block", "hugepages", "cpufreq", "cgroup", "nvml", "jetson")
_MOUNTS = {"sysctl": "/proc/sys", "sysfs": "/sys", "block": "/sys", "hugepages": "/sys", "cpufreq": "/sys"}
_BY_TARGET = {
    "file": "a configuration file beside the target file",
    "command": "a pair of programs that the target file names",
}


def actuators() -> Iterator[Finding]:
    """Yield one finding for every actuator."""
    yield Finding("actuator", "command line, environment", "works", "set per run, nothing to restore")
    yield Finding("actuator", "process", "works", "affinity, nice and scheduler of what is started; nothing to restore")
    for kind in names("actuator"):
        yield _by_name(kind)


def _by_name(kind: str) -> Finding:
    if kind in _BY_TARGET:
        return Finding("actuator", kind, "works", _BY_TARGET[kind])
    try:
        addresses = _EXAMPLES.get(kind, tuple)()
        return _read(kind, addresses) if addresses else Finding("actuator", kind, "missing", "nothing of it is here")
    except CapabilityMissing as error:
        return lacking("actuator", kind, error)
    except (OSError, CadetError) as error:
        return Finding("actuator", kind, "missing", str(error))


def _read(kind: str, addresses: Sequence[str]) -> Finding:
    """Return a finding on the first of these knobs that can be read; raises the last refusal where none can."""
    refusal: CapabilityMissing | None = None
    for address in addresses:
        try:
            value = actuator(kind).read(address)
        except CapabilityMissing as error:
            refusal = error
            continue
        shown = f"such as {address}, now {value}"
        if kind in _ROOT_ONLY and os.geteuid() != 0:
            return Finding("actuator", kind, "no permission", f"{shown}; to set it takes root", "sudo cadet ...")
        if _mounted_read_only(kind):
            remedy = "in a container: start it privileged, or with this mounted writable"
            return Finding("actuator", kind, "no permission", f"{shown}; {_MOUNTS[kind]} is mounted read-only", remedy)
        return Finding("actuator", kind, "works", shown)
    assert refusal is not None
    raise refusal


def _mounted_read_only(kind: str) -> bool:
    """Tell whether even root could not write: containers often see the kernel's settings read-only."""
    return kind in _MOUNTS and bool(os.statvfs(_MOUNTS[kind]).f_flag & os.ST_RDONLY)


def _disks() -> tuple[str, ...]:
    queues = sorted(Path("/sys/block").glob("*/queue/scheduler"))
    virtual = ("loop", "ram", "zram")
    return tuple(f"{path.parts[3]}/scheduler" for path in queues if not path.parts[3].startswith(virtual))


def _gpus() -> tuple[str, ...]:
    from cadet.device.nvml import gpus

    return tuple(f"{gpu.name}.power_limit_w" for gpu in gpus())


_EXAMPLES: dict[str, Callable[[], Sequence[str]]] = {
    "sysctl": lambda: ("vm.dirty_ratio",),
    "sysfs": lambda: ("/sys/kernel/mm/ksm/run", "/sys/kernel/mm/transparent_hugepage/enabled"),
    "hugepages": lambda: ("enabled",),
    "block": _disks,
    "cpufreq": lambda: ("governor",),
    "cgroup": lambda: tuple(f"group/{name}" for name in ("cpu", "memory", "io", "cpuset")),
    "nvml": _gpus,
    "jetson": lambda: ("nvpmodel",),
    "jtop": lambda: ("nvpmodel",),
}
