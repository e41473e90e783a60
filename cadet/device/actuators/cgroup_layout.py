"""Where control groups are mounted: version 1 has a tree for each controller, version 2 one for all, some both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cadet.device.actuators.pseudofile import read_text
from cadet.errors import CapabilityMissing

GROUP = "cadet"
_V1 = {"io": "blkio"}  # renamed in version 2


@dataclass(frozen=True)
class Hierarchy:
    """The tree that serves a controller: `parent` is where our group is made."""

    controller: str
    version: int
    parent: Path

    @property
    def group(self) -> Path:
        """The folder of our group."""
        return self.parent / GROUP

    @property
    def members(self) -> Path:
        """The file that takes processes in; version 1 takes single threads as well."""
        return self.group / ("tasks" if self.version == 1 else "cgroup.procs")


def hierarchy(root: Path, controller: str) -> Hierarchy:
    """Return the tree that serves `controller` (its name in version 2); raises CapabilityMissing where none does."""
    wanted = _V1.get(controller, controller)
    looked = []
    for kind, place, options in _mounts(root):
        if kind == "cgroup" and wanted in options:
            return Hierarchy(controller, 1, place)
        if kind == "cgroup2":
            looked.append(str(place))
            if controller in read_text(place / "cgroup.controllers").split():
                return Hierarchy(controller, 2, place)
    where = f"; version 2 is mounted at {', '.join(looked)} without it" if looked else ""
    raise CapabilityMissing(f"no control groups for {controller!r} here{where}")


def _mounts(root: Path) -> list[tuple[str, Path, list[str]]]:
    """Return (kind, place, options) of every mount of control groups."""
    lines = (line.split() for line in read_text(root / "proc/mounts").splitlines())
    found = [(w[2], root / w[1].removeprefix("/"), w[3].split(",")) for w in lines if w[2].startswith("cgroup")]
    return [mount for mount in found if mount[1].is_dir()]
