"""Fisher's z test of a partial correlation (Fisher 1924): every variable is one number, relations are lines.

Categories enter by their place in the list, so it misses categories and U-shapes; it is the baseline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from cadet.causal.independence.building import of_numbers
from cadet.causal.independence.rows import Plots, Rows, averaged
from cadet.causal.independence.second_moments import SecondMoments
from cadet.causal.independence.table import centred
from cadet.model.dataset import Dataset

MIN_ERROR_ROWS = 6  # rows beyond what z needs that must be left, or the test says nothing

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class FishersZ:
    """The reference distribution: z = atanh(r) times the root of rows - conditions - 3 is standard normal."""

    def p_values(self, ratio: Floats, p: Ints, q: Ints, error: Ints) -> tuple[Floats, Floats]:
        """Return |z| and its two-sided p-value, (tests,) each; NaN where too few rows are left."""
        ok = (p > 0) & (q > 0) & (error - 1 >= MIN_ERROR_ROWS)
        r = np.sqrt(np.maximum(1 - ratio, 0.0))
        z = np.arctanh(np.minimum(r, 1 - 1e-15)) * np.sqrt(np.maximum(error - 1, 1))
        return z, np.where(ok, 2 * ndtr(-z), np.nan)

    def critical(self, alpha: float, p: int, q: int, error: Ints) -> Floats:
        """Return 1 - r² at which the p-value is `alpha`, (errors,); NaN where too few rows are left."""
        return _critical(alpha, error.tobytes())


@lru_cache(maxsize=256)
def _critical(alpha: float, errors: bytes) -> Floats:
    error = np.frombuffer(errors, np.int64)
    r = np.tanh(-ndtri(alpha / 2) / np.sqrt(np.maximum(error - 1, 1)))
    return np.where(error - 1 >= MIN_ERROR_ROWS, 1 - r * r, np.nan)


class FisherZ(SecondMoments):
    """Tests partial correlation of the named columns, over the rows in which all columns are observed."""

    def __init__(self, columns: Mapping[str, Floats], plots: Plots | None = None):
        """Columns by variable, (rows,) each."""
        names = sorted(columns)
        table = _stacked(columns, names)
        mean, varies = centred(table)
        if not (np.isfinite(mean).all() and varies.all()):
            table = _stacked(columns, names)
            seen = np.asarray(np.isfinite(table).all(axis=0))
            if not seen.all():
                table = np.compress(seen, table, axis=1)
                plots = plots if plots is None or not seen.any() else plots.of(seen)
            varies = _varies(table)
            names, table = [name for name, kept in zip(names, varies, strict=True) if kept], table[varies]
            mean, _ = centred(table)
        super().__init__(names, of_numbers(table, mean, plots), FishersZ())

    @classmethod
    def of(cls, dataset: Dataset) -> FisherZ:
        """Return the test for a dataset, repetitions averaged."""
        return cls.of_rows(dataset, averaged(dataset))

    @classmethod
    def of_rows(cls, dataset: Dataset, rows: Rows) -> FisherZ:
        """Return the test for rows of a dataset that are averaged already."""
        return cls(rows.places, rows.plots)


def _stacked(columns: Mapping[str, Floats], names: Sequence[str]) -> Floats:
    """Return these columns in memory of their own, (variables, rows)."""
    return np.array([columns[name] for name in names], dtype=float) if names else np.empty((0, 0))


def _varies(table: Floats) -> npt.NDArray[np.bool_]:
    """Tell which variables of the (variables, rows) table take two values."""
    if table.shape[1] < 2:
        return np.zeros(len(table), dtype=bool)
    varies: npt.NDArray[np.bool_] = table.max(axis=1) > table.min(axis=1)
    return varies
