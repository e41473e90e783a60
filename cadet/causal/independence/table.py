"""Second moments of a table, in all and by plots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cadet.causal.independence.rows import Plots

CONSTANT = 1e-12  # a column that deviates by less than this share of its mean is constant but for rounding

Floats = npt.NDArray[np.float64]

NOTHING: Floats = np.empty((0, 0))


@dataclass(frozen=True)
class Table:
    """The correlation of all columns, and their mean squares between and within plots, empty without plots.

    typical: the number of rows of a plot that makes the analysis of variance unbiased. shared: how many rows share a
    plot, on average over rows.
    """

    rows: int
    covariance: Floats
    between: Floats
    within: Floats
    typical: float = 1.0
    shared: float = 1.0


def moments(columns: Floats, plots: Plots | None) -> Table:
    """Return the moments of the (k, rows) `columns`, which are overwritten; a constant column has variance 0."""
    rows = columns.shape[1]
    if not rows:
        nothing = np.zeros((len(columns), len(columns)))
        return Table(0, nothing, nothing, nothing)
    mean = columns.mean(axis=1)
    columns -= mean[:, None]
    covariance = np.asarray(columns @ columns.T)
    covariance /= rows
    deviation = np.sqrt(covariance.diagonal())
    scale = np.where(deviation > CONSTANT * np.abs(mean), deviation, np.inf)
    covariance /= scale
    covariance /= scale[:, None]
    if plots is None:
        return Table(rows, covariance, NOTHING, NOTHING)
    if not 1 < len(plots) < rows:
        nothing = np.zeros_like(covariance)
        return Table(rows, covariance, nothing, nothing)
    sizes = np.bincount(plots.label)
    sums = np.zeros((len(sizes), len(columns)))
    np.add.at(sums, plots.label, (columns / scale[:, None]).T)
    of_means = np.asarray(sums.T @ (sums / sizes[:, None]))
    between, within = of_means / (len(sizes) - 1), (covariance * rows - of_means) / (rows - len(sizes))
    typical = float((rows - (sizes**2).sum() / rows) / (len(sizes) - 1))
    return Table(rows, covariance, between, within, typical, plots.shared)
