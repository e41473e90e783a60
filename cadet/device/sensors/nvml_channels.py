"""What NVIDIA GPUs tell, in SI units, and what the samples of a run come to.

GPUs refresh what they report every 20 to 100 ms, and some average over a part of that time only (Yang, Adamek and
Armour 2023, Part-time Power Measurements: nvidia-smi's Lack of Attention). So energy comes from the GPU's own counter
where there is one (Volta and later), otherwise from power by the trapezoidal rule, and from neither over a short run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from cadet.device.nvml import Gpu, NvmlRefusal
from cadet.device.sensors.sampled import Channel
from cadet.device.sensors.samples import LEAST_PERIODS, Figure, Needs, Numbers, highest, integral, mean

REFRESH_S = 0.1  # the slowest refresh of power that is known

_POWER_CAP = 0x4  # nvmlClocksEventReasonSwPowerCap: the power limit holds the clocks down
_SLOWDOWN = 0x8 | 0x20 | 0x40 | 0x80  # hardware slowdown, thermal slowdown by software and hardware, power brake
_SM, _MEMORY = 1, 2  # nvmlClockType_t
_CORE = 0  # nvmlTemperatureSensors_t

Ask = Callable[[Gpu], float]


def channels(gpu: Gpu) -> Iterator[Channel]:
    """Yield a channel for everything that this GPU answers; raises NvmlRefusal when it answers nothing at all."""
    counts = _answers(gpu, _joules)
    if counts:
        yield _channel(gpu, _joules, f"energy counter (which must move {LEAST_PERIODS} times in a run)", "", _COUNTER)
    if _answers(gpu, _watts):
        yield _channel(gpu, _watts, "power", "power_w", () if counts else _INTEGRATED, REFRESH_S)
    for ask, source, gauge, figures in _PLAIN:
        if _answers(gpu, ask):
            yield _channel(gpu, ask, source, gauge, figures)
    if _answers(gpu, _celsius):
        name = f"temperature.{gpu.name}"  # as every temperature is called, for guards and for settling
        yield Channel(partial(_read, gpu, _celsius), (_highest(name),), f"NVML temperature of {gpu.name}", name)


def counted(times: Numbers, values: Numbers) -> float:
    """Return what a counter counted; NaN when it moved so rarely that its steps matter."""
    moves = sum(a != b for a, b in pairwise(values))
    return values[-1] - values[0] if moves >= LEAST_PERIODS else math.nan


def counted_per_second(times: Numbers, values: Numbers) -> float:
    """Return that by time: joules become watts."""
    return counted(times, values) / (times[-1] - times[0])


def _channel(gpu: Gpu, ask: Ask, source: str, gauge: str, figures: Sequence[Figure], refresh_s: float = 0.0) -> Channel:
    named = tuple(replace(figure, name=f"{gpu.name}.{figure.name}") for figure in figures)
    gauge = gauge and f"{gpu.name}.{gauge}"
    return Channel(partial(_read, gpu, ask), named, f"NVML {source} of {gpu.name}", gauge, refresh_s)


def _read(gpu: Gpu, ask: Ask) -> float:
    try:
        return ask(gpu)
    except NvmlRefusal as refusal:
        raise OSError(str(refusal)) from None


def _answers(gpu: Gpu, ask: Ask) -> bool:
    try:
        ask(gpu)
    except NvmlRefusal as refusal:
        if refusal.unsupported:
            return False
        raise
    return True


def _joules(gpu: Gpu) -> float:
    return float(gpu.ask("nvmlDeviceGetTotalEnergyConsumption")) / 1000


def _watts(gpu: Gpu) -> float:
    return float(gpu.ask("nvmlDeviceGetPowerUsage")) / 1000


def _utilisation(gpu: Gpu) -> float:
    return float(gpu.ask("nvmlDeviceGetUtilizationRates").gpu) / 100


def _hertz(gpu: Gpu, kind: int) -> float:
    return float(gpu.ask("nvmlDeviceGetClockInfo", kind)) * 1e6


def _held(gpu: Gpu, by: int) -> float:
    return float(bool(gpu.ask("nvmlDeviceGetCurrentClocksThrottleReasons") & by))


def _bytes(gpu: Gpu) -> float:
    return float(gpu.ask("nvmlDeviceGetMemoryInfo").used)


def _celsius(gpu: Gpu) -> float:
    return float(gpu.ask("nvmlDeviceGetTemperature", _CORE))


def _mean(name: str) -> Figure:
    return Figure(name, mean, Needs.NOTHING, "mean over time")


def _share(name: str) -> Figure:
    return Figure(name, mean, Needs.NOTHING, "share of the time")


def _highest(name: str) -> Figure:
    return Figure(name, highest, Needs.NOTHING, "highest sample")


_COUNTER = (
    Figure("energy_j", counted, Needs.REFRESHES, "difference"),
    Figure("power_w", counted_per_second, Needs.REFRESHES, "difference by time"),
)
_INTEGRATED = (
    Figure("energy_j", integral, Needs.SAMPLES, "trapezoidal rule"),
    Figure("power_w", mean, Needs.SAMPLES, "mean over time"),
)
_PLAIN: tuple[tuple[Ask, str, str, Sequence[Figure]], ...] = (
    (_utilisation, "utilisation", "utilisation", [_mean("utilisation")]),
    (partial(_hertz, kind=_SM), "SM clock", "sm_clock_hz",
     [_mean("sm_clock_hz"), _highest("sm_clock_highest_hz")]),
    (partial(_hertz, kind=_MEMORY), "memory clock", "memory_clock_hz",
     [_mean("memory_clock_hz"), _highest("memory_clock_highest_hz")]),
    (partial(_held, by=_POWER_CAP), "throttle reasons", "", [_share("power_capped")]),
    (partial(_held, by=_SLOWDOWN), "throttle reasons", "", [_share("slowed_down")]),
    (_bytes, "memory", "memory_used_bytes", [_highest("memory_used_bytes")]),
)  # fmt: skip
