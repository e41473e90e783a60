"""Temperatures: thermal zones and the temperature inputs of hardware monitors, and what heat did to the clocks."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from pathlib import Path

from cadet.device.sensors.sampled import Channel, SampledSensor
from cadet.device.sensors.samples import Figure, Needs, highest
from cadet.device.sensors.sysfs import SYS, Sysfs, distinct, number, plain, reads, text
from cadet.errors import CapabilityMissing

PERIOD_S = 0.1
_MILLI = 1e-3  # the kernel counts thousandths of a degree Celsius
_ENDINGS = ("-thermal", "_thermal", "-therm", "_therm")  # tj-thermal is what people call tj


class ThermalSensor(SampledSensor):
    """The highest temperature of a run in degrees Celsius, as `temperature.ZONE`.

    Raises CapabilityMissing where no zone and no monitor can be read.
    """

    def __init__(
        self, wanted: Collection[str] | None = None, *, sysfs: Sysfs = SYS, period_s: float = PERIOD_S
    ) -> None:
        inputs = [*_zones(sysfs), *_monitors(sysfs)]
        names = distinct(name for name, _ in inputs)
        channels = [_channel(f"temperature.{name}", path) for name, (_, path) in zip(names, inputs, strict=True)]
        if not channels:
            places = f"{sysfs.root}/class/thermal/thermal_zone*, {sysfs.root}/class/hwmon/hwmon*/temp*_input"
            raise CapabilityMissing(f"no temperature can be read: looked at {places}",
                                    remedy="a virtual machine shows none; on real hardware load its driver "
                                           "(modprobe coretemp, k10temp)")  # fmt: skip
        super().__init__(channels, wanted, period_s=period_s)


def _zones(sysfs: Sysfs) -> list[tuple[str, Path]]:
    zones = sysfs.folders("class/thermal", "thermal_zone*")
    return [(_zone_name(zone), zone / "temp") for zone in zones if reads(zone / "temp")]


def _zone_name(zone: Path) -> str:
    kind = (text(zone / "type") or zone.name).lower()
    for ending in _ENDINGS:
        kind = kind.removesuffix(ending)
    return plain(kind)


def _monitors(sysfs: Sysfs) -> list[tuple[str, Path]]:
    return [
        (plain(f"{text(chip / 'name') or chip.name}_{_label(path)}".lower()), path)
        for chip in sysfs.folders("class/hwmon", "hwmon*")
        for path in sorted(chip.glob("temp*_input"))
        if reads(path)
    ]


def _label(path: Path) -> str:
    stem = path.name.removesuffix("_input")
    return text(path.with_name(f"{stem}_label")) or stem


def _channel(name: str, path: Path) -> Channel:
    figure = Figure(name, highest, Needs.NOTHING, "highest sample")
    return Channel(partial(number, path, _MILLI), (figure,), str(path), gauge=name)
