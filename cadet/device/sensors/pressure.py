"""Pressure stall information: how long tasks of this machine waited for CPU, disk or memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from cadet.errors import CapabilityMissing

PRESSURE = Path("/proc/pressure")
_RESOURCES = ("cpu", "io", "memory")


def pressure_names(root: Path = PRESSURE) -> tuple[str, ...]:
    """Return the names of the stalls that this kernel counts; none where it does not."""
    return tuple(_totals(root))


class PressureSensor:
    """Microseconds of stall over a run, as `psi.RESOURCE_{some,full}_us`."""

    def __init__(self, wanted: Collection[str] | None = None, *, root: Path = PRESSURE) -> None:
        self._root = root
        there = pressure_names(root)
        if not there:
            raise CapabilityMissing(f"{root} is not there", remedy="boot with the kernel parameter psi=1")
        self.names = tuple(name for name in there if wanted is None or name in wanted)
        self.sources: Mapping[str, str] = {
            name: f"{root / name[4:].partition('_')[0]}, difference" for name in self.names
        }
        self._before: Mapping[str, float] = {}

    def start(self) -> None:
        """Note the totals."""
        self._before = _totals(self._root)

    def stop(self) -> Mapping[str, float]:
        """Return the stall since `start`."""
        now = _totals(self._root)
        return {name: now[name] - before for name, before in self._before.items() if name in self.names}


def _totals(root: Path) -> dict[str, float]:
    totals: dict[str, float] = {}
    for resource in _RESOURCES:
        try:
            lines = (root / resource).read_text().splitlines()
        except OSError:  # the kernel was built or booted without it: not listed
            continue
        for line in lines:
            kind, *parts = line.split()
            totals[f"psi.{resource}_{kind}_us"] = float(dict(part.split("=") for part in parts)["total"])
    return totals
