"""Files below /sys that shape performance, by path."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from cadet.device.actuators.dangerous import refuse_sysfs
from cadet.device.actuators.denied import refuse_denied, refuse_tricks, refuse_where_it_leads
from cadet.device.actuators.pseudofile import chosen, equal, listed, read_text, write_text
from cadet.errors import NotApplied, Refused
from cadet.protocols import Knob

ALLOWED = (
    "/sys/kernel/mm/transparent_hugepage/*", "/sys/kernel/mm/transparent_hugepage/khugepaged/*",
    "/sys/kernel/mm/transparent_hugepage/hugepages-*/*", "/sys/kernel/mm/hugepages/hugepages-*/nr_hugepages",
    "/sys/kernel/mm/ksm/*", "/sys/kernel/mm/lru_gen/*", "/sys/kernel/mm/swap/*", "/sys/module/zswap/parameters/*",
    "/sys/block/*/queue/*", "/sys/block/*/queue/iosched/*", "/sys/block/*/bdi/*", "/sys/class/bdi/*/*",
    "/sys/devices/system/cpu/cpu*/online", "/sys/devices/system/cpu/cpufreq/*", "/sys/devices/system/cpu/cpufreq/*/*",
    "/sys/devices/system/cpu/cpu*/cpufreq/*", "/sys/devices/system/cpu/intel_pstate/*",
    "/sys/devices/system/cpu/amd_pstate/*", "/sys/devices/system/cpu/cpu*/cpuidle/*/disable",
    "/sys/class/devfreq/*/*", "/sys/class/net/*/tx_queue_len", "/sys/class/net/*/queues/*/*",
    "/sys/class/net/*/gro_flush_timeout", "/sys/class/net/*/napi_defer_hard_irqs",
)  # fmt: skip


class Sysfs:
    """Addresses are paths: `/sys/kernel/mm/ksm/run`. Of a list in brackets the selected word is the value."""

    kind = "sysfs"
    volatile = True

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def check(self, address: str) -> None:
        """Raise Refused for what is not on the allow-list, on the deny-list, or leads elsewhere than it says."""
        refuse_tricks(address)
        refuse_denied(address)
        if not any(PurePosixPath(address).match(pattern) for pattern in ALLOWED):
            raise Refused(f"{address} is not among the files that may be set: {', '.join(ALLOWED)}")
        refuse_where_it_leads(self._path(address), self._root, "sys")

    def refuse(self, address: str, value: str) -> None:
        """Raise Refused for a value that is known to be dangerous."""
        refuse_sysfs(address, value, self._root)

    def places(self, address: str) -> Sequence[Path]:
        """Return the file itself."""
        return (self._path(address),)

    def system(self, address: str) -> bool:
        """Everyone on this machine feels it."""
        return True

    def read(self, address: str) -> str:
        """Return the value."""
        return chosen(read_text(self._path(address)))

    def write(self, address: str, value: str) -> None:
        """Write the value."""
        write_text(self._path(address), value)

    def reset(self, address: str) -> None:
        """There is always a value to write back."""
        raise NotApplied(f"{address} has no default to go back to; it is restored by its value")

    def twins(self, address: str) -> Sequence[Knob]:
        """Return what the more specific kinds know about the same file."""
        from cadet.device.actuators.block import BlockQueue
        from cadet.device.actuators.hugepages import HugePages

        path = PurePosixPath(address)
        if path.match("/sys/block/*/queue/*"):
            return BlockQueue(self._root).twins(f"{path.parts[3]}/{path.name}")
        if path.match("/sys/kernel/mm/transparent_hugepage/*"):
            return HugePages(self._root).twins(path.name)
        return ()

    def available(self, address: str) -> Sequence[str]:
        """Return the words of a list in brackets."""
        return listed(read_text(self._path(address)))

    def same(self, address: str, asked: str, shown: str) -> bool:
        """Tell whether both are one value."""
        return equal(asked, shown)

    def _path(self, address: str) -> Path:
        return self._root / address.removeprefix("/")
