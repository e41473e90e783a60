"""What the samples of a run come to: mean, highest, the integral of power, what a counter that wraps has counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

LEAST_PERIODS = 20  # of the sensor within a run, for a sum or mean to be worth reporting: its ends miss 5 % at most

Numbers = Sequence[float]


class Needs(Enum):
    """Of what a figure needs at least `LEAST_PERIODS` within a run, to mean anything."""

    NOTHING = "nothing"  # the highest sample
    REFRESHES = "refreshes of the device"  # a counter, read at both ends
    SAMPLES = "refreshes and samples"  # a mean, an integral


@dataclass(frozen=True)
class Figure:
    """A number that samples come to: `over` takes their times in seconds and their values, `how` says it in words."""

    name: str
    over: Callable[[Numbers, Numbers], float]
    needs: Needs
    how: str


def integral(times: Numbers, values: Numbers) -> float:
    """Return the integral over time by the trapezoidal rule: watts become joules."""
    return sum((b - a) * (x + y) / 2 for (a, x), (b, y) in pairwise(zip(times, values, strict=True)))


def mean(times: Numbers, values: Numbers) -> float:
    """Return the mean over time, in the unit of the values."""
    seconds = times[-1] - times[0]
    return integral(times, values) / seconds if seconds > 0 else values[-1]


def highest(times: Numbers, values: Numbers) -> float:
    """Return the highest sample."""
    return max(values)


def lowest(times: Numbers, values: Numbers) -> float:
    """Return the lowest sample."""
    return min(values)


def difference(times: Numbers, values: Numbers) -> float:
    """Return the last sample minus the first."""
    return values[-1] - values[0]


def counted(values: Numbers, wraps_at: float) -> float:
    """Return what a counter counted that starts again at 0 after `wraps_at`, sampled at least once per wrap."""
    return sum(now - before if now >= before else now - before + wraps_at for before, now in pairwise(values))


def counter(name: str, wraps_at: float, how: str) -> Figure:
    """Return the figure of a counter that starts again at 0 after `wraps_at`, in the unit of its samples."""
    return Figure(name, lambda _, values: counted(values, wraps_at), Needs.REFRESHES, how)


def rate(name: str, wraps_at: float, how: str) -> Figure:
    """Return the figure that is such a counter per second."""
    return Figure(name, lambda times, values: counted(values, wraps_at) / (times[-1] - times[0]), Needs.REFRESHES, how)
