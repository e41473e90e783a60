"""Pressure stall information: how long tasks of this machine waited for CPU, disk or memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PRESSURE = Path("/proc/pressure")
_RESOURCES = ("cpu", "io", "memory")


def pressure_names(root: Path = PRESSURE) -> tuple[str, ...]:
    """Return the names of the stalls that this kernel counts; none where it does not."""
    return tuple(_totals(root))


class PressureSensor:
    """Microseconds of stall over a run, as `psi.RESOURCE_{some,full}_us`."""

    def __init__(self, root: Path = PRESSURE) -> None:
        self._root = root
        self.names = pressure_names(root)
        self._before: Mapping[str, float] = {}

    def start(self) -> None:
        """Note the totals."""
        self._before = _totals(self._root)

    def stop(self) -> Mapping[str, float]:
        """Return the stall since `start`."""
        now = _totals(self._root)
        return {name: now[name] - before for name, before in self._before.items() if name in now}


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
