"""A conditional independence test that needs the second moments of blocks of columns and nothing else.

Singular blocks: a column with less than `blocks.DETERMINED` of its variance left given the conditions and the columns
before it is a constant; it carries no degree of freedom, and when a variable has no column left (the conditions
determine it) the test is refused, because the independence would hold for want of variation and not of causation.
Missing values: a test uses the rows in which its own variables are all observed (test-wise deletion, Strobl 2018);
variables whose gaps are alike share them, so that there are at most `building.GAPS` kinds of gaps.
Interactions: two conditions may come with columns for their product, which are taken out with them as far as the rows
bear it; else two effects of one interaction would look like cause and effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cadet.causal.independence.blocks import Blocks
from cadet.causal.independence.ratio import statistics
from cadet.causal.independence.separating import Moments, separating
from cadet.protocols import Found, Independence, Pools, Separating

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Reference(Protocol):
    """The distribution of Wilks' lambda under independence, with `error` degrees of freedom for p against q columns."""

    def p_values(self, ratio: Floats, p: Ints, q: Ints, error: Ints) -> tuple[Floats, Floats]:
        """Return the statistic and P(a smaller lambda); NaN where the rows do not suffice."""
        ...

    def critical(self, alpha: float, p: int, q: int, error: Ints) -> Floats:
        """Return the lambda above which the p-value exceeds `alpha`; NaN where the rows do not suffice."""
        ...


class SecondMoments:
    """Tests independence of the named variables."""

    def __init__(self, names: Sequence[str], blocks: Blocks, reference: Reference):
        """Names, sorted, and what is known of these variables."""
        self.names = tuple(names)
        self._blocks, self._reference = blocks, reference
        self._levels: dict[tuple[float, int], Moments] = {}

    @cached_property
    def _at(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.names)}

    def __call__(self, x: str, y: str, given: Sequence[str]) -> Independence | None:
        """Test x independent of y given `given`; None when too few rows are left or `given` determines x or y."""
        pair = np.array([sorted((self._at[x], self._at[y]))])
        conditions = np.array([sorted(self._at[name] for name in given)], dtype=np.int64).reshape(1, -1)
        statistic, p_value, rows = self.many(pair, conditions)
        if np.isnan(p_value[0]):
            return None
        return Independence(float(statistic[0]), float(p_value[0]), int(rows[0]))

    def many(self, pairs: Ints, given: Ints) -> tuple[Floats, Floats, Ints]:
        """Return statistic, p-value (NaN: refused) and effective rows of many tests, (tests,) each.

        pairs: (tests, 2) places in `names`, the smaller first; given: (tests, conditions), sorted, -1 for none.
        """
        ratio, counts = statistics(self._blocks, pairs, given)
        p, q, rank, rows = counts.T
        statistic, p_value = self._reference.p_values(ratio, p, q, rows - 1 - rank - q)
        return statistic, p_value, rows

    def separating(self, alpha: float) -> Separating:
        """Return the compiled search for separating sets at level `alpha`; decides as a call does."""

        def search(pairs: Ints, pools: Pools, sizes: tuple[int, int], every: bool, most: int) -> Found:
            return separating(self.at_level(alpha, sizes[1]), pairs, pools, sizes, every, most)

        return search

    @property
    def of_singles(self) -> bool:
        """Tell whether every variable is one column, without gaps, plots and products."""
        blocks = self._blocks
        return blocks.widest == 1 and len(blocks.table) == 1 and not len(blocks.product) and not len(blocks.between)

    def correlation(self) -> Floats:
        """Return the (variables, variables) correlations of all rows, where every variable is one column."""
        correlation: Floats = self._blocks.covariance[0]
        return correlation

    def critical_by_rank(self, alpha: float) -> Floats:
        """Return the critical values for two columns given conditions of rank 0, 1, …; NaN where the rows run out."""
        error = int(self._blocks.rows[0]) - 2 - np.arange(len(self.names) + 1)
        table = np.full(len(error), np.nan)
        enough = np.count_nonzero(error >= 0)
        table[:enough] = self._reference.critical(alpha, 1, 1, error[:enough])
        return table

    def at_level(self, alpha: float, conditions: int) -> Moments:
        """Return what compiled code needs to test at level `alpha` with up to so many conditions."""
        if (alpha, conditions) not in self._levels:
            self._levels[alpha, conditions] = Moments(self._blocks, self._critical(alpha, conditions))
        return self._levels[alpha, conditions]

    def _critical(self, alpha: float, conditions: int) -> Floats:
        """Tabulate critical values by columns of x, columns of y and error rows, as far as tests can ask for them."""
        blocks = self._blocks
        rows, wide = blocks.rows.tolist(), blocks.widest
        most = max([1, *rows])
        swept = wide * (conditions + 1) + blocks.widest_product * conditions * (conditions - 1) // 2
        least = 0 if len(blocks.between) else min(rows) - 1 - swept
        error = np.arange(max(least, 0), most)
        table = np.full((wide + 1, wide + 1, most), np.nan)
        second = int(np.sort(np.diff(blocks.start[: len(self.names) + 1]))[-2:].min(initial=wide)) if wide > 1 else 1
        for p in range(1, wide + 1):
            for q in range(1, wide + 1):
                if min(p, q) <= second:  # the widest is never tested against itself
                    table[p, q, error] = self._reference.critical(alpha, p, q, error)
        return table
