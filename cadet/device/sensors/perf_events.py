"""What the kernel calls the events that people know by name: software, hardware, cache events, tracepoints, codes.

Source: perf_event_open(2), linux/perf_event.h.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cadet.errors import CapabilityMissing, nearest

TRACING = (Path("/sys/kernel/tracing"), Path("/sys/kernel/debug/tracing"))
_HARDWARE, _SOFTWARE, _TRACEPOINT, _CACHE, _RAW = range(5)

_SOFTWARE_EVENTS = {
    "cpu-clock": 0, "task-clock": 1, "page-faults": 2, "faults": 2, "context-switches": 3, "cs": 3,
    "cpu-migrations": 4, "migrations": 4, "minor-faults": 5, "major-faults": 6, "alignment-faults": 7,
    "emulation-faults": 8, "cgroup-switches": 11,
}  # fmt: skip
_HARDWARE_EVENTS = {
    "cycles": 0, "cpu-cycles": 0, "instructions": 1, "cache-references": 2, "cache-misses": 3, "branches": 4,
    "branch-instructions": 4, "branch-misses": 5, "bus-cycles": 6, "stalled-cycles-frontend": 7,
    "stalled-cycles-backend": 8, "ref-cycles": 9,
}  # fmt: skip
_CACHES = {"L1-dcache": 0, "L1-icache": 1, "LLC": 2, "dTLB": 3, "iTLB": 4, "branch": 5, "node": 6}
_ACCESSES = {"loads": (0, 0), "load-misses": (0, 1), "stores": (1, 0), "store-misses": (1, 1),
             "prefetches": (2, 0), "prefetch-misses": (2, 1)}  # fmt: skip
_CACHE_EVENTS = {
    f"{cache}-{access}": number | operation << 8 | result << 16
    for cache, number in _CACHES.items()
    for access, (operation, result) in _ACCESSES.items()
}
_MODIFIERS = {"": (False, False), "u": (False, True), "k": (True, False)}  # without user, without kernel
_RAW_CODE = re.compile(r"r[0-9a-fA-F]{1,16}")
_NANO = 1e-9


@dataclass(frozen=True)
class Event:
    """An event as the kernel takes it; `unit` turns its count into SI units (clocks count nanoseconds)."""

    name: str
    kind: int
    config: int
    unit: float = 1.0
    exclude_user: bool = False
    exclude_kernel: bool = False

    @property
    def hardware(self) -> bool:
        """Whether the processor counts it."""
        return self.kind in (_HARDWARE, _CACHE, _RAW)


def event(name: str, tracing: tuple[Path, ...] = TRACING) -> Event:
    """Return the event of this name; raises CapabilityMissing where this machine knows none."""
    base, _, modifier = name.partition(":")
    if modifier in _MODIFIERS:
        for kind, known in ((_SOFTWARE, _SOFTWARE_EVENTS), (_HARDWARE, _HARDWARE_EVENTS), (_CACHE, _CACHE_EVENTS)):
            if base in known:
                return Event(name, kind, known[base], _NANO if base.endswith("-clock") else 1.0, *_MODIFIERS[modifier])
        if _RAW_CODE.fullmatch(base):
            return Event(name, _RAW, int(base[1:], 16), 1.0, *_MODIFIERS[modifier])
        known_names = (*_SOFTWARE_EVENTS, *_HARDWARE_EVENTS, *_CACHE_EVENTS)
        raise CapabilityMissing(f"no event {base!r}{nearest(base, known_names)}",
                                remedy="tracepoints are written group:name, codes of this processor r00c0")  # fmt: skip
    return Event(name, _TRACEPOINT, _tracepoint(base, modifier, tracing))


def _tracepoint(group: str, name: str, tracing: tuple[Path, ...]) -> int:
    for path in (root / "events" / group / name / "id" for root in tracing):
        found = _number(path)
        if found is not None:
            return found
    mounted = [root for root in tracing if (root / "events").is_dir()]
    if not mounted:
        raise CapabilityMissing(f"no tracepoints: {tracing[0]}/events is not there",
                                remedy=f"mount -t tracefs nodev {tracing[0]}")  # fmt: skip
    groups = [path.name for path in (mounted[0] / "events").iterdir() if path.is_dir()]
    if group in groups:
        inside = [path.name for path in (mounted[0] / "events" / group).iterdir() if path.is_dir()]
        raise CapabilityMissing(f"no tracepoint {group}:{name}{nearest(name, inside)}")
    raise CapabilityMissing(f"no group of tracepoints {group!r}{nearest(group, groups)}")


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except PermissionError:
        remedy = f"mount -o remount,mode=755 {path.parents[3]}, or run as root"
        raise CapabilityMissing(f"{path} may not be read", remedy=remedy, denied=True) from None
    except OSError:
        return None
