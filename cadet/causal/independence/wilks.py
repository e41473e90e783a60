"""Wilks' lambda and its small-sample reference distribution, Rao's F (1951).

Exact when p or q is at most 2 and one of the two blocks is Gaussian given the rest.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import fdtrc, fdtri

MIN_ERROR_ROWS = 6  # degrees of freedom that must be left for the error, or the test says nothing

SMALLEST = 1e-200  # lambda below it counts as 0: one block determines the other

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class RaosF:
    """The reference distribution of the degenerate Gaussian test."""

    def p_values(self, ratio: Floats, p: Ints, q: Ints, error: Ints) -> tuple[Floats, Floats]:
        """Return Rao's F and P(F >= it), (tests,) each; NaN where a block is empty or too few rows are left."""
        ok = (p > 0) & (q > 0) & (error - (p - 1) >= MIN_ERROR_ROWS)
        p, q = np.where(ok, p, 1), np.where(ok, q, 1)
        root, df1, df2 = _shape(p, q, np.where(ok, error, MIN_ERROR_ROWS))
        left = np.maximum(ratio, SMALLEST) ** (1 / root)
        statistic = (1 - left) / left * df2 / df1
        p_value = np.where(ratio > SMALLEST, fdtrc(df1, df2, statistic), 0.0)
        return np.where(ratio > SMALLEST, statistic, np.inf), np.where(ok, p_value, np.nan)

    def critical(self, alpha: float, p: int, q: int, error: Ints) -> Floats:
        """Return the lambda at which the p-value is `alpha`, (errors,); NaN where too few rows are left."""
        return _critical(alpha, p, q, error.tobytes())


@lru_cache(maxsize=256)
def _critical(alpha: float, p: int, q: int, errors: bytes) -> Floats:
    error = np.frombuffer(errors, np.int64)
    root, df1, df2 = _shape(np.array(p), np.array(q), np.maximum(error, MIN_ERROR_ROWS + p - 1))
    left = 1 / (1 + fdtri(df1, df2, 1 - alpha) * df1 / df2)
    return np.where(error - (p - 1) >= MIN_ERROR_ROWS, left**root, np.nan)


def _shape(p: Ints, q: Ints, error: Ints) -> tuple[Floats, Floats, Floats]:
    """Return the root of lambda and the degrees of freedom of Rao's F."""
    spread = p * p + q * q - 5
    root = np.where(spread > 0, np.sqrt(np.maximum(p * p * q * q - 4, 1) / np.maximum(spread, 1)), 1.0)
    df1 = (p * q).astype(float)
    return root, df1, (error + q - (p + q + 1) / 2) * root - df1 / 2 + 1
