"""What NVIDIA GPUs tell, in SI units, and what the samples of a run come to.

GPUs refresh what they report every 20 to 100 ms, and some average over a part of that time only (Yang, Adamek and
Armour 2023, Part-time Power Measurements: nvidia-smi's Lack of Attention). So energy comes from the GPU's own counter
where there is one (Volta and later), otherwise from power by the trapezoidal rule, and from neither over a short run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cadet.device.nvml import Gpu, NvmlRefusal
from cadet.errors import MeasurementError

REFRESH_S = 0.1  # the slowest refresh of power that is known
LEAST = 20  # refreshes within a run, for a sum to be worth reporting: what its two ends miss is then below 5 %

_POWER_CAP = 0x4  # nvmlClocksEventReasonSwPowerCap: the power limit holds the clocks down
_SLOWDOWN = 0x8 | 0x20 | 0x40 | 0x80  # hardware slowdown, thermal slowdown by software and hardware, power brake
_SM, _MEMORY = 1, 2  # nvmlClockType_t

Times = Sequence[float]
Values = Sequence[float]


class TooShort(MeasurementError):
    """A run in which the GPU refreshed a value too rarely."""


@dataclass(frozen=True)
class Reading:
    """One value of a GPU: how it is asked for, in SI units, and what a run's samples of it come to."""

    name: str
    ask: Callable[[Gpu], float]
    over: Callable[[Times, Values], float]
    source: str


def integral(times: Times, values: Values) -> float:
    """Return the integral over `times` (seconds) by the trapezoidal rule."""
    return sum((b - a) * (x + y) / 2 for (a, x), (b, y) in pairwise(zip(times, values, strict=True)))


def mean(times: Times, values: Values) -> float:
    """Return the mean over time, in the unit of the values."""
    seconds = times[-1] - times[0]
    return integral(times, values) / seconds if seconds > 0 else values[-1]


def highest(times: Times, values: Values) -> float:
    """Return the highest sample."""
    return max(values)


def counted(times: Times, values: Values) -> float:
    """Return what a counter counted; raises TooShort when it moved less than `LEAST` times."""
    moves = sum(a != b for a, b in pairwise(values))
    if moves < LEAST:
        seconds = times[-1] - times[0]
        raise TooShort(f"its counter moved {moves} times in {seconds:.3g} s; below {LEAST} times it is too coarse")
    return values[-1] - values[0]


def integrated(times: Times, values: Values) -> float:
    """Return the energy (J) of sampled power (W); raises TooShort for less than `LEAST` refreshes of `REFRESH_S`."""
    seconds = times[-1] - times[0]
    if seconds < LEAST * REFRESH_S:
        raise TooShort(f"power integrated over {seconds:.3g} s is too coarse; it needs {LEAST * REFRESH_S:g} s")
    return integral(times, values)


def offered(gpu: Gpu) -> list[Reading]:
    """Return what this GPU answers; its energy from the counter where it has one, else from its power."""
    found = [reading for reading in _READINGS if _answers(gpu, reading)]
    energy = COUNTER if _answers(gpu, COUNTER) else INTEGRAL
    return [energy, *found] if _answers(gpu, energy) else found


def _answers(gpu: Gpu, reading: Reading) -> bool:
    try:
        reading.ask(gpu)
    except NvmlRefusal as refusal:
        if refusal.unsupported:
            return False
        raise
    return True


def _power(gpu: Gpu) -> float:
    return float(gpu.ask("nvmlDeviceGetPowerUsage")) / 1000


def _utilisation(gpu: Gpu) -> float:
    return float(gpu.ask("nvmlDeviceGetUtilizationRates").gpu) / 100


def _clock_of(kind: int) -> Callable[[Gpu], float]:
    return lambda gpu: gpu.ask("nvmlDeviceGetClockInfo", kind) * 1e6


def _held_by(reasons: int) -> Callable[[Gpu], float]:
    return lambda gpu: float(bool(gpu.ask("nvmlDeviceGetCurrentClocksThrottleReasons") & reasons))


COUNTER = Reading("energy_j", lambda gpu: gpu.ask("nvmlDeviceGetTotalEnergyConsumption") / 1000, counted,
                  "NVML energy counter")  # fmt: skip
INTEGRAL = Reading("energy_j", _power, integrated, "NVML power, trapezoidal rule")
_READINGS = (
    Reading("power_w", _power, mean, "NVML power, mean over time"),
    Reading("utilisation", _utilisation, mean, "NVML, mean over time"),
    Reading("sm_clock_hz", _clock_of(_SM), mean, "NVML, mean over time"),
    Reading("sm_clock_highest_hz", _clock_of(_SM), highest, "NVML, highest sample"),
    Reading("memory_clock_hz", _clock_of(_MEMORY), mean, "NVML, mean over time"),
    Reading("power_capped", _held_by(_POWER_CAP), mean, "NVML throttle reasons, share of the time"),
    Reading("slowed_down", _held_by(_SLOWDOWN), mean, "NVML throttle reasons, share of the time"),
    Reading("memory_used_bytes", lambda gpu: gpu.ask("nvmlDeviceGetMemoryInfo").used, highest, "NVML, highest sample"),
    Reading("temperature_c", lambda gpu: gpu.ask("nvmlDeviceGetTemperature", 0), highest, "NVML, highest sample"),
)
