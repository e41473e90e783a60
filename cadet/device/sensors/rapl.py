"""Energy of Intel and AMD processors from RAPL, whose counters start again at 0 after some minutes.

Source: the kernel's power capping framework (Documentation/power/powercap): energy_uj, max_energy_range_uj.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

from cadet.device.sensors.sampled import Channel, SampledSensor
from cadet.device.sensors.samples import counter, rate
from cadet.device.sensors.sysfs import SYS, Sysfs, distinct, number, plain, reads, text
from cadet.errors import CapabilityMissing

PERIOD_S = 1.0  # at 1000 W the usual range of 262 kJ lasts for four minutes
REFRESH_S = 0.001  # Intel SDM volume 3B: energy status counters move about every millisecond
_MICRO = 1e-6
_LOAD = "modprobe intel_rapl_msr on real Intel or AMD hardware; a virtual machine has none"


class RaplSensor(SampledSensor):
    """Joules and mean watts of a run, as `package_0.energy_j` and `package_0_dram.power_w`.

    Raises CapabilityMissing where there is no such counter or it may not be read.
    """

    def __init__(
        self, wanted: Collection[str] | None = None, *, sysfs: Sysfs = SYS, period_s: float = PERIOD_S
    ) -> None:
        place = sysfs.require("class/powercap", "RAPL", _LOAD)
        zones = list(_zones(sysfs))
        try:
            counters = [(name, zone) for name, zone in zones if reads(zone / "energy_uj")]
        except PermissionError as error:
            raise CapabilityMissing(f"{error.filename} may not be read", denied=True,
                                    remedy=f"sudo chmod a+r {place}/*-rapl:*/energy_uj") from None  # fmt: skip
        if not counters:
            raise CapabilityMissing(f"no RAPL: {place}/*-rapl:*/energy_uj is not there",
                                    remedy=_LOAD)  # fmt: skip
        super().__init__([_channel(name, zone) for name, zone in counters], wanted, period_s=period_s)


def _zones(sysfs: Sysfs) -> Iterator[tuple[str, Path]]:
    """Yield (name, folder): `package_0`, and parts with the name of the whole before theirs."""
    zones = sysfs.folders("class/powercap", "*-rapl:*")
    named = {zone.name: text(zone / "name") or zone.name for zone in zones}
    full = [plain("_".join(named[part] for part in _lineage(zone.name) if part in named)) for zone in zones]
    yield from zip(distinct(full), zones, strict=True)


def _lineage(folder: str) -> list[str]:
    """Return `intel-rapl:0`, `intel-rapl:0:1` for the latter."""
    parts = folder.split(":")
    return [":".join(parts[:depth]) for depth in range(2, len(parts) + 1)]


def _channel(name: str, zone: Path) -> Channel:
    wraps_at = number(zone / "max_energy_range_uj", _MICRO)
    figures = (
        counter(f"{name}.energy_j", wraps_at, "counter with wrap-around"),
        rate(f"{name}.power_w", wraps_at, "energy per second"),
    )
    return Channel(partial(number, zone / "energy_uj", _MICRO), figures, str(zone / "energy_uj"), refresh_s=REFRESH_S)
