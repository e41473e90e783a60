"""Second moments of a table, in all and by plots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import compiled, summing
from cadet.causal.independence.rows import Plots

CONSTANT = 1e-12  # a column that deviates by less than this share of its mean is constant but for rounding

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

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
    mean, _ = centred(columns)
    return moments_of_centred(columns, mean, plots)


def moments_of_centred(columns: Floats, mean: Floats, plots: Plots | None) -> Table:
    """Return the moments of `columns` from which their (k,) `mean` was taken."""
    rows = columns.shape[1]
    if not rows:
        nothing = np.zeros((len(columns), len(columns)))
        return Table(0, nothing, nothing, nothing)
    covariance = np.asarray(columns @ columns.T)
    scale = standardised(covariance, mean, rows)
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


@summing
def centred(columns: Floats) -> tuple[Floats, Flags]:
    """Take its mean from each of the (k, rows) `columns`; return the means and which take two values, (k,) each.

    A mean is not finite where a value is not, or where the sum is too large.
    """
    rows = columns.shape[1]
    means, varies = np.zeros(len(columns)), np.zeros(len(columns), np.bool_)
    if rows == 0:
        return means, varies
    for i in range(len(columns)):
        column, total, row = columns[i], 0.0, 1
        first = column[0]
        while row < rows and column[row] == first:
            row += 1
        for k in range(rows):  # not over the values: this is compiled to several at a time
            total += column[k] - first  # exact for a constant, and small where the values are far from 0
        mean = first + total / rows
        for k in range(rows):
            column[k] -= mean
        means[i], varies[i] = mean, row < rows
    return means, varies


@compiled
def standardised(products: Floats, mean: Floats, rows: int) -> Floats:
    """Make the (k, k) sums of products of centred columns correlations, in place, exactly symmetric.

    Returns the (k,) standard deviations, infinite for a column that is constant or whose sums of squares are too large:
    its correlations are 0, its own included.
    """
    count = len(products)
    scale, inverse = np.empty(count), np.zeros(count)
    for i in range(count):
        length = np.sqrt(products[i, i])
        scale[i] = length / np.sqrt(rows)
        if scale[i] > CONSTANT * np.abs(mean[i]):
            inverse[i] = 1.0 / length
        else:
            scale[i] = np.inf
    for i in range(count):
        for j in range(i):
            products[i, j] = products[i, j] * inverse[j] * inverse[i]
        for j in range(i, count):
            products[i, j] = products[i, j] * inverse[i] * inverse[j]
    for i in range(count):
        if inverse[i] == 0.0:
            for j in range(count):
                products[i, j] = products[j, i] = 0.0  # also where they are not finite
    return scale
