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
from cadet.model.dataset import Dataset, Role
from cadet.protocols import Independence

DETERMINED = 1e-6  # share of a direction's variance below which it counts as determined by the conditioning set
MIN_ERROR_ROWS = 6  # degrees of freedom that must be left for the error, or the test says nothing
MEMORY = 64_000_000  # bytes for remembered residual covariances

Floats = npt.NDArray[np.float64]


@dataclass
class _Residuals:
    """Covariance of all columns given one conditioning set, its rank, and whitened blocks by variable."""

    covariance: Floats
    rank: int
    white: dict[str, Floats] = field(default_factory=dict)


class DegenerateGaussian:
    """Tests independence of the named variables; memoises by conditioning set, so give it one dataset and keep it."""

    def __init__(
        self, blocks: Mapping[str, Floats], settings: frozenset[str] = frozenset(), plots: Plots | None = None
    ):
        """Blocks by variable: (rows, k >= 1) columns, NaN where missing. `settings` are options and context."""
        self.names = tuple(sorted(name for name, columns in blocks.items() if columns.shape[1]))
        self._columns = {name: blocks[name] for name in self.names}
        widths = np.cumsum([0, *(blocks[name].shape[1] for name in self.names)])
        self._at = {name: slice(widths[i], widths[i + 1]) for i, name in enumerate(self.names)}
        self._missing = {name: gaps for name in self.names if (gaps := np.isnan(blocks[name]).any(axis=1)).any()}
        self._settings = settings
        self._plots = plots
        self._shared = {name: plots.intraclass(blocks[name]) for name in self.names} if plots is not None else {}
        self._residuals: dict[tuple[frozenset[str], tuple[str, ...]], _Residuals] = {}

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
        return cls(blocks, settings, rows.plots)

    def __call__(self, x: str, y: str, given: Sequence[str]) -> Independence | None:
        """Test x independent of y given `given`; None when too few rows are left or `given` determines x or y."""
        x, y = sorted((x, y))
        conditions = tuple(sorted(given))
        gaps = (
            frozenset(name for name in (x, y, *conditions) if name in self._missing) if self._missing else frozenset()
        )
        residuals = self._given(gaps, conditions)
        rows = self._rows(x, y, gaps)
        white_x, white_y = self._white(residuals, x), self._white(residuals, y)
        p, q = white_x.shape[1], white_y.shape[1]
        error = rows - 1 - residuals.rank - q
        if p == 0 or q == 0 or error - (p - 1) < MIN_ERROR_ROWS:
            return None
        cross = white_x.T @ residuals.covariance[self._at[x], self._at[y]] @ white_y
        statistic, p_value = wilks.p_value(_wilks(cross), p, q, error)
        return Independence(statistic, p_value, int(rows))

    def _given(self, gaps: frozenset[str], conditions: tuple[str, ...]) -> _Residuals:
        key = (gaps, conditions)
        if key not in self._residuals:
            found = self._sweep(gaps, conditions) if conditions else _Residuals(self._covariance(gaps), 0)
            if len(self._residuals) * found.covariance.nbytes > MEMORY:
                self._residuals.clear()
            self._residuals[key] = found
        return self._residuals[key]

    def _sweep(self, gaps: frozenset[str], conditions: tuple[str, ...]) -> _Residuals:
        """Take the last condition out of what the others leave."""
        before = self._given(gaps, conditions[:-1])
        white = self._white(before, conditions[-1])
        explained = before.covariance[:, self._at[conditions[-1]]] @ white
        return _Residuals(before.covariance - explained @ explained.T, before.rank + white.shape[1])

    def _white(self, residuals: _Residuals, name: str) -> Floats:
        """Return W such that the columns of `name` times W have unit covariance given the conditions."""
        if name not in residuals.white:
            covariance = residuals.covariance[self._at[name], self._at[name]]
            values, vectors = np.linalg.eigh(covariance)
            alive = values > DETERMINED
            residuals.white[name] = np.asarray(vectors[:, alive] / np.sqrt(values[alive]))
        return residuals.white[name]

    def _covariance(self, gaps: frozenset[str]) -> Floats:
        """Correlation of all columns over the rows in which the variables of `gaps` are observed."""
        seen = self._seen(gaps)
        table = np.hstack([np.nan_to_num(self._columns[name][seen]) for name in self.names])
        table = table - table.mean(axis=0)
        deviation = np.sqrt((table**2).mean(axis=0))
        table /= np.where(deviation > DETERMINED, deviation, np.inf)
        return np.asarray(table.T @ table / len(table))

    def _seen(self, gaps: frozenset[str]) -> npt.NDArray[np.bool_]:
        rows = len(next(iter(self._columns.values())))
        return ~np.logical_or.reduce([np.zeros(rows, dtype=bool), *(self._missing[name] for name in sorted(gaps))])

    def _rows(self, x: str, y: str, gaps: frozenset[str]) -> float:
        rows = float(self._seen(gaps).sum()) if gaps else float(len(self._columns[x]))
        if self._plots is None:
            return rows
        # Given Z an observed variable may hang on its plot more than it does marginally; a setting of plots decides.
        alike = [self._shared[name] for name in (x, y) if name in self._settings]
        share = min(alike) if alike else self._shared[x] * self._shared[y]
        return rows / (1 + (self._plots.shared - 1) * share)


def _wilks(cross: Floats) -> float:
    """Return det(I - C C') for the cross-correlation of two whitened blocks."""
    if cross.shape[0] == 1 or cross.shape[1] == 1:
        return max(1 - float((cross**2).sum()), 0.0)
    canonical = np.linalg.svd(cross, compute_uv=False)
    return float(np.prod(np.maximum(1 - canonical**2, 0)))
