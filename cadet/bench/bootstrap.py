"""Intervals over clusters: the cases of one world or device are no independent evidence, so clusters are resampled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

DRAWS = 2000
SEED = 0


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval over clusters; the interval is None where there is but one cluster."""

    mean: float
    low: float | None
    high: float | None
    cases: int


def mean_interval(values: Sequence[float], clusters: Sequence[str]) -> Interval:
    """Return the mean of all values and its percentile interval over resampled clusters."""
    names, which = np.unique(np.asarray(clusters), return_inverse=True)
    data = np.asarray(values, dtype=float)
    if len(names) < 2:
        return Interval(float(data.mean()), None, None, len(data))
    sums = np.bincount(which, data, len(names))
    sizes = np.bincount(which, minlength=len(names))
    drawn = np.random.default_rng(SEED).integers(len(names), size=(DRAWS, len(names)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(data.mean()), float(low), float(high), len(data))


def paired_interval(first: dict[str, float], second: dict[str, float], clusters: dict[str, str]) -> Interval | None:
    """Return the mean of first - second over the cases that both have; None where there is none.

    All three are by case; the difference is taken within each case.
    """
    shared = sorted(first.keys() & second.keys())
    if not shared:
        return None
    return mean_interval([first[c] - second[c] for c in shared], [clusters[c] for c in shared])
