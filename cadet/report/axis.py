"""A scale for values: from zero, or logarithmic where they span a lot, with ticks that are round numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cadet.report import numbers

_LOG_FROM = 8.0  # a ratio between largest and smallest from which a logarithmic axis reads better
_MOST_TICKS = 6
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Axis:
    """An axis from `low` to `high` with its ticks."""

    low: float
    high: float
    log: bool
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Return how far along the axis a value lies, 0 to 1; what is beyond an end is at that end."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def spelled(self, unit: str) -> tuple[tuple[str, ...], str]:
        """Return the ticks as text, and the unit that they are in."""
        chosen = numbers.scale(self.ticks[-1] if self.ticks else self.high, unit)
        if self.log or len(self.ticks) < 2:
            return tuple(numbers.quantity(tick / chosen.factor) for tick in self.ticks), chosen.unit
        step = (self.ticks[1] - self.ticks[0]) / chosen.factor
        decimals = max(-math.floor(math.log10(step) + _ROUNDING), 0)
        return tuple(chosen.text(tick, decimals) for tick in self.ticks), chosen.unit


def axis(values: Sequence[float], *, zero: bool = True) -> Axis:
    """Return an axis that holds all values: with zero in it, unless `zero` is False or it is logarithmic."""
    finite = [v for v in values if math.isfinite(v)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    if low > 0 and high / low >= _LOG_FROM:
        low, high = low / 1.15, high * 1.15
        return Axis(low, high, True, _log_ticks(low, high))
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    step = _step((high - low) or abs(high) or 1.0)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    high = high if high > low else low + step
    ticks = tuple(low + i * step for i in range(round((high - low) / step) + 1))
    return Axis(low, high, False, ticks)


def _log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Return the densest of three round series that gives few enough ticks, or evenly thinned powers of ten."""
    powers = [10.0**e for e in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
    for multiples in ((1, 2, 5), (1, 3), (1,)):
        ticks = [m * power for power in powers for m in multiples if low <= m * power <= high]
        if len(ticks) <= _MOST_TICKS:
            break
    return tuple(ticks[:: math.ceil(len(ticks) / _MOST_TICKS) or 1])


def _step(span: float) -> float:
    """Return a step of 1, 2 or 5 times a power of ten that gives four or five ticks."""
    rough = span / 4
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
