"""The G² likelihood ratio test of independence for tables in which every column has few levels (Wilks 1935).

Each combination of the conditions is a stratum with its own table of x against y. Zeros: a row or column of a stratum
that holds no run is structural, it carries no degrees of freedom. Small samples: G² alone rejects far too often, so it
is divided by its exact mean given the margins of each stratum (Bartlett's factor under the hypergeometric law).
Guard: a stratum takes part where its cells expect `MIN_EXPECTED` runs on average; the test is refused when no such
stratum is left or when these hold less than `MIN_SHARE` of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, gammaln, xlogy
from scipy.stats import rankdata

from cadet.causal.independence.rows import Rows, one_per_plot
from cadet.errors import UsageError
from cadet.model.dataset import Dataset, Role
from cadet.protocols import Independence

MAX_LEVELS = 12  # a column with more values is a quantity
MIN_EXPECTED = 4.0  # runs a cell of a stratum must expect on average: with it the size is 0.03 to 0.07
MIN_SHARE = 0.5  # of the rows must lie in strata that can be tested; else silence says nothing about the rest
UNSEEN = -1  # the code of a missing value

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class GSquared:
    """Tests independence of columns of codes."""

    def __init__(self, codes: Mapping[str, Codes]):
        """Codes by variable, (rows,) from 0, UNSEEN where missing; constant columns are not tested."""
        self.codes = {name: codes[name] for name in sorted(codes) if codes[name].max(initial=UNSEEN) > 0}
        self.names = tuple(self.codes)

    @classmethod
    def of_rows(cls, dataset: Dataset, rows: Rows) -> GSquared:
        """Return the test for averaged rows, one per plot of a crossed design.

        Raises UsageError for a column of more than MAX_LEVELS values.
        """
        return cls(coded(dataset, one_per_plot(rows)))

    def __call__(self, x: str, y: str, given: Sequence[str]) -> Independence | None:
        """Test x independent of y given `given`; None where the rows cannot say."""
        x, y = sorted((x, y))
        columns = [self.codes[name] for name in (*sorted(given), x, y)]
        seen = np.logical_and.reduce([column != UNSEEN for column in columns])
        tables = _tables(*(column[seen] for column in columns))
        strata = [table for table in map(_filled, tables) if _supported(table)]
        rows = int(sum(table.sum() for table in strata))
        if not strata or rows < MIN_SHARE * seen.sum():
            return None
        freedom = sum((table.shape[0] - 1) * (table.shape[1] - 1) for table in strata)
        statistic = (
            max(sum(map(_g, strata)), 0.0) * freedom / sum(map(_expected_g, strata))
        )  # rounding may leave -1e-15
        return Independence(float(statistic), float(chdtrc(freedom, statistic)), rows)


def coded(dataset: Dataset, rows: Rows) -> dict[str, Codes]:
    """Return the levels of every column as codes; what is observed is rounded to the nearest level after averaging."""
    settings = frozenset(dataset.names(Role.OPTION, Role.CONTEXT))
    return {name: _coded(name, dataset, place, name in settings) for name, place in rows.places.items()}


def _coded(name: str, dataset: Dataset, place: Floats, setting: bool) -> Codes:
    levels = place if setting else np.asarray(rankdata(dataset.frame[name], nan_policy="omit"), dtype=float)
    levels = np.unique(levels[np.isfinite(levels)])
    if len(levels) > MAX_LEVELS:
        raise UsageError(
            f"the test g2 is for columns of at most {MAX_LEVELS} values and {name!r} has {len(levels)}; "
            f"degenerate-gaussian takes any column"
        )
    codes = np.searchsorted((levels[1:] + levels[:-1]) / 2, place)
    return np.where(np.isfinite(place), codes, UNSEEN).astype(np.int64)


def _tables(*columns: Codes) -> Floats:
    """Count (strata, levels of x, levels of y); the last two columns are x and y."""
    *conditions, x, y = columns
    strata = np.zeros(len(x), dtype=np.int64)
    for condition in conditions:  # renumbered each time, so that many conditions do not overflow
        strata = np.unique(strata * (condition.max(initial=0) + 1) + condition, return_inverse=True)[1]
    shape = (strata.max(initial=-1) + 1, x.max(initial=0) + 1, y.max(initial=0) + 1)
    cells = (strata * shape[1] + x) * shape[2] + y
    return np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape).astype(float)


def _filled(table: Floats) -> Floats:
    """Return the table without empty rows and columns."""
    return np.asarray(table[table.any(axis=1)][:, table.any(axis=0)])


def _supported(table: Floats) -> bool:
    return min(table.shape) > 1 and float(table.mean()) >= MIN_EXPECTED


def _g(table: Floats) -> float:
    """Return twice the log likelihood ratio against independence."""
    return float(2 * xlogy(table, table).sum()) - _margins(table)


def _margins(table: Floats) -> float:
    """Return the part of G² that the margins fix."""
    rows, columns, n = table.sum(axis=1), table.sum(axis=0), table.sum()
    return float(2 * (xlogy(rows, rows).sum() + xlogy(columns, columns).sum() - xlogy(n, n)))


def _expected_g(table: Floats) -> float:
    """Return the mean of G² over all tables with these margins: each cell is hypergeometric."""
    n = table.sum()
    row, column = table.sum(axis=1)[None, :, None], table.sum(axis=0)[None, None, :]
    count = np.arange(min(row.max(), column.max()) + 1)[:, None, None]
    possible = (count <= np.minimum(row, column)) & (count >= row + column - n)
    count = np.where(possible, count, np.minimum(row, column))  # any possible count, weighted with 0
    log_share = _log_choose(row, count) + _log_choose(n - row, column - count) - _log_choose(n, column)
    return float(2 * (possible * np.exp(log_share) * xlogy(count, count)).sum()) - _margins(table)


def _log_choose(n: npt.ArrayLike, k: npt.ArrayLike) -> Floats:
    n, k = np.asarray(n), np.asarray(k)
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
