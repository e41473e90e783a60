"""Kernel parameters below /proc/sys that shape performance."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from cadet.device.actuators.dangerous import refuse_sysctl
from cadet.device.actuators.denied import refuse_denied, refuse_tricks, refuse_where_it_leads
from cadet.device.actuators.pseudofile import equal, read_text, write_text
from cadet.errors import NotApplied, Refused
from cadet.protocols import Knob

ALLOWED = (
    "vm.*", "kernel.sched_*", "kernel.numa_balancing*", "kernel.timer_migration", "net.core.*", "net.ipv4.tcp_*",
    "net.ipv4.udp_*", "fs.aio-max-nr", "fs.inotify.*", "fs.pipe-*", "fs.file-max", "fs.epoll.*",
)  # fmt: skip

# The first of each pair zeroes the second and the other way round (Documentation/admin-guide/sysctl/vm.rst).
_EXCLUSIVE = (
    ("vm.dirty_bytes", "vm.dirty_ratio"),
    ("vm.dirty_background_bytes", "vm.dirty_background_ratio"),
    ("vm.overcommit_kbytes", "vm.overcommit_ratio"),
)
_TWINS = {**dict(_EXCLUSIVE), **{second: first for first, second in _EXCLUSIVE}}


class Sysctl:
    """Addresses as sysctl spells them: `vm.dirty_ratio`."""

    kind = "sysctl"
    volatile = True

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def check(self, address: str) -> None:
        """Raise Refused for what is not on the allow-list of performance knobs, or on the deny-list."""
        refuse_tricks(address)
        if "/" in address or ".." in address or address != address.strip("."):
            raise Refused(f"sysctl {address!r}: write it with dots, as in 'vm.dirty_ratio'")
        refuse_denied("/proc/sys/" + address.replace(".", "/"))
        if not any(fnmatchcase(address, pattern) for pattern in ALLOWED):
            raise Refused(f"sysctl {address!r} is not among the knobs of performance: {', '.join(ALLOWED)}")
        refuse_where_it_leads(self._path(address), self._root, "proc/sys")

    def refuse(self, address: str, value: str) -> None:
        """Raise Refused for a value that is known to be dangerous."""
        refuse_sysctl(address, value, self._root)

    def places(self, address: str) -> Sequence[Path]:
        """Return the file below /proc/sys."""
        return (self._path(address),)

    def system(self, address: str) -> bool:
        """Everyone on this machine feels it."""
        return True

    def read(self, address: str) -> str:
        """Return the value; several numbers are separated by spaces."""
        return " ".join(read_text(self._path(address)).split())

    def write(self, address: str, value: str) -> None:
        """Write the value."""
        write_text(self._path(address), value)

    def reset(self, address: str) -> None:
        """There is always a value to write back."""
        raise NotApplied(f"sysctl {address} has no default to go back to; it is restored by its value")

    def twins(self, address: str) -> Sequence[Knob]:
        """Return the parameter that excludes this one."""
        return (Knob(self.kind, _TWINS[address]),) if address in _TWINS else ()

    def available(self, address: str) -> Sequence[str]:
        """Kernel parameters list no values."""
        return ()

    def same(self, address: str, asked: str, shown: str) -> bool:
        """Tell whether both are one value: the kernel keeps these exactly or not at all."""
        return equal(asked, shown)

    def _path(self, address: str) -> Path:
        return self._root / "proc/sys" / address.replace(".", "/")
