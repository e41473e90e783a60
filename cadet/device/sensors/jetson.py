"""What a Jetson board tells beside its hwmon rails and thermal zones: GPU load, clocks, and the rails of release 32.

Up to release 32 (TX2, Xavier, Nano) the INA3221 monitors are industrial I/O devices, in mV, mA and mW; from release 34
on they are hwmon chips, which the sensor `hwmon` reads.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

from cadet.device.sensors.sampled import Channel, SampledSensor
from cadet.device.sensors.samples import Figure, Needs, integral, mean
from cadet.device.sensors.sysfs import SYS, Sysfs, number, plain, reads, text
from cadet.errors import CapabilityMissing

PERIOD_S = 0.02
_GPU_NAMES = ("gpu", "ga10b", "gv11b", "gp10b", "gm20b")
_MILLI, _KILO = 1e-3, 1e3
_EMC = "kernel/debug/bpmp/debug/clk/emc/rate"
_GPU_LOAD = "load"  # of the device, in thousandths


class JetsonSensor(SampledSensor):
    """Means over a run: `gpu.utilisation` (0 to 1), `gpu.clock_hz`, `cpu0.clock_hz` by cluster, `emc.clock_hz`.

    On release 32 also `VDD_IN.power_w` and `VDD_IN.energy_j` by rail. Raises CapabilityMissing on anything else than a
    Jetson board. The clock of a cluster whose cores are all offline is absent, as is the memory clock without root.
    """

    def __init__(
        self, wanted: Collection[str] | None = None, *, sysfs: Sysfs = SYS, period_s: float = PERIOD_S
    ) -> None:
        gpu = _gpu(sysfs)
        super().__init__([*_gpu_channels(gpu), *_clocks(sysfs), *_rails(sysfs)], wanted, period_s=period_s)


def _gpu(sysfs: Sysfs) -> Path:
    found = sysfs.folders("class/devfreq", "*")
    for folder in found:
        if folder.name.partition(".")[2] in _GPU_NAMES:
            return folder
    names = ", ".join(folder.name for folder in found) or "nothing"
    raise CapabilityMissing(f"no Jetson board: {sysfs.root}/class/devfreq lists {names}",
                            remedy="the clocks of other machines are read by the sensor 'system'")  # fmt: skip


def _gpu_channels(gpu: Path) -> Iterator[Channel]:
    yield _mean("gpu.clock_hz", gpu / "cur_freq", 1.0)
    load = gpu / "device" / _GPU_LOAD
    if reads(load):
        yield _mean("gpu.utilisation", load, _MILLI)


def _clocks(sysfs: Sysfs) -> Iterator[Channel]:
    for policy in sysfs.folders("devices/system/cpu/cpufreq", "policy*"):
        current = policy / "scaling_cur_freq"
        if reads(current):
            yield _mean(f"cpu{policy.name.removeprefix('policy')}.clock_hz", current, _KILO)
    try:
        there = reads(sysfs.root / _EMC)
    except PermissionError:  # debugfs is root's: absent without root
        there = False
    if there:
        yield _mean("emc.clock_hz", sysfs.root / _EMC, 1.0)


def _rails(sysfs: Sysfs) -> Iterator[Channel]:
    for monitor in sysfs.folders("bus/i2c/devices", "*"):
        for label in sorted(monitor.glob("iio:device*/rail_name_*")):
            power = label.with_name(f"in_power{label.name.rpartition('_')[2]}_input")
            if reads(power):
                yield _rail(plain(text(label) or label.name), power)


def _rail(name: str, power: Path) -> Channel:
    figures = (
        Figure(f"{name}.power_w", mean, Needs.SAMPLES, "mean over time"),
        Figure(f"{name}.energy_j", integral, Needs.SAMPLES, "power by the trapezoidal rule"),
    )
    return Channel(partial(number, power, _MILLI), figures, str(power), f"{name}.power_w")


def _mean(name: str, path: Path, scale: float) -> Channel:
    figure = Figure(name, mean, Needs.NOTHING, "mean over time")
    return Channel(partial(number, path, scale), (figure,), str(path), gauge=name)
