"""How two columns of the data move together: what a reader sees in a scatter plot, as a number with its interval.

An association is no effect; it stands beside an edge so that a reader can compare what was learned with what was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cadet.model.dataset import Dataset, Role
from cadet.model.effect import Estimate

Array = npt.NDArray[np.float64]

FEWEST = 5  # configurations from which a number is given
_Z = 1.959964


@dataclass(frozen=True)
class Association:
    """`kind` is `rank correlation` (-1 to 1), or `share explained` (0 to 1) where one of the two has no order."""

    kind: str
    value: Estimate


@dataclass(frozen=True)
class Columns:
    """One value for each configuration and context level: (cells,) numbers, or codes of `levels` without order.

    NaN where nothing was observed.
    """

    values: Mapping[str, Array]
    levels: Mapping[str, tuple[str, ...]]

    def association(self, a: str, b: str) -> Association | None:
        """Return how a and b move together; None where one of them is unknown or was not varied."""
        if a not in self.values or b not in self.values:
            return None
        if a in self.levels and b in self.levels:
            return None
        if b in self.levels:
            a, b = b, a
        seen = np.isfinite(self.values[a]) & np.isfinite(self.values[b])
        x, y = self.values[a][seen], ranks(self.values[b][seen])
        if seen.sum() < FEWEST or len(np.unique(x)) < 2 or len(np.unique(y)) < 2:
            return None
        if a in self.levels:
            return Association("share explained", explained(x, y))
        return Association("rank correlation", correlation(ranks(x), y))


def columns(dataset: Dataset) -> Columns:
    """Return the medians of each configuration and context level, options and context as they were set."""
    given = [v for v in dataset.variables if v.name in dataset.frame.columns]
    context = [v.name for v in given if v.role is Role.CONTEXT]
    cells = dataset.frame.groupby([pd.Series(dataset.configuration, dataset.frame.index), *context], sort=True,
                                  dropna=False)  # fmt: skip
    values: dict[str, Array] = {}
    levels: dict[str, tuple[str, ...]] = {}
    for variable in given:
        column = dataset.frame[variable.name]
        if variable.categorical:
            codes, names = pd.factorize(column.astype(str), sort=True)
            levels[variable.name] = tuple(map(str, names))
            column = pd.Series(codes, column.index)
        numeric = pd.to_numeric(column, errors="coerce").astype(float)
        values[variable.name] = np.asarray(numeric.groupby(cells.ngroup(), sort=True).median(), dtype=np.float64)
    return Columns(values, levels)


def ranks(values: Array) -> Array:
    """Return the ranks of the values, ties sharing theirs."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(values), dtype=np.float64)


def correlation(x: Array, y: Array) -> Estimate:
    """Return the correlation of ranks with the interval of Bonett and Wright (2000)."""
    r, n = float(np.corrcoef(x, y)[0, 1]), len(x)
    error = _Z * float(np.sqrt((1 + r**2 / 2) / (n - 3)))
    z = np.arctanh(np.clip(r, -0.999999, 0.999999))
    return Estimate(r, float(np.tanh(z - error)), float(np.tanh(z + error)), n)


def explained(groups: Array, y: Array) -> Estimate:
    """Return the share of the spread of `y` that lies between the groups, the interval from the noncentral F.

    Steiger (2004), Psychological Methods 9, for the fixed-effects model.
    """
    from scipy.optimize import brentq
    from scipy.stats import ncf

    labels, n = np.unique(groups), len(y)
    between = sum(float((groups == g).sum()) * (float(y[groups == g].mean()) - float(y.mean())) ** 2 for g in labels)
    share = between / float(np.sum((y - y.mean()) ** 2))
    free, rest = len(labels) - 1, n - len(labels)
    if rest < 1 or share >= 1:
        return Estimate(share, None, None, n, "too few configurations for each level")
    f = share / free / ((1 - share) / rest)

    def bound(probability: float) -> float:
        def off(noncentrality: float) -> float:
            return float(ncf.cdf(f, free, rest, noncentrality)) - probability

        if off(0.0) <= 0:
            return 0.0
        top = 1.0
        while off(top) > 0:
            top *= 2
        reached = float(brentq(off, 0.0, top))
        return reached / (reached + n)

    return Estimate(share, bound(0.975), bound(0.025), n)
