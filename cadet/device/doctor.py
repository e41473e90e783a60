"""What can be measured here, what cannot, and what to do about it: one examination per source."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

State = Literal["works", "missing", "no permission", "not served yet", "not there yet"]

_PROBE_S = 5.0


@dataclass(frozen=True)
class Finding:
    """One source or knob on this machine. `remedy` is the command or the sentence that would mend it."""

    kind: Literal["sensor", "actuator", "system", "target"]
    name: str
    state: State
    detail: str = ""
    remedy: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return the fields as plain data."""
        return asdict(self)


def examine(root: Path = Path("/")) -> list[Finding]:
    """Look at every source of measurements below `root`; reads only."""
    return [finding for look in _EXAMINATIONS for finding in look(root)]


def _clock(root: Path) -> Iterator[Finding]:
    yield Finding("sensor", "wall, cpu", "works", "seconds of wall time and CPU time of every run")
    yield Finding("sensor", "rusage", "works", "page faults, context switches, blocks, peak memory")


def _pressure(root: Path) -> Iterator[Finding]:
    path = root / "proc/pressure/cpu"
    if _readable(path):
        yield Finding("sensor", "pressure (PSI)", "works", "stall time of CPU, memory and I/O in microseconds")
    else:
        yield Finding("sensor", "pressure (PSI)", "missing", f"{path} is not there",
                      "boot with the kernel parameter psi=1 (Linux 4.20 or later)")  # fmt: skip


def _perf(root: Path) -> Iterator[Finding]:
    program = shutil.which("perf")
    if program is None:
        yield Finding("sensor", "perf", "missing", "no program perf", "apt-get install linux-perf")
        return
    answer = _run([program, "stat", "-x,", "-e", "instructions,context-switches", "true"])
    hardware = "not supported" not in answer and "not counted" not in answer and "instructions" in answer
    detail = "software events and tracepoints" + (", hardware counters" if hardware else "; no hardware counters here")
    yield Finding("sensor", "perf", "not served yet", detail)


def _energy(root: Path) -> Iterator[Finding]:
    rapl = root / "sys/class/powercap/intel-rapl:0/energy_uj"
    rails = sorted(root.glob("sys/class/hwmon/hwmon*/power*_input")) + sorted(
        root.glob("sys/class/hwmon/hwmon*/in*_input")
    )
    nvml = shutil.which("nvidia-smi")
    looked = f"looked at {rapl}, /sys/class/hwmon, nvidia-smi"
    if rapl.exists() or rails or nvml:
        found = [
            name for name, there in (("RAPL", rapl.exists()), ("hwmon", bool(rails)), ("NVML", bool(nvml))) if there
        ]
        yield Finding("sensor", "energy", "not served yet", f"present: {', '.join(found)}")
    else:
        yield Finding("sensor", "energy", "missing", looked, "energy needs RAPL, an INA3221 rail, or an NVIDIA GPU")


def _temperature(root: Path) -> Iterator[Finding]:
    zones = sorted(root.glob("sys/class/thermal/thermal_zone*/temp"))
    state: State = "not served yet" if zones else "missing"
    yield Finding("sensor", "temperature", state, f"{len(zones)} thermal zones")


def _governor(root: Path) -> Iterator[Finding]:
    path = root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"
    if not path.exists():
        yield Finding("system", "CPU governor", "missing", "no cpufreq here (usual in virtual machines)")
    elif (governor := path.read_text().strip()) == "performance":
        yield Finding("system", "CPU governor", "works", governor)
    else:
        yield Finding("system", "CPU governor", "works", f"{governor}: clocks follow the load, results scatter more",
                      "cpupower frequency-set -g performance")  # fmt: skip


def _load(root: Path) -> Iterator[Finding]:
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    busy = load / cores > 0.5
    yield Finding("system", "load", "works", f"{load:.2f} on {cores} cores",
                  "runs will be tagged contended; stop other work for tighter intervals" if busy else "")  # fmt: skip


def _actuators(root: Path) -> Iterator[Finding]:
    yield Finding("actuator", "command line, environment", "works", "set per run, nothing to restore")
    for kind in ("sysctl", "sysfs", "cgroup", "process", "nvml", "jetson"):
        yield Finding("actuator", kind, "not served yet", "options of this kind are refused when the target is read")


_EXAMINATIONS: tuple[Callable[[Path], Iterator[Finding]], ...] = (
    _clock, _pressure, _perf, _energy, _temperature, _governor, _load, _actuators,
)  # fmt: skip


def _readable(path: Path) -> bool:
    try:
        return bool(path.read_bytes())
    except OSError:  # absent or disabled: both mean that there is nothing to read
        return False


def _run(argv: list[str]) -> str:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_PROBE_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"not supported: {error}"
    return done.stdout + done.stderr
