"""Fisher's z test of a partial correlation (Fisher 1924): every variable is one number, relations are lines.

Categories enter by their place in the list, so it misses categories and U-shapes; it is the baseline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import atanh, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from cadet.causal.independence.rows import averaged
from cadet.model.dataset import Dataset
from cadet.protocols import Independence

DETERMINED = 1e-6  # share of variance below which a variable counts as determined by the conditioning set
MIN_ERROR_ROWS = 6  # rows beyond what z needs that must be left, or the test says nothing

Floats = npt.NDArray[np.float64]


class FisherZ:
    """Tests partial correlation of the named columns, over the rows in which all columns are observed."""

    def __init__(self, columns: Mapping[str, Floats]):
        """Columns by variable, (rows,) each."""
        table = np.column_stack([columns[name] for name in sorted(columns)])
        table = table[np.isfinite(table).all(axis=1)]
        varies = table.std(axis=0) > 0 if len(table) else np.zeros(len(columns), dtype=bool)
        self.names = tuple(name for name, keep in zip(sorted(columns), varies, strict=True) if keep)
        self._rows = len(table)
        self._at = {name: i for i, name in enumerate(self.names)}
        self._correlation = np.atleast_2d(np.corrcoef(table[:, varies], rowvar=False)) if self.names else np.eye(0)

    @classmethod
    def of(cls, dataset: Dataset) -> FisherZ:
        """Return the test for a dataset, repetitions averaged."""
        return cls(averaged(dataset).places)

    def __call__(self, x: str, y: str, given: Sequence[str]) -> Independence | None:
        """Test x independent of y given `given`; None when too few rows are left or `given` determines x or y."""
        rows = self._rows - len(given) - 3
        if rows < MIN_ERROR_ROWS:
            return None
        x, y = sorted((x, y))
        pair, conditions = [self._at[x], self._at[y]], [self._at[name] for name in sorted(given)]
        left = self._correlation[np.ix_(pair, pair)]
        if conditions:
            across = self._correlation[np.ix_(pair, conditions)]
            left = left - across @ np.linalg.pinv(self._correlation[np.ix_(conditions, conditions)]) @ across.T
        if min(left[0, 0], left[1, 1]) < DETERMINED:
            return None
        r = float(left[0, 1] / sqrt(left[0, 0] * left[1, 1]))
        z = atanh(min(max(r, -1 + 1e-15), 1 - 1e-15)) * sqrt(rows)
        return Independence(z, float(2 * ndtr(-abs(z))), self._rows)
