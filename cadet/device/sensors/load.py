"""How much of the machine's CPU time others took: contention as a measured condition."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

OTHER_CPU = "load.other_cpu"  # what others used of the CPU time that a run left them
STAT = Path("/proc/stat")
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_COARSE = 0.25  # a share that is this uncertain is not reported
_FIRST_LINE = 256  # bytes: the line of all CPUs together; the file itself is long
_IDLE, _IOWAIT = 3, 4  # columns of that line; the others up to `steal` are time that somebody used
_STEAL = 7


@dataclass(frozen=True)
class Share:
    """The share of all cores, in [0, 1], that others used over `seconds`; `resolution` is the clock's step.

    left: the share of all cores that we did not use ourselves.
    """

    value: float
    resolution: float
    seconds: float
    left: float = 1.0

    @property
    def known(self) -> bool:
        """Whether the run was long enough for the kernel's clock to tell."""
        return self.resolution <= _COARSE

    @property
    def of_left(self) -> float | None:
        """Return the share of what we left, None where that cannot be told.

        It says how busy others are whatever we do ourselves. Their share of all cores does not: a run that waits longer
        leaves them more, so that it would look like a cause of waiting.
        """
        if self.left <= 0 or self.resolution / self.left > _COARSE:
            return None
        return min(self.value / self.left, 1.0)

    def above(self, limit: float) -> bool:
        """Tell whether others certainly used more than `limit`."""
        return self.value - self.resolution > limit


class LoadSensor:
    """CPU time of everybody else between `start` and `stop`: /proc/stat minus `ours`, our CPU seconds so far."""

    def __init__(
        self, ours: Callable[[], float], *, stat: Path = STAT, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ours = ours
        self._stat = stat
        self._clock = clock
        self._cores = os.cpu_count() or 1
        self._at, self._busy, self._used = 0.0, 0.0, 0.0

    def start(self) -> None:
        """Note the counters."""
        self._at, self._busy, self._used = self._clock(), self._read(), self._ours()

    def stop(self) -> Share:
        """Return what others used since `start`."""
        seconds = self._clock() - self._at
        capacity = max(seconds, _TICK_S) * self._cores
        busy, used = self._read() - self._busy, self._ours() - self._used
        share, left = (busy - used) / capacity, 1 - used / capacity
        return Share(min(max(share, 0.0), 1.0), 2 * _TICK_S / capacity, seconds, min(max(left, 0.0), 1.0))

    def _read(self) -> float:
        with self._stat.open("rb", buffering=0) as file:
            ticks = [int(field) for field in file.read(_FIRST_LINE).splitlines()[0].split()[1 : _STEAL + 2]]
        return _TICK_S * sum(t for column, t in enumerate(ticks) if column not in (_IDLE, _IOWAIT))


def our_cpu_s(live: Iterable[int]) -> float:
    """Return the CPU seconds so far of this process, of children it waited for, and of the `live` process trees."""
    counted = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in counted) + sum(map(_tree_cpu_s, live))


def _tree_cpu_s(pid: int) -> float:
    process = Path("/proc") / str(pid)
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        children = (process / "task" / str(pid) / "children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):  # it ended: its parent counts it
        return 0.0
    return _TICK_S * sum(int(ticks) for ticks in fields[11:15]) + sum(_tree_cpu_s(int(child)) for child in children)
