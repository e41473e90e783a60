"""What clocks cost and what they give: power, temperature, and the time that a detector takes for a frame.

Written down from public specifications and textbook physics before anything ran on it, and not tuned afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from .spec import Spec

# Assumption: how the power budget of the module splits at full clocks and full load.
_SHARES = {"cpu": 0.25, "gpu": 0.45, "emc": 0.15, "rest": 0.15}
# Assumption: a rail falls from its highest to 0.6 of its highest voltage along the frequency table.
_LOWEST_VOLTAGE = 0.6
# Assumption: of a unit's power at full clocks and load, this part is leakage: there while the unit is powered.
_LEAKAGE = 0.2
# Assumption: an idle unit that is powered switches this part of what a loaded one does.
_IDLE_ACTIVITY = 0.1
AMBIENT_C = 25.0
_DEGREES_PER_WATT = 2.0  # assumption: a passive heat sink with a fan
_TIME_CONSTANT_S = 20.0


@dataclass(frozen=True)
class Clocks:
    """What runs now: frequency in Hz of each online core, of the GPU and of memory; whether there is load."""

    cores: tuple[tuple[float, float], ...]  # (frequency, highest frequency) of each online core
    gpu: float
    emc: float
    busy: bool


def power(spec: Spec, now: Clocks) -> dict[str, float]:
    """Return watts of cpu, gpu, emc and rest: C V^2 f of what switches plus leakage that falls with the voltage."""
    per_core = _SHARES["cpu"] * spec.budget_w / sum(len(c.cores) for c in spec.clusters)
    return {
        "cpu": sum(per_core * _unit(f / top, now.busy) for f, top in now.cores),
        "gpu": _SHARES["gpu"] * spec.budget_w * _unit(now.gpu / spec.gpu.high, now.busy),
        "emc": _SHARES["emc"] * spec.budget_w * _unit(now.emc / spec.emc.high, now.busy),
        "rest": _SHARES["rest"] * spec.budget_w,
    }


def _unit(speed: float, busy: bool) -> float:
    volt = _LOWEST_VOLTAGE + (1 - _LOWEST_VOLTAGE) * speed
    activity = 1.0 if busy else _IDLE_ACTIVITY
    return (1 - _LEAKAGE) * activity * speed * volt**2 + _LEAKAGE * volt


def warmed(celsius: float, watts: float, seconds: float) -> float:
    """Return the temperature after `seconds` at constant power: one resistance, one capacity."""
    settled = AMBIENT_C + _DEGREES_PER_WATT * watts
    return settled + (celsius - settled) * math.exp(-seconds / _TIME_CONSTANT_S)


@dataclass(frozen=True)
class Detector:
    """An object detector, by what one frame costs."""

    flop: float
    bytes: float
    cpu_cycles: float  # decoding, resizing, boxes
    parallel: float = 0.6  # assumption: the part of the CPU work that spreads over cores

    def frame_s(self, spec: Spec, now: Clocks) -> float:
        """Return seconds per frame: Amdahl on the CPU, then the roofline of the GPU (Williams et al. 2009)."""
        fastest = max(frequency for frequency, _ in now.cores)
        cpu = self.cpu_cycles * ((1 - self.parallel) / fastest + self.parallel / sum(f for f, _ in now.cores))
        peak = spec.cuda_cores * 4 * now.gpu  # two half-precision fused multiply-adds per core and cycle
        bandwidth = spec.bytes_per_emc_hz * now.emc
        return cpu + max(self.flop / (_ATTAINED_FLOPS * peak), self.bytes / (_ATTAINED_BANDWIDTH * bandwidth))


_ATTAINED_FLOPS = 0.35  # assumption: what convolutions reach of the peak
_ATTAINED_BANDWIDTH = 0.6
# YOLOv3 at 416 x 416: 65.86 GFLOP and 62 M weights (Redmon and Farhadi 2018); half precision, activations about as
# large as the weights. YOLOv3-tiny: 5.56 GFLOP, 8.9 M weights. CPU: 7 cycles per value of a 1280 x 720 colour image.
_RESIZE_CYCLES = 7 * 1280 * 720 * 3
DETECTORS: Mapping[str, Detector] = {
    "orin-nano": Detector(65.86e9, 2 * 124e6, _RESIZE_CYCLES),
    "tx2": Detector(5.56e9, 2 * 18e6, _RESIZE_CYCLES),
}
