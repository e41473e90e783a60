"""Each limit in the files of version 1 and of version 2, in one unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cadet.device.actuators.cgroup_layout import Hierarchy
from cadet.device.actuators.pseudofile import number, read_text, write_text
from cadet.errors import NotApplied

UNLIMITED = "max"
_PERIOD_US = 100_000
_V1_NO_MEMORY_LIMIT = 2**62  # what the kernel shows as "none" is the largest multiple of a page below 2^63


@dataclass(frozen=True)
class Limit:
    """A number in one file: `files` by version; `none` is how version 1 writes that there is no limit."""

    controller: str
    files: Mapping[int, str]
    none: str = ""
    by_device: bool = False

    def unlimited(self, tree: Hierarchy) -> str:
        """Return the value of a new group."""
        return UNLIMITED

    def shown(self, tree: Hierarchy, disk: str) -> str:
        """Return the value that the file holds."""
        text = read_text(tree.group / self.files[tree.version])
        value = number(text)
        none = text == self.none or (value is not None and value >= _V1_NO_MEMORY_LIMIT)
        return UNLIMITED if none and tree.version == 1 else text

    def write(self, tree: Hierarchy, disk: str, value: str) -> None:
        """Write the value."""
        text = self.none if tree.version == 1 and value == UNLIMITED else value
        write_text(tree.group / self.files[tree.version], text)


@dataclass(frozen=True)
class Quota(Limit):
    """CPU time in cores: 0.5 is half a core."""

    def shown(self, tree: Hierarchy, disk: str) -> str:
        """Return cores, from microseconds per period."""
        if tree.version == 1:
            words = [read_text(tree.group / f"cpu.cfs_{name}_us") for name in ("quota", "period")]
        else:
            words = read_text(tree.group / "cpu.max").split()
        return UNLIMITED if words[0] in ("-1", "max") else f"{int(words[0]) / int(words[1]):g}"

    def write(self, tree: Hierarchy, disk: str, value: str) -> None:
        """Write microseconds of a period of 100 ms."""
        share = number(value)
        if value != UNLIMITED and (share is None or share <= 0):
            raise NotApplied(f"cpu.quota {value!r} is neither a number of cores nor 'max'")
        quota = str(round(share * _PERIOD_US)) if share is not None else UNLIMITED
        if tree.version == 1:
            write_text(tree.group / "cpu.cfs_period_us", str(_PERIOD_US))
            write_text(tree.group / "cpu.cfs_quota_us", "-1" if quota == UNLIMITED else quota)
        else:
            write_text(tree.group / "cpu.max", f"{quota} {_PERIOD_US}")


@dataclass(frozen=True)
class Cores(Limit):
    """Cores that may be used, as a list: `0-1,3`."""

    def unlimited(self, tree: Hierarchy) -> str:
        """Return the cores of the parent."""
        effective = tree.parent / "cpuset.cpus.effective"
        return read_text(effective if tree.version == 2 else tree.parent / "cpuset.cpus")

    def shown(self, tree: Hierarchy, disk: str) -> str:
        """Return the list; an empty one of version 2 inherits."""
        return read_text(tree.group / "cpuset.cpus") or self.unlimited(tree)


@dataclass(frozen=True)
class Shares(Limit):
    """Weight among groups; version 1 counts from 1024, version 2 from 100."""

    def unlimited(self, tree: Hierarchy) -> str:
        """Return the weight of a new group."""
        return "1024" if tree.version == 1 else "100"


@dataclass(frozen=True)
class Throttle(Limit):
    """Requests or bytes a second on one disk; `key` is its name in version 2's io.max."""

    key: str = ""

    def shown(self, tree: Hierarchy, disk: str) -> str:
        """Return the limit of this disk."""
        for words in map(str.split, read_text(tree.group / self.files[tree.version]).splitlines()):
            if words and words[0] == disk:
                values = dict(word.partition("=")[::2] for word in words[1:])
                return words[1] if tree.version == 1 else values.get(self.key, UNLIMITED)
        return UNLIMITED

    def write(self, tree: Hierarchy, disk: str, value: str) -> None:
        """Write the limit of this disk; 0 takes it away in version 1."""
        if tree.version == 1:
            write_text(tree.group / self.files[1], f"{disk} {'0' if value == UNLIMITED else value}")
        else:
            write_text(tree.group / self.files[2], f"{disk} {self.key}={value}")


def _throttle(direction: str, unit: str) -> Throttle:
    files = {1: f"blkio.throttle.{direction}_{unit}_device", 2: "io.max"}
    return Throttle("io", files, by_device=True, key=f"{direction[0]}{unit}")


LIMITS: Mapping[str, Limit] = {
    "cpu.quota": Quota("cpu", {1: "cpu.cfs_quota_us", 2: "cpu.max"}),
    "cpu.shares": Shares("cpu", {1: "cpu.shares", 2: "cpu.weight"}),
    "cpuset.cpus": Cores("cpuset", {1: "cpuset.cpus", 2: "cpuset.cpus"}),
    "memory.limit": Limit("memory", {1: "memory.limit_in_bytes", 2: "memory.max"}, none="-1"),
    **{f"io.{d}_{u}": _throttle(d, u) for d in ("read", "write") for u in ("iops", "bps")},
}
