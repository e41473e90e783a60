"""A conditional independence test that needs the second moments of blocks of columns and nothing else.

Singular blocks: a column with less than `blocks.DETERMINED` of its variance left given the conditions and the columns
before it is a constant; it carries no degree of freedom, and when a variable has no column left (the conditions
determine it) the test is refused, because the independence would hold for want of variation and not of causation.
Missing values: a test uses the rows in which its own variables are all observed (test-wise deletion, Strobl 2018);
variables whose gaps are alike share them, so that there are at most `GAPS` kinds of gaps.
Interactions: two conditions may come with columns for their product, which are taken out with them as far as the rows
bear it; else two effects of one interaction would look like cause and effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cadet.causal.independence.blocks import Blocks
from cadet.causal.independence.ratio import statistics
from cadet.causal.independence.rows import Plots
from cadet.causal.independence.separating import Moments, separating
from cadet.causal.independence.table import Table, moments
from cadet.protocols import Found, Independence, Pools, Separating

GAPS = 5  # kinds of missing rows that are told apart; there is a table of moments for every union of them

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
    """Tests independence of the named variables; computes the moments once."""

    def __init__(
        self,
        columns: Mapping[str, Floats],
        reference: Reference,
        plots: Plots | None = None,
        products: Mapping[tuple[str, str], Floats] | None = None,
        stacked: Floats | None = None,
    ):
        """Columns by variable: (rows, k), NaN where missing; variables without a column are not tested.

        products: by pair of variables, (rows, k). stacked: all columns by name and without products, (columns, rows),
        where they are at hand; overwritten.
        """
        self.names = tuple(sorted(name for name, block in columns.items() if block.shape[1]))
        self._reference = reference
        self._at = {name: i for i, name in enumerate(self.names)}
        joint = {
            (self._at[a], self._at[b]): block
            for (a, b), block in sorted((products or {}).items())
            if block.shape[1] and a in self._at and b in self._at
        }
        self._blocks = _blocks([columns[name] for name in self.names], plots, joint, stacked)
        self._levels: dict[tuple[float, int], Moments] = {}

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

    def at_level(self, alpha: float, conditions: int) -> Moments:
        """Return what compiled code needs to test at level `alpha` with up to so many conditions."""
        if (alpha, conditions) not in self._levels:
            self._levels[alpha, conditions] = Moments(self._blocks, self._critical(alpha, conditions))
        return self._levels[alpha, conditions]

    def _critical(self, alpha: float, conditions: int) -> Floats:
        """Tabulate critical values by columns of x, columns of y and error rows, as far as tests can ask for them."""
        blocks = self._blocks
        most, wide = int(blocks.rows.max(initial=1)), blocks.widest
        swept = wide * (conditions + 1) + blocks.widest_product * conditions * (conditions - 1) // 2
        least = 0 if len(blocks.between) else int(blocks.rows.min(initial=1)) - 1 - swept
        error = np.arange(max(least, 0), most)
        table = np.full((wide + 1, wide + 1, most), np.nan)
        second = int(np.sort(np.diff(blocks.start[: len(self.names) + 1]))[-2:].min(initial=wide))
        for p in range(1, wide + 1):
            for q in range(1, wide + 1):
                if min(p, q) <= second:  # the widest is never tested against itself
                    table[p, q, error] = self._reference.critical(alpha, p, q, error)
        return table


def _blocks(
    columns: Sequence[Floats], plots: Plots | None, joint: Mapping[tuple[int, int], Floats], stacked: Floats | None
) -> Blocks:
    every = [*columns, *joint.values()]
    start = np.cumsum([0, *(block.shape[1] for block in every)], dtype=np.int64)
    matrix = _stacked(every) if stacked is None else stacked
    gaps = _gaps(columns) if np.isnan(matrix).any() else {}
    bits = np.zeros(len(columns), np.int64)
    for bit, members in enumerate(gaps.values()):
        bits[members] = 1 << bit
    tables = _tables(np.nan_to_num(matrix), list(gaps), plots) if gaps else [moments(matrix, plots)]
    plotted = tables if plots is not None else []
    none = np.empty((0, 0, 0))
    return Blocks(
        start, bits, np.arange(len(tables)), np.stack([t.covariance for t in tables]),
        np.array([t.rows for t in tables]),
        np.stack([t.between for t in plotted]) if plotted else none,
        np.stack([t.within for t in plotted]) if plotted else none,
        np.array([t.typical for t in tables]), np.array([t.shared for t in tables]),
        max((block.shape[1] for block in columns), default=1),
        _places(len(columns), joint), max((block.shape[1] for block in joint.values()), default=0),
    )  # fmt: skip


def _places(variables: int, joint: Mapping[tuple[int, int], Floats]) -> Ints:
    """Return where the columns of each pair are, -1 for none; empty where there are none at all."""
    if not joint:
        return np.empty((0, 0), np.int64)
    places = np.full((variables, variables), -1)
    for place, (a, b) in enumerate(joint):
        places[a, b] = places[b, a] = variables + place
    return places


def _stacked(blocks: Sequence[Floats]) -> Floats:
    """Return the columns of all blocks in memory of their own, (columns, rows)."""
    if not blocks:
        return np.empty((0, 0))
    matrix = np.empty((sum(block.shape[1] for block in blocks), len(blocks[0])))
    return np.concatenate([block.T for block in blocks], out=matrix)


def _tables(matrix: Floats, kinds: Sequence[bytes], plots: Plots | None) -> list[Table]:
    """Return the moments of the rows that every union of the kinds of gaps leaves."""
    missing = [np.frombuffer(kind, bool) for kind in kinds]
    tables = []
    for union in range(1 << len(missing)):
        seen = np.ones(matrix.shape[1], dtype=bool)
        for bit, rows in enumerate(missing):
            if union >> bit & 1:
                seen &= ~rows
        tables.append(moments(matrix[:, seen], plots.of(seen) if plots is not None and seen.any() else None))
    return tables


def _gaps(columns: Sequence[Floats]) -> dict[bytes, list[int]]:
    """Return the places of the variables by their missing rows; the most alike are united until there are few."""
    members: dict[bytes, list[int]] = {}
    for i, block in enumerate(columns):
        missing = np.isnan(block).any(axis=1)
        if missing.any():
            members.setdefault(missing.tobytes(), []).append(i)
    while len(members) > GAPS:
        kinds = list(members)
        masks = np.array([np.frombuffer(kind, bool) for kind in kinds])
        lost = (masks[:, None] | masks[None]).sum(axis=2) * 2 - masks.sum(axis=1)[:, None] - masks.sum(axis=1)[None]
        np.fill_diagonal(lost, np.iinfo(lost.dtype).max)
        a, b = np.unravel_index(int(np.argmin(lost)), lost.shape)
        united = members.pop(kinds[a]) + members.pop(kinds[b])
        members.setdefault((masks[a] | masks[b]).tobytes(), []).extend(united)
    return members
