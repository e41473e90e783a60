"""Limits of the control group in which the workload runs: CPU, cores, memory, I/O; versions 1, 2 and both at once.

The group is ours, called `cadet`: it is made before the first run and taken away after the last, so that its limits
are felt by the workload only.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cadet.device.actuators.cgroup_layout import GROUP, Hierarchy, hierarchy
from cadet.device.actuators.cgroup_limits import LIMITS, Limit
from cadet.device.actuators.denied import refuse_tricks
from cadet.device.actuators.pseudofile import equal, number, read_text, write_text
from cadet.errors import CapabilityMissing, NotApplied, Refused, nearest
from cadet.protocols import Knob

_PRESENT, _ABSENT = "present", "absent"
_LEAVING_S = 5.0  # killed processes leave a group when the kernel gets to it
_PAGE = os.sysconf("SC_PAGE_SIZE")


class ControlGroup:
    """Addresses: a limit, `cpu.quota` (cores), `cpu.shares`, `cpuset.cpus`, `memory.limit` (bytes).

    Those of I/O name the disk, or a folder on it, after an @: `io.write_iops@/srv/data`, `io.read_bps@254:0`; in
    requests or bytes a second. `max` is no limit. `group/CONTROLLER` is the group itself, `controllers/CONTROLLER`
    whether version 2 hands the controller down; they are set as the limits need them.
    """

    kind = "cgroup"
    volatile = True

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def check(self, address: str) -> None:
        """Raise Refused for what is no limit."""
        name, at, device = address.partition("@")
        refuse_tricks(name)
        if name.partition("/")[0] in ("group", "controllers"):
            if name.partition("/")[2] not in {limit.controller for limit in LIMITS.values()} or at:
                raise Refused(f"cgroup {address!r} names no controller")
            return
        if name not in LIMITS:
            raise Refused(f"cgroup has no {name!r}{nearest(name, LIMITS)}")
        if LIMITS[name].by_device != bool(device):
            form = f"{name}@DEVICE" if LIMITS[name].by_device else name
            raise Refused(f"cgroup {address!r}: write {form!r}")
        if device and not (device.startswith("/") or re.fullmatch(r"\d+:\d+", device, re.ASCII)):
            raise Refused(f"cgroup {address!r}: {device!r} is neither the path of a folder nor major:minor of a disk")

    def system(self, address: str) -> bool:
        """Only the workload feels it, but the group is part of the system."""
        return True

    def needs(self, address: str) -> tuple[tuple[Knob, str], ...]:
        """Return the group, and in version 2 the controller that its parent must hand down."""
        name = address.partition("@")[0]
        if name not in LIMITS:
            return ()
        tree = self._tree(address)
        below = (Knob(self.kind, f"controllers/{tree.controller}"), _PRESENT)
        group = (Knob(self.kind, f"group/{tree.controller}"), _PRESENT)
        return (below, group) if tree.version == 2 else (group,)

    def members(self, address: str) -> Path:
        """Return the file that takes the number of a process into the group."""
        return self._tree(address).members

    def read(self, address: str) -> str:
        """Return the limit; of a group that is not there yet, what a new one has: none."""
        name, _, device = address.partition("@")
        tree = self._tree(address)
        if name.startswith("controllers/"):
            handed = read_text(tree.parent / "cgroup.subtree_control").split()
            return _PRESENT if tree.controller in handed else _ABSENT
        if name.startswith("group/"):
            return _PRESENT if tree.group.is_dir() else _ABSENT
        limit = LIMITS[name]
        if not tree.group.is_dir():
            return limit.unlimited(tree)
        return limit.shown(tree, self._disk(device) if device else "")

    def write(self, address: str, value: str) -> None:
        """Make or take away the group, or set a limit of it."""
        name, _, device = address.partition("@")
        tree = self._tree(address)
        if name.startswith("controllers/"):
            sign = "+" if value == _PRESENT else "-"
            write_text(tree.parent / "cgroup.subtree_control", f"{sign}{tree.controller}")
        elif name.startswith("group/"):
            _make(tree) if value == _PRESENT else _take_away(tree)
        elif not tree.group.is_dir():
            raise NotApplied(f"cgroup {address}: there is no group {tree.group}")
        else:
            LIMITS[name].write(tree, self._disk(device) if device else "", value)

    def reset(self, address: str) -> None:
        """There is always a value to write back."""
        raise NotApplied(f"cgroup {address} is restored by its value")

    def twins(self, address: str) -> Sequence[Knob]:
        """None: each limit has a file of its own."""
        return ()

    def available(self, address: str) -> Sequence[str]:
        """Limits list no values."""
        return ()

    def same(self, address: str, asked: str, shown: str) -> bool:
        """Tell whether both are one limit; memory is kept in pages, CPU time in microseconds of a period."""
        wanted, got = number(asked), number(shown)
        if address.startswith("memory.") and wanted is not None and got is not None:
            return 0 <= wanted - got < _PAGE
        if address == "cpu.quota" and wanted is not None and got is not None:
            return abs(wanted - got) < 1e-4
        if address == "cpuset.cpus":
            return cores(asked) == cores(shown)
        return equal(asked, shown)

    def _tree(self, address: str) -> Hierarchy:
        name = address.partition("@")[0]
        head, _, rest = name.partition("/")
        limit: Limit | None = LIMITS.get(name)
        return hierarchy(self._root, limit.controller if limit else rest or head)

    def _disk(self, device: str) -> str:
        """Return major:minor of the whole disk that `device` is, or that the folder lies on."""
        if not device.startswith("/"):
            return device
        try:
            place = os.stat(device)  # noqa: PTH116
        except OSError as error:
            raise CapabilityMissing(f"cgroup: {device}: {error.strerror}") from None
        entry = Path(f"/sys/dev/block/{os.major(place.st_dev)}:{os.minor(place.st_dev)}")
        if not entry.exists():
            raise CapabilityMissing(f"cgroup: {device} lies on no block device, so its I/O cannot be limited")
        whole = entry.resolve()
        return read_text((whole.parent if (whole / "partition").exists() else whole) / "dev")


def cores(text: str) -> frozenset[int] | None:
    """Return the cores of a list such as `0-2,5`, None where it is no list."""
    found: set[int] = set()
    for part in text.split(","):
        low, dash, high = part.partition("-")
        if not (low.isdigit() and (high.isdigit() or not dash)):
            return None
        found.update(range(int(low), int(high if dash else low) + 1))
    return frozenset(found)


def _make(tree: Hierarchy) -> None:
    try:
        tree.group.mkdir(exist_ok=True)
    except OSError as error:
        raise NotApplied(f"cannot make the control group {tree.group}: {error.strerror}; needs root") from None
    if tree.controller == "cpuset" and tree.version == 1:  # a new set is empty, and takes no process
        for name in ("cpuset.cpus", "cpuset.mems"):
            write_text(tree.group / name, read_text(tree.parent / name))


def _take_away(tree: Hierarchy) -> None:
    deadline = time.monotonic() + _LEAVING_S
    while reason := _still_there(tree):
        if time.monotonic() > deadline:
            raise NotApplied(f"cannot remove the control group {tree.group}: {reason}; its processes: "
                             f"{read_text(tree.group / 'cgroup.procs').split()}")  # fmt: skip
        _send_home(tree)
        time.sleep(0.01)


def _send_home(tree: Hierarchy) -> None:
    """Move what is left in the group back to its parent: it outlived its run and belongs to nobody's measurement."""
    for process in read_text(tree.group / "cgroup.procs").split():
        with suppress(NotApplied):  # it ended in this moment; if not, the next rmdir fails and says so
            write_text(tree.parent / "cgroup.procs", process)


def _still_there(tree: Hierarchy) -> str:
    """Remove the group; return why that is impossible, empty where it is gone."""
    try:
        tree.group.rmdir()
    except FileNotFoundError:
        return ""
    except OSError as error:
        return error.strerror or str(error)
    return ""


__all__ = ["GROUP", "ControlGroup", "cores"]
