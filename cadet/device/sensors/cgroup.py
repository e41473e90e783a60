"""What the control group of the workload counts: CPU time, quota, storage, memory; versions 1 and 2."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from cadet.device.actuators.cgroup_layout import GROUP
from cadet.device.sensors.counters import CounterSensor
from cadet.errors import CapabilityMissing

_V1_BLKIO = {
    ("io_service_bytes", "Read"): "read_bytes",
    ("io_service_bytes", "Write"): "written_bytes",
    ("io_serviced", "Read"): "reads",
    ("io_serviced", "Write"): "writes",
}
_V2_IO = {"rbytes": "read_bytes", "wbytes": "written_bytes", "rios": "reads", "wios": "writes"}
# (controller, file, key, name, unit)
_V1 = (
    ("cpuacct", "cpuacct.usage", "", "cpu_s", 1e-9),
    ("cpu", "cpu.stat", "nr_throttled", "throttled_periods", 1),
    ("cpu", "cpu.stat", "throttled_time", "throttled_s", 1e-9),
    ("memory", "memory.failcnt", "", "memory_limit_hits", 1),
    ("memory", "memory.stat", "total_pgmajfault", "major_faults", 1),
)
_V2 = (
    ("cpu.stat", "usage_usec", "cpu_s", 1e-6),
    ("cpu.stat", "nr_throttled", "throttled_periods", 1),
    ("cpu.stat", "throttled_usec", "throttled_s", 1e-6),
    ("memory.events", "max", "memory_limit_hits", 1),
    ("memory.stat", "pgmajfault", "major_faults", 1),
)

Places = tuple[Path, Path]  # where the tree of a controller is mounted, and our group in it
Counted = Iterator[tuple[str, float, Path]]  # name, total in SI units, file


class CgroupSensor(CounterSensor):
    """Counts of the workload's control group, as `cgroup.throttled_s`.

    Where the target sets no limits the group is the one that we run in, and everybody else in it counts too.
    Raises CapabilityMissing where no controller counts.
    """

    def __init__(self, wanted: Collection[str] | None = None, *, root: Path = Path("/")) -> None:
        self._groups = _groups(root)
        sources = {name: f"{path}, difference" for name, _, path in self._counted()}
        if not sources:
            raise CapabilityMissing(f"no control group counts: looked at {root / 'proc/self/cgroup'} and "
                                    f"{root / 'sys/fs/cgroup'}",
                                    remedy="mount -t cgroup2 none /sys/fs/cgroup")  # fmt: skip
        super().__init__(lambda: {name: total for name, total, _ in self._counted()}, sources, wanted)

    def _counted(self) -> Counted:
        found: dict[str, tuple[float, Path]] = {}
        for name, total, path in (*_version_1(self._groups), *_version_2(self._groups)):
            found.setdefault(name, (total, path))
        for name, (total, path) in found.items():
            yield f"cgroup.{name}", total, path


def _version_1(groups: Mapping[str, Places]) -> Counted:
    for controller, file, key, name, unit in _V1:
        if controller in groups:
            yield from _one(_in_use(groups[controller]) / file, key, name, unit)
    if "blkio" in groups:
        for (kind, direction), name in _V1_BLKIO.items():
            path = _in_use(groups["blkio"]) / f"blkio.throttle.{kind}"
            lines = [line.split() for line in _lines(path)]
            if lines:
                yield name, float(sum(int(line[2]) for line in lines if line[1:2] == [direction])), path


def _version_2(groups: Mapping[str, Places]) -> Counted:
    if "" not in groups:
        return
    group = _in_use(groups[""])
    for file, key, name, unit in _V2:
        yield from _one(group / file, key, name, unit)
    if (group / "io.stat").exists():
        fields = [field.partition("=") for line in _lines(group / "io.stat") for field in line.split()[1:]]
        for key, name in _V2_IO.items():
            yield name, float(sum(int(value) for found, _, value in fields if found == key)), group / "io.stat"


def _one(path: Path, key: str, name: str, unit: float) -> Counted:
    for line in _lines(path):
        found, _, value = line.rpartition(" ")
        if found == key:
            yield name, int(value) * unit, path


def _in_use(places: Places) -> Path:
    """Return the group that the target's limits are set on while there is one, else ours."""
    mounted, ours = places
    group = mounted / GROUP
    return group if group.is_dir() else ours


def _groups(root: Path) -> dict[str, Places]:
    """Return by controller, version 2 as "", where its tree is mounted and the folder of our group in it."""
    found: dict[str, Places] = {}
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        for mounted in _mounts(root / "sys/fs/cgroup", controllers):
            ours = mounted / path.lstrip("/")  # inside a container it may be out of sight: the root of the view is ours
            places = mounted, ours if ours.is_dir() else mounted
            found |= {controller: places for controller in controllers.split(",") if "=" not in controller}
    return found


def _mounts(root: Path, controllers: str) -> list[Path]:
    """Return the one folder where this tree is mounted, or nothing."""
    candidates = [root / name for name in (controllers, *controllers.split(","))] if controllers else [root / "unified"]
    there = [folder for folder in candidates if folder.is_dir()]
    return there[:1] or ([root] if not controllers and root.is_dir() else [])


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:  # not counted by this kernel, or not for the root group: not listed
        return []
