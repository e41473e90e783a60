"""What the control group of the workload counts: CPU time, quota, storage, memory; versions 1 and 2."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from cadet.device.sensors.counters import CounterSensor
from cadet.errors import CapabilityMissing

GROUP = "cadet"  # the group that limits of a target are set on; where there is none the workload shares ours

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


def _version_1(groups: Mapping[str, Path]) -> Counted:
    for controller, file, key, name, unit in _V1:
        if controller in groups:
            yield from _one(_in_use(groups[controller]) / file, key, name, unit)
    if "blkio" in groups:
        for (kind, direction), name in _V1_BLKIO.items():
            path = _in_use(groups["blkio"]) / f"blkio.throttle.{kind}"
            lines = [line.split() for line in _lines(path)]
            if lines:
                yield name, float(sum(int(line[2]) for line in lines if line[1:2] == [direction])), path


def _version_2(groups: Mapping[str, Path]) -> Counted:
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


def _in_use(group: Path) -> Path:
    ours = group / GROUP
    return ours if ours.is_dir() else group


def _groups(root: Path) -> dict[str, Path]:
    """Return the folder of our group by controller, that of version 2 as ""."""
    mounted = root / "sys/fs/cgroup"
    found: dict[str, Path] = {}
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(",") if controllers else [""]:
            folder = _first_folder(_places(mounted, controllers, controller), path.lstrip("/"))
            if folder is not None and "=" not in controller:
                found[controller] = folder
    return found


def _places(mounted: Path, controllers: str, controller: str) -> tuple[Path, ...]:
    return (mounted / controllers, mounted / controller) if controller else (mounted / "unified", mounted)


def _first_folder(places: Iterable[Path], path: str) -> Path | None:
    """Return where our group is; inside a container its path may not be visible, then the root of the view is ours."""
    return next(
        (group for place in places if place.is_dir() for group in (place / path, place) if group.is_dir()), None
    )


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:  # not counted by this kernel, or not for the root group: not listed
        return []
