"""Wilks' lambda and its small-sample reference distribution."""

from __future__ import annotations

from math import sqrt

from scipy.special import fdtrc


def p_value(wilks: float, p: int, q: int, error: float) -> tuple[float, float]:
    """Return Rao's F (1951) for Wilks' lambda of p against q columns with `error` degrees of freedom, and P(F >= it).

    Exact when p or q is at most 2 and one of the two blocks is Gaussian given the rest.
    """
    if wilks <= 0:
        return float("inf"), 0.0
    spread = p * p + q * q - 5
    t = sqrt((p * p * q * q - 4) / spread) if spread > 0 else 1.0
    df1 = p * q
    df2 = (error + q - (p + q + 1) / 2) * t - df1 / 2 + 1
    root = min(wilks, 1.0) ** (1 / t)
    statistic = (1 - root) / root * df2 / df1
    return statistic, float(fdtrc(df1, df2, statistic))
