"""Power rails of hardware monitors, such as the INA3221 of a board: watts, and joules as their integral.

Source: the kernel's hwmon interface (Documentation/hwmon/sysfs-interface): mV, mA, uW, uJ, milliseconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path

from cadet.device.sensors.sampled import Channel, SampledSensor
from cadet.device.sensors.samples import Figure, Needs, counter, integral, mean
from cadet.device.sensors.sysfs import SYS, Sysfs, distinct, number, plain, reads, text
from cadet.errors import CapabilityMissing

PERIOD_S = 0.02
_MILLI, _MICRO = 1e-3, 1e-6

Rail = tuple[str, Callable[[], float], str, float]  # name, watts, source, refresh period in seconds


class HwmonSensor(SampledSensor):
    """Mean watts and joules of every rail, as `VDD_GPU.power_w` and `VDD_GPU.energy_j`.

    Raises CapabilityMissing where no rail can be read.
    """

    def __init__(
        self, wanted: Collection[str] | None = None, *, sysfs: Sysfs = SYS, period_s: float = PERIOD_S
    ) -> None:
        channels = list(_channels(sysfs))
        if not channels:
            place = f"{sysfs.root}/class/hwmon/hwmon*"
            raise CapabilityMissing(
                f"no power rail: looked at {place}/power*_input, power*_average, energy*_input and, "
                "of INA chips, in*_input with curr*_input",
                remedy="a virtual machine has none; on a board load the driver of its monitor (modprobe ina3221)",
            )
        super().__init__(channels, wanted, period_s=period_s)


def _channels(sysfs: Sysfs) -> Iterator[Channel]:
    chips = sysfs.folders("class/hwmon", "hwmon*")
    rails = [rail for chip in chips for rail in _rails(chip)]
    counters = [(_name(path), path) for chip in chips for path in sorted(chip.glob("energy*_input")) if reads(path)]
    counted = {name for name, _ in counters}
    names = distinct(name for name, *_ in rails)
    for name, (given, watts, source, refresh_s) in zip(names, rails, strict=True):
        figures = [Figure(f"{name}.power_w", mean, Needs.SAMPLES, "mean over time")]
        if given not in counted:
            figures.append(Figure(f"{name}.energy_j", integral, Needs.SAMPLES, "power by the trapezoidal rule"))
        yield Channel(watts, tuple(figures), source, f"{name}.power_w", refresh_s)
    for name, (_, path) in zip(distinct(n for n, _ in counters), counters, strict=True):
        figure = counter(f"{name}.energy_j", math.nan, "counter")  # no range is published: a wrap gives no value
        yield Channel(partial(number, path, _MICRO), (figure,), str(path), refresh_s=_refresh_s(path.parent))


def _rails(chip: Path) -> Iterator[Rail]:
    refresh_s = _refresh_s(chip)
    powers = {_index(path): path for pattern in ("power*_average", "power*_input") for path in chip.glob(pattern)}
    for path in sorted(powers.values()):
        if reads(path):
            yield _name(path), partial(number, path, _MICRO), str(path), refresh_s
    if powers or not (text(chip / "name") or "").startswith("ina"):
        return
    for volts in sorted(chip.glob("in*_input")):
        amperes = volts.with_name(f"curr{_index(volts)}_input")
        if reads(volts) and reads(amperes):
            yield _name(volts), partial(_watts, volts, amperes), f"{volts} x {amperes.name}", refresh_s


def _watts(volts: Path, amperes: Path) -> float:
    return number(volts, _MILLI) * number(amperes, _MILLI)


def _refresh_s(chip: Path) -> float:
    said = text(chip / "update_interval")
    return float(said) * _MILLI if said and said.isdigit() else 0.0


def _name(path: Path) -> str:
    stem = path.name.rpartition("_")[0]
    label = text(path.with_name(f"{stem}_label"))
    return plain(label or f"{text(path.parent / 'name') or path.parent.name}_{stem}")


def _index(path: Path) -> str:
    return "".join(filter(str.isdigit, path.name))
