"""What the kernel counted for a process: faults, context switches, CPU seconds, blocks, peak memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from resource import struct_rusage
from typing import Any

_KIB = 1024  # ru_maxrss is in KiB on Linux


@dataclass(frozen=True)
class Usage:
    """Counts over a run; seconds, bytes, blocks of 512 bytes.

    None where it cannot be known: the peak memory, and the blocks of a service that runs as another user.
    """

    minor_faults: float
    major_faults: float
    voluntary_switches: float
    involuntary_switches: float
    user_s: float
    system_s: float
    blocks_in: float | None
    blocks_out: float | None
    max_rss_bytes: float | None = None

    @property
    def cpu_s(self) -> float:
        """CPU seconds, user and system."""
        return self.user_s + self.system_s

    def __sub__(self, earlier: Usage) -> Usage:
        """Return what was counted since `earlier`."""
        return self._combined(earlier, -1)

    def __add__(self, other: Usage) -> Usage:
        """Return the sum, for processes that ran side by side; their peak memory is not a sum of peaks."""
        return self._combined(other, 1)

    def values(self) -> dict[str, float]:
        """Return what is known, as `rusage.NAME`."""
        return {f"rusage.{name}": value for name, value in vars(self).items() if value is not None}

    def _combined(self, other: Usage, sign: int) -> Usage:
        pairs = {name: (getattr(self, name), getattr(other, name)) for name in _COUNTS}
        counts: dict[str, Any] = {n: None if None in pair else pair[0] + sign * pair[1] for n, pair in pairs.items()}
        return Usage(**counts, max_rss_bytes=None)


_COUNTS = tuple(f.name for f in fields(Usage) if f.name != "max_rss_bytes")
RUSAGE_NAMES = tuple(f"rusage.{f.name}" for f in fields(Usage))
NOTHING = Usage(**dict.fromkeys(_COUNTS, 0.0))


def from_rusage(counted: struct_rusage, floor_bytes: float = 0.0) -> Usage:
    """Return what wait4 or getrusage counted.

    A child inherits the peak memory of the process that forked it, `floor_bytes`, across exec; at or below that its
    own peak is unknown.
    """
    peak = float(counted.ru_maxrss * _KIB)
    return Usage(
        minor_faults=float(counted.ru_minflt),
        major_faults=float(counted.ru_majflt),
        voluntary_switches=float(counted.ru_nvcsw),
        involuntary_switches=float(counted.ru_nivcsw),
        user_s=counted.ru_utime,
        system_s=counted.ru_stime,
        blocks_in=float(counted.ru_inblock),
        blocks_out=float(counted.ru_oublock),
        max_rss_bytes=peak if peak > floor_bytes else None,
    )


def from_values(values: Mapping[str, float]) -> Usage:
    """Return the usage that a worker process reported by name."""
    return Usage(**{name: values[name] for name in _COUNTS}, max_rss_bytes=values.get("max_rss_bytes"))
