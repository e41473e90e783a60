"""What the kernel counts for the whole machine: switches, interrupts, forks, faults, swapping, disk requests.

Others on the machine add to it; `load.other_cpu` and the tag `contended` tell when.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from cadet.device.sensors.counters import CounterSensor
from cadet.errors import CapabilityMissing

_STAT = {"ctxt": "context_switches", "intr": "interrupts", "softirq": "soft_interrupts", "processes": "forks"}
_VMSTAT = {
    "pgfault": "page_faults",
    "pgmajfault": "major_faults",
    "pswpin": "pages_swapped_in",
    "pswpout": "pages_swapped_out",
    "nr_dirtied": "pages_dirtied",
    "nr_written": "pages_written",
    "pgscan_direct": "pages_scanned_direct",
    "compact_stall": "compaction_stalls",
    "thp_fault_alloc": "huge_pages",
}
# Columns after the name, Documentation/admin-guide/iostats: (column, name, unit)
_DISK = ((0, "disk_reads", 1), (2, "disk_read_bytes", 512), (4, "disk_writes", 1), (6, "disk_written_bytes", 512),
         (9, "disk_busy_s", 1e-3), (15, "disk_flushes", 1))  # fmt: skip
_NO_DISK = ("loop", "ram", "zram", "dm-", "md", "sr", "fd")  # made of other disks, of memory, or not in use
_RUN_DELAY = 8  # /proc/schedstat, version 15: nanoseconds that tasks waited for this CPU

Pairs = Iterator[tuple[str, float]]


class ProcSensor(CounterSensor):
    """Machine-wide counts over a run, as `proc.context_switches`; raises CapabilityMissing without /proc."""

    def __init__(self, wanted: Collection[str] | None = None, *, root: Path = Path("/")) -> None:
        self._disks = _disks(root / "sys/block")
        self._files: dict[Path, Callable[[str], Pairs]] = {
            root / "proc/stat": _stat,
            root / "proc/vmstat": _vmstat,
            root / "proc/diskstats": self._diskstats,
            root / "proc/schedstat": _schedstat,
        }
        sources = {
            name: f"{path}, difference" for path, parse in self._files.items() for name, _ in _pairs(path, parse)
        }
        if not sources:
            raise CapabilityMissing(f"{root / 'proc/stat'} cannot be read", remedy="mount -t proc proc /proc")
        super().__init__(self._totals_of_files, sources, wanted)

    def _totals_of_files(self) -> dict[str, float]:
        return {name: value for path, parse in self._files.items() for name, value in _pairs(path, parse)}

    def _diskstats(self, text: str) -> Pairs:
        rows = [line.split()[3:] for line in text.splitlines() if line.split()[2] in self._disks]
        for column, name, unit in _DISK:
            if rows and all(len(row) > column for row in rows):
                yield f"proc.{name}", sum(int(row[column]) for row in rows) * unit


def _pairs(path: Path, parse: Callable[[str], Pairs]) -> Pairs:
    try:
        content = path.read_text()
    except OSError:  # this kernel does not count it: not listed
        return
    yield from parse(content)


def _stat(content: str) -> Pairs:
    for key, _, rest in (line.partition(" ") for line in content.splitlines()):
        if key in _STAT:
            yield f"proc.{_STAT[key]}", float(rest.split()[0])


def _vmstat(content: str) -> Pairs:
    for key, _, value in (line.partition(" ") for line in content.splitlines()):
        if key in _VMSTAT:
            yield f"proc.{_VMSTAT[key]}", float(value)


def _schedstat(content: str) -> Pairs:
    waits = [int(fields[_RUN_DELAY]) for line in content.splitlines() if (fields := line.split())[0][:3] == "cpu"]
    yield "proc.run_delay_s", sum(waits) * 1e-9


def _disks(block: Path) -> frozenset[str]:
    try:
        return frozenset(path.name for path in block.iterdir() if not path.name.startswith(_NO_DISK))
    except OSError:
        return frozenset()
