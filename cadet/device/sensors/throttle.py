"""Whether heat held the CPU clocks down, as Intel's processors count it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from cadet.device.sensors.sysfs import SYS, Sysfs, number, reads
from cadet.errors import CapabilityMissing

_NAME = "cpu.slowed_down"
_MILLI = 1e-3
_PLACE = "devices/system/cpu"


class ThrottleSensor:
    """The share of a run in which the hottest core or package was throttled, as `cpu.slowed_down`.

    Raises CapabilityMissing where no core counts it.
    """

    def __init__(
        self,
        wanted: Collection[str] | None = None,
        *,
        sysfs: Sysfs = SYS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        cores = sysfs.folders(_PLACE, "cpu[0-9]*/thermal_throttle")
        files = [core / f"{part}_throttle_total_time_ms" for core in cores for part in ("core", "package")]
        self._files = [path for path in files if reads(path)]
        if not self._files:
            raise CapabilityMissing(f"{sysfs.root / _PLACE}/cpu*/thermal_throttle is not there",
                                    remedy="Intel processors on real hardware have it (Linux 5.3)")  # fmt: skip
        self.names = (_NAME,) if wanted is None or _NAME in wanted else ()
        self.sources: Mapping[str, str] = {_NAME: f"{sysfs.root / _PLACE}/cpu*/thermal_throttle, difference"}
        self._clock = clock
        self._at, self._before = 0.0, dict[Path, float]()

    def start(self) -> None:
        """Note the totals."""
        self._at, self._before = self._clock(), self._totals()

    def stop(self) -> Mapping[str, float]:
        """Return the share since `start`."""
        seconds = self._clock() - self._at
        now = self._totals()
        slowed = max(now[path] - before for path, before in self._before.items())
        return {name: min(slowed / seconds, 1.0) if seconds > 0 else 0.0 for name in self.names}

    def _totals(self) -> dict[Path, float]:
        return {path: number(path, _MILLI) for path in self._files}
