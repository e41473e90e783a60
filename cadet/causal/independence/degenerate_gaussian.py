"""The degenerate Gaussian likelihood ratio test (Andrews, Ramsey & Cooper 2019) for mixed variables.

Each variable is a block of columns: one-hot for categories, level by level or a spline for ordered settings, normal
scores for what is observed. X and Y are independent given Z when Wilks' lambda of their residual blocks is one; its
small-sample distribution is Rao's F, because chi-squared rejects far too often below a hundred rows.

Singular blocks: directions with less than `DETERMINED` of their variance left given Z are constants; they carry no
degrees of freedom, and when a variable has no direction left (Z determines it) the test is refused, because the
independence would hold for want of variation and not of causation.
Missing values: a test uses the rows in which its own variables are all observed (test-wise deletion, Strobl 2018).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cadet.causal.independence import wilks
from cadet.causal.independence.encoding import block, unordered
from cadet.causal.independence.rows import Plots, Rows, averaged
from cadet.causal.independence.table import Table, moments
from cadet.model.dataset import Dataset, Role
from cadet.protocols import Independence

Gaps = frozenset[str]  # the variables with missing values among those of a test

DETERMINED = 1e-6  # share of a direction's variance below which it counts as determined by the conditioning set
MIN_ERROR_ROWS = 6  # degrees of freedom that must be left for the error, or the test says nothing
NO_GAPS: Gaps = frozenset()
MEMORY = 128_000_000  # bytes for remembered residual covariances

Floats = npt.NDArray[np.float64]


@dataclass
class _Residuals:
    """All columns given one conditioning set: residuals = table @ weights, with this covariance and rank of the set.

    white: by variable, W such that residuals @ W have unit covariance; alike: how far plots decide them, in [0, 1].
    """

    weights: Floats
    covariance: Floats
    rank: int
    white: dict[str, Floats] = field(default_factory=dict)
    alike: dict[str, float] = field(default_factory=dict)


class DegenerateGaussian:
    """Tests independence of the named variables; memoises by conditioning set, so make one per dataset and keep it."""

    def __init__(self, blocks: Mapping[str, Floats], plots: Plots | None = None):
        """Blocks by variable: (rows, k) columns, NaN where missing; variables without a column are not tested."""
        self.names = tuple(sorted(name for name, columns in blocks.items() if columns.shape[1]))
        self._blocks = {name: blocks[name] for name in self.names}
        ends = np.cumsum([0, *(blocks[name].shape[1] for name in self.names)])
        self._at = {name: slice(ends[i], ends[i + 1]) for i, name in enumerate(self.names)}
        self._missing = {name: gaps for name in self.names if (gaps := np.isnan(blocks[name]).any(axis=1)).any()}
        self._plots = plots
        self._tables: dict[Gaps, Table] = {}
        self._residuals: dict[tuple[Gaps, tuple[str, ...]], _Residuals] = {}

    @classmethod
    def of(cls, dataset: Dataset) -> DegenerateGaussian:
        """Return the test for a dataset, repetitions averaged."""
        return cls.of_rows(dataset, averaged(dataset))

    @classmethod
    def of_rows(cls, dataset: Dataset, rows: Rows) -> DegenerateGaussian:
        """Return the test for rows of a dataset that are averaged already."""
        settings = frozenset(dataset.names(Role.OPTION, Role.CONTEXT))
        nominal = {v.name for v in dataset.variables if unordered(dataset.frame[v.name], v)}
        blocks = {name: block(place, name in nominal, name in settings) for name, place in rows.places.items()}
        return cls(blocks, rows.plots)

    def __call__(self, x: str, y: str, given: Sequence[str]) -> Independence | None:
        """Test x independent of y given `given`; None when too few rows are left or `given` determines x or y."""
        x, y = sorted((x, y))
        conditions = tuple(sorted(given))
        gaps = frozenset(n for n in (x, y, *conditions) if n in self._missing) if self._missing else NO_GAPS
        residuals = self._given(gaps, conditions)
        white_x, white_y = self._white(residuals, x), self._white(residuals, y)
        p, q = white_x.shape[1], white_y.shape[1]
        rows = self._rows(gaps, residuals, x, y)
        error = rows - 1 - residuals.rank - q
        if p == 0 or q == 0 or error - (p - 1) < MIN_ERROR_ROWS:
            return None
        cross = white_x.T @ residuals.covariance[self._at[x], self._at[y]] @ white_y
        statistic, p_value = wilks.p_value(_wilks(cross), p, q, error)
        return Independence(statistic, p_value, int(rows))

    def _given(self, gaps: Gaps, conditions: tuple[str, ...]) -> _Residuals:
        key = (gaps, conditions)
        if key not in self._residuals:
            found = self._sweep(gaps, conditions) if conditions else self._unconditioned(gaps)
            if len(self._residuals) * 2 * found.covariance.nbytes > MEMORY:
                self._residuals.clear()
            self._residuals[key] = found
        return self._residuals[key]

    def _sweep(self, gaps: Gaps, conditions: tuple[str, ...]) -> _Residuals:
        """Take the last condition out of what the others leave."""
        before, at = self._given(gaps, conditions[:-1]), self._at[conditions[-1]]
        white = self._white(before, conditions[-1])
        explained = before.covariance[:, at] @ white
        weights = before.weights
        if self._plots is not None:  # else nobody asks for them
            weights = weights - weights[:, at] @ white @ explained.T
        return _Residuals(weights, before.covariance - explained @ explained.T, before.rank + white.shape[1])

    def _unconditioned(self, gaps: Gaps) -> _Residuals:
        table = self._table(gaps)
        return _Residuals(np.eye(len(table.covariance)), table.covariance, 0)

    def _white(self, residuals: _Residuals, name: str) -> Floats:
        if name not in residuals.white:
            residuals.white[name] = _whitening(residuals.covariance[self._at[name], self._at[name]])
        return residuals.white[name]

    def _table(self, gaps: Gaps) -> Table:
        """Return the moments over the rows in which the variables of `gaps` are observed."""
        if gaps not in self._tables:
            columns = np.hstack([np.nan_to_num(self._blocks[name]) for name in self.names])
            seen = ~np.logical_or.reduce(
                [np.zeros(len(columns), dtype=bool), *(self._missing[n] for n in sorted(gaps))]
            )
            self._tables[gaps] = moments(columns[seen], self._plots.of(seen) if self._plots else None)
        return self._tables[gaps]

    def _rows(self, gaps: Gaps, residuals: _Residuals, x: str, y: str) -> float:
        """Return the effective rows: the rows over the design effect of what x and y share within plots (Moulton)."""
        table = self._table(gaps)
        if table.within is None or self._plots is None:
            return float(table.rows)
        shared = self._alike(table, residuals, x) * self._alike(table, residuals, y)
        return table.rows / (1 + (self._plots.shared - 1) * shared)

    def _alike(self, table: Table, residuals: _Residuals, name: str) -> float:
        if name not in residuals.alike:
            residuals.alike[name] = table.intraclass(
                residuals.weights[:, self._at[name]] @ self._white(residuals, name)
            )
        return residuals.alike[name]


def _whitening(covariance: Floats) -> Floats:
    """Return W with W' covariance W = 1, without the directions that are determined."""
    if len(covariance) == 1:
        variance = float(covariance[0, 0])
        return np.array([[variance**-0.5]]) if variance > DETERMINED else np.empty((1, 0))
    values, vectors = np.linalg.eigh(covariance)
    alive = values > DETERMINED
    return np.asarray(vectors[:, alive] / np.sqrt(values[alive]))


def _wilks(cross: Floats) -> float:
    """Return det(I - C C') for the cross-correlation of two whitened blocks."""
    if cross.shape[0] == 1 or cross.shape[1] == 1:
        return max(1 - float(np.vdot(cross, cross)), 0.0)
    canonical = np.linalg.svd(cross, compute_uv=False)
    return float(np.prod(np.maximum(1 - canonical**2, 0)))
