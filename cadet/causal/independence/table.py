"""Second moments of a table, in all and by plots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cadet.causal.independence.rows import Plots

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """The correlation of all columns, and their mean squares between and within plots where there are plots.

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
    """Return the moments of the standardised (rows, k) `columns`; a constant column has variance 0."""
    rows = len(columns)
    if not rows:
        nothing = np.zeros((columns.shape[1], columns.shape[1]))
        return Table(0, nothing, nothing, nothing)
    centred = columns - columns.mean(axis=0)
    deviation = np.sqrt((centred**2).mean(axis=0))
    scores = centred / np.where(deviation > 1e-9, deviation, np.inf)
    covariance = np.asarray(scores.T @ scores / rows)
    if plots is None or not 1 < len(plots) < rows:
        nothing = np.zeros_like(covariance)
        return Table(rows, covariance, nothing, nothing)
    sizes = np.bincount(plots.label)
    sums = np.zeros((len(sizes), scores.shape[1]))
    np.add.at(sums, plots.label, scores)
    of_means = np.asarray(sums.T @ (sums / sizes[:, None]))
    between, within = of_means / (len(sizes) - 1), (covariance * rows - of_means) / (rows - len(sizes))
    typical = float((rows - (sizes**2).sum() / rows) / (len(sizes) - 1))
    return Table(rows, covariance, between, within, typical, plots.shared)
