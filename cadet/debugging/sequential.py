"""Intervals that stay valid when one looks after every few pairs and stops when they say enough.

Group-sequential: the error is divided over the looks (Bonferroni), so nothing needs to be known about how the looks
hang together. Location: trimmed mean, spread: winsorised (Tukey & McLaughlin 1963; Yuen 1974), because single
runs are shocked. `docs/decisions/0003-verification.md` has the simulated errors and power.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]

ALPHA = 0.05
USUAL = (6, 8, 10, 12, 15)  # pairs after which the interval is read; even numbers complete an ABBA
FURTHER = (20, 28, 40, 56, 80)  # the same where 15 pairs leave open what as many would probably decide
LOOKS = USUAL + FURTHER
LATER = (40, 80, 160, 240)  # the same of a trial that is gone on with, where it would save changes
SCREEN = 3  # a candidate that misses a goal in every one of this many pairs is not worth more

_SPENT_FROM = ((20, 0.08), (8, 0.1), (0, 0.2))  # pairs from which a look spends this part of the error
_TRIMMED_FROM = 8  # numbers; from so many on
_TRIMMED = 4  # one in so many is trimmed at each end
_NORMAL = 1.482602218505602  # the standard deviation of normal numbers in median absolute deviations
_INEFFICIENT = 2.72  # times the variance of the usual estimate of a variance: that of one by the absolute deviation
_MOST_SERIAL = 0.6  # an interval is at most twice as wide for it: 15 runs cannot tell more apart
_MOST_RUNS = 10_000  # beyond it an answer "so many more runs would decide" helps nobody


@dataclass(frozen=True)
class Bounds:
    """A location with its sequentially valid interval, in the unit of the numbers that went in."""

    estimate: float
    low: float
    high: float
    n: int

    def runs_beyond(self, boundary: float) -> int | None:
        """Estimate how many more runs put the boundary outside the interval; None where it would take too many."""
        distance = abs(self.estimate - boundary)
        half = (self.high - self.low) / 2
        needed = self.n * (half / distance) ** 2 if distance else math.inf
        return max(math.ceil(needed) - self.n, 1) if needed < _MOST_RUNS else None


def serial_bounds(numbers: Floats, alpha: float = ALPHA) -> Bounds:
    """Return bounds of numbers in time order, wider by sqrt((1 + r) / (1 - r)) where neighbours resemble each other.

    r is the lag-1 autocorrelation of the winsorised numbers, corrected for its bias (Kendall 1954), between 0 and
    _MOST_SERIAL: a device that warms up or is shared gives fewer independent runs than it gives runs.
    """
    plain = bounds(numbers, alpha)
    if not math.isfinite(plain.estimate + plain.low):
        return plain
    trim = _trim(len(numbers))
    ordered = np.sort(numbers)
    gaps = np.clip(numbers, ordered[trim], ordered[len(numbers) - trim - 1]) - plain.estimate
    size = float(gaps @ gaps)
    lag = float(gaps[1:] @ gaps[:-1]) / size if size > 0 else 0.0
    r = min(max(lag + (1 + 4 * lag) / len(numbers), 0.0), _MOST_SERIAL) if size > 0 else 0.0
    half = (plain.high - plain.low) / 2 * math.sqrt((1 + r) / (1 - r))
    return Bounds(plain.estimate, plain.estimate - half, plain.estimate + half, plain.n)


def mean_bounds(logarithms: Floats, alpha: float = ALPHA) -> Bounds:
    """Return bounds of the logarithm of the mean of what is log-normal; its logarithms in time order go in.

    The mean lies half the variance above what is typical (Cox's method, Zhou & Gao 1997): 2 % at 20 % noise, 8 % at 40.
    The variance is that of the median absolute deviation: shocked runs count neither in it nor in the location.
    """
    typical, n = serial_bounds(logarithms, alpha), len(logarithms)
    if not math.isfinite(typical.estimate + typical.low):
        return typical
    variance = (_NORMAL * float(np.median(np.abs(logarithms - np.median(logarithms))))) ** 2
    more = _quantile(_spent(n, alpha), n - 2 * _trim(n) - 1) * variance * math.sqrt(_INEFFICIENT / (2 * (n - 1)))
    centre, half = typical.estimate + variance / 2, math.hypot((typical.high - typical.low) / 2, more)
    return Bounds(centre, centre - half, centre + half, n)


def share(index: int) -> float:
    """Return the error that the `index`-th candidate in vain (from 1) may spend; the shares of all sum to ALPHA."""
    return ALPHA / (index * (index + 1))


def bounds(numbers: Floats, alpha: float = ALPHA) -> Bounds:
    """Return location and interval of at least two numbers; valid over all LOOKS together at level 1 - alpha.

    Infinite numbers (a run that has no value) are borne as far as they are trimmed; beyond that nothing is known.
    """
    n = len(numbers)
    trim = _trim(n)
    ordered = np.sort(numbers)
    kept = n - 2 * trim
    if not np.isfinite(ordered[trim : n - trim]).all():
        return Bounds(float(ordered[n // 2]), -math.inf, math.inf, n)
    centre = float(ordered[trim : n - trim].mean())
    winsorised = np.clip(ordered, ordered[trim], ordered[n - trim - 1])
    error = math.sqrt(float(winsorised.var(ddof=1)) * (n - 1) / (kept * (kept - 1)))
    half = _quantile(_spent(n, alpha), kept - 1) * error
    return Bounds(centre, centre - half, centre + half, n)


def _trim(n: int) -> int:
    return n // _TRIMMED if n >= _TRIMMED_FROM else 0


def _spent(n: int, alpha: float) -> float:
    """Return the error that the look at `n` may spend."""
    return alpha * next(part for least, part in _SPENT_FROM if n >= least)


def undivided(alpha: float, looks: Sequence[int]) -> float:
    """Return the error to ask for where only some of the looks are taken, and share all of it."""
    return alpha / sum(_spent(n, 1.0) for n in looks)


@cache
def _quantile(alpha: float, freedom: int) -> float:
    return float(stats.t.ppf(1 - alpha / 2, freedom))


def always(n: int, alpha: float) -> bool:
    """Tell whether `n` differences of one sign and none of the other exclude 0 (sign test, one look of several)."""
    return 2.0 ** (1 - n) <= _spent(n, alpha)
