"""The linear effect of one variable on another, adjusted for others."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from cadet.model.effect import Estimate

_LEVEL = 0.95
_RANK = 1e-10  # share of a column's length left below which the others determine it


def slope(columns: Mapping[str, npt.ArrayLike], cause: str, effect: str, adjustment: Collection[str]) -> Estimate:
    """Return the change of `effect` per unit of `cause`, held for `adjustment`, by least squares.

    columns: by variable, (rows,) numbers, NaN where missing; rows independent. The 95 % interval allows for unequal
    variances (HC3, MacKinnon & White 1985). Unknown, with the reason, where the rows cannot tell.
    """
    names = [cause, *sorted(adjustment), effect]
    table = np.column_stack([np.asarray(columns[name], float) for name in names])
    table = table[np.isfinite(table).all(axis=1)]
    rows, free = len(table), len(table) - len(names)
    if free < 1:
        return Estimate(None, reason=f"{rows} rows cannot tell {len(names)} numbers")
    others = np.column_stack([np.ones(rows), table[:, 1:-1] - table[:, 1:-1].mean(axis=0)])
    basis = np.linalg.svd(others, full_matrices=False)[0][:, : np.linalg.matrix_rank(others)]
    x, y = (v - basis @ (basis.T @ v) for v in (table[:, 0] - table[:, 0].mean(), table[:, -1]))
    length = float(x @ x)
    if length <= _RANK * float(((table[:, 0] - table[:, 0].mean()) ** 2).sum()):
        return Estimate(None, reason=f"{cause} follows from {sorted(adjustment)}")
    value = float(x @ y) / length
    leverage = (basis**2).sum(axis=1) + x**2 / length
    residual = (y - value * x) / np.maximum(1 - leverage, _RANK)
    error = float(np.sqrt((x**2 * residual**2).sum())) / length
    reach = float(t.ppf((1 + _LEVEL) / 2, free)) * error
    return Estimate(value, value - reach, value + reach)
