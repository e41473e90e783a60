"""The degenerate Gaussian BIC (Andrews, Ramsey & Cooper 2019) for engines that score graphs instead of testing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cadet.causal.independence.encoding import block, unordered
from cadet.model.dataset import Dataset, Role

DETERMINED = 1e-6  # share of variance that always counts as left: what parents determine is no better than that

Floats = npt.NDArray[np.float64]


class DegenerateGaussianScore:
    """The score of a variable given parents: its log-likelihood less half the parameters times log rows.

    Each variable is the block of columns that the degenerate Gaussian test sees; rows count as independent.
    """

    def __init__(self, blocks: Mapping[str, Floats]):
        """Blocks by variable: (rows, k) columns, NaN where missing; only rows without a gap are used."""
        named = {name: columns for name, columns in sorted(blocks.items()) if columns.shape[1]}
        self.names = tuple(named)
        table = np.hstack([*named.values()]) if named else np.empty((0, 0))
        table = table[np.isfinite(table).all(axis=1)]
        self.rows = len(table)
        ends = np.cumsum([0, *(columns.shape[1] for columns in named.values())])
        self._at = {name: np.arange(ends[i], ends[i + 1]) for i, name in enumerate(named)}
        self._covariance = _correlation(table)

    @classmethod
    def of(cls, dataset: Dataset, places: Mapping[str, Floats]) -> DegenerateGaussianScore:
        """Return the score for rows of a dataset that are averaged already: by variable, its values as numbers."""
        settings = frozenset(dataset.names(Role.OPTION, Role.CONTEXT))
        nominal = {v.name for v in dataset.variables if unordered(dataset.frame[v.name], v)}
        return cls({name: block(place, name in nominal, name in settings) for name, place in places.items()})

    def __call__(self, name: str, parents: Sequence[str]) -> float:
        """Return the score of the variable given its parents; it does not depend on their order."""
        own = self._at[name]
        given = np.concatenate([np.empty(0, dtype=int), *(self._at[parent] for parent in sorted(parents))])
        left = self._covariance[np.ix_(own, own)]
        if len(given):
            across = self._covariance[np.ix_(own, given)]
            left = left - across @ np.linalg.pinv(self._covariance[np.ix_(given, given)], hermitian=True) @ across.T
        fit = -self.rows / 2 * float(np.log(np.maximum(np.linalg.eigvalsh(left), DETERMINED)).sum())
        return fit - len(own) * len(given) / 2 * float(np.log(max(self.rows, 1)))


def _correlation(table: Floats) -> Floats:
    """Return the correlations; a column that is constant where all is observed has variance 0."""
    if not len(table):
        return np.zeros((table.shape[1], table.shape[1]))
    centred = table - table.mean(axis=0)
    deviation = np.sqrt((centred**2).mean(axis=0))
    scores = centred / np.where(deviation > 1e-9, deviation, np.inf)
    return np.asarray(scores.T @ scores / len(table))
