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

    typical: the number of rows of a plot that makes the analysis of variance unbiased.
    """

    rows: int
    covariance: Floats
    between: Floats | None = None
    within: Floats | None = None
    typical: float = 1.0

    def intraclass(self, weights: Floats) -> float:
        """Return the largest intraclass correlation in plots of the combinations (columns, k) `weights`, in [0, 1].

        One-way analysis of variance estimator (Donner 1986).
        """
        assert self.between is not None and self.within is not None
        between = (weights * (self.between @ weights)).sum(axis=0)
        within = (weights * (self.within @ weights)).sum(axis=0)
        total = np.maximum(between + (self.typical - 1) * within, np.finfo(float).tiny)
        return float(np.clip((between - within) / total, 0, 1).max(initial=0.0))


def moments(columns: Floats, plots: Plots | None) -> Table:
    """Return the moments of the standardised (rows, k) `columns`; a constant column has variance 0."""
    rows = len(columns)
    centred = columns - columns.mean(axis=0)
    deviation = np.sqrt((centred**2).mean(axis=0))
    scores = centred / np.where(deviation > 1e-9, deviation, np.inf)
    covariance = np.asarray(scores.T @ scores / rows)
    if plots is None or not 1 < len(plots) < rows:
        return Table(rows, covariance)
    sizes = np.bincount(plots.label)
    sums = np.zeros((len(sizes), scores.shape[1]))
    np.add.at(sums, plots.label, scores)
    of_means = np.asarray(sums.T @ (sums / sizes[:, None]))
    between, within = of_means / (len(sizes) - 1), (covariance * rows - of_means) / (rows - len(sizes))
    return Table(rows, covariance, between, within, float((rows - (sizes**2).sum() / rows) / (len(sizes) - 1)))
