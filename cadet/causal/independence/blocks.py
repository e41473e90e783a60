"""Tests by second moments: every variable is a block of columns, and Wilks' lambda says whether two blocks go together.

One kernel serves Fisher's z (blocks of one column, lambda = 1 - r²) and the degenerate Gaussian test. Conditioning
variables are swept out one after the other (Gram-Schmidt on the covariance), so sets that share a beginning share its
work; a decision is one comparison with a critical value, not a p-value.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import compiled

DETERMINED = 1e-6  # share of a column's variance below which what was swept out before determines it
ROWS_PER_COLUMN = 4  # products of conditions are swept out too while there are so many rows for each column swept out

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Blocks(NamedTuple):
    """Everything a test by second moments knows, for compiled code.

    start: (variables + 1,) first column of each. gap: (variables,) bit of the variable's missing rows, 0 for none.
    table: (2 ** gaps,) which moments hold for the rows that a union of gaps leaves. covariance: (tables, columns,
    columns). rows: (tables,). between, within: mean squares between and within plots, empty without plots; typical,
    shared: (tables,) as in `table.Table` and `rows.Plots`. widest: the most columns of a variable. product:
    (variables, variables) place after the variables of the columns for two of them together, -1 for none; empty
    where there are none at all. widest_product: their most columns.
    """

    start: Ints
    gap: Ints
    table: Ints
    covariance: Floats
    rows: Ints
    between: Floats
    within: Floats
    typical: Floats
    shared: Floats
    widest: int
    product: Ints
    widest_product: int


class Sweep(NamedTuple):
    """What has been swept out for one pair: `rank` columns, as rows of a triangular basis, and the pair's loadings.

    after: (depth + 1,) the rank after so many conditioning variables. given: (depth,) these. columns: (rank,). basis:
    (rank, rank) lower triangular. loadings: (rank, columns of the pair). left: (columns of the pair) ** 2,
    scratch for what is left.
    """

    after: Ints
    given: Ints
    columns: Ints
    basis: Floats
    loadings: Floats
    left: Floats
    weights: Floats


@compiled
def new_sweep(blocks: Blocks, depth: int) -> Sweep:
    """Return an empty sweep for up to `depth` conditioning variables."""
    columns = depth * blocks.widest + depth * (depth - 1) // 2 * blocks.widest_product + 1
    wide = 2 * blocks.widest
    return Sweep(
        np.zeros(depth + 2, np.int64), np.zeros(depth + 1, np.int64), np.zeros(columns, np.int64),
        np.zeros((columns, columns)), np.zeros((columns, wide)), np.zeros((wide, wide)), np.zeros(columns + 1),
    )  # fmt: skip


@compiled
def sweep_out(blocks: Blocks, sweep: Sweep, table: int, pair: Ints, depth: int, variable: int) -> None:
    """Sweep `variable` out as condition number `depth`, with its products with earlier ones if the rows bear them."""
    rank = _sweep_columns(blocks, sweep, table, pair, sweep.after[depth], variable)
    sweep.given[depth] = variable
    if len(blocks.product):
        for earlier in range(depth):
            product = blocks.product[sweep.given[earlier], variable]
            if product >= 0:
                wide = blocks.start[product + 1] - blocks.start[product]
                if ROWS_PER_COLUMN * (rank + wide) <= blocks.rows[table]:
                    rank = _sweep_columns(blocks, sweep, table, pair, rank, product)
    sweep.after[depth + 1] = rank


@compiled
def _sweep_columns(blocks: Blocks, sweep: Sweep, table: int, pair: Ints, rank: int, variable: int) -> int:
    """Sweep the columns of one variable out, return the new rank; columns that earlier ones determine add nothing."""
    covariance = blocks.covariance[table]
    columns, basis, loadings = sweep.columns, sweep.basis, sweep.loadings
    for column in range(blocks.start[variable], blocks.start[variable + 1]):
        left = covariance[column, column]
        for j in range(rank):
            total = covariance[column, columns[j]]
            for m in range(j):
                total -= basis[rank, m] * basis[j, m]
            basis[rank, j] = total / basis[j, j]
            left -= basis[rank, j] * basis[rank, j]
        if left < DETERMINED:
            continue
        pivot = np.sqrt(left)
        basis[rank, rank] = pivot
        columns[rank] = column
        for t in range(len(pair)):
            total = covariance[column, pair[t]]
            for m in range(rank):
                total -= basis[rank, m] * loadings[m, t]
            loadings[rank, t] = total / pivot
        rank += 1
    return rank


@compiled
def columns_of(blocks: Blocks, x: int, y: int) -> Ints:
    """Return the columns of x, then those of y."""
    first, second = blocks.start[x + 1] - blocks.start[x], blocks.start[y + 1] - blocks.start[y]
    pair = np.empty(first + second, np.int64)
    for i in range(first):
        pair[i] = blocks.start[x] + i
    for i in range(second):
        pair[first + i] = blocks.start[y] + i
    return pair


@compiled
def wilks(blocks: Blocks, sweep: Sweep, table: int, pair: Ints, first: int, rank: int) -> tuple[float, int, int]:
    """Return Wilks' lambda of the first `first` columns of the pair against the others given what was swept out.

    Also how many columns of each block are left; 0 says that the conditions determine the block.
    """
    covariance, loadings, left = blocks.covariance[table], sweep.loadings, sweep.left
    wide = len(pair)
    for t in range(wide):
        for u in range(t + 1):
            total = covariance[pair[t], pair[u]]
            for m in range(rank):
                total -= loadings[m, t] * loadings[m, u]
            left[t, u] = total
            left[u, t] = total
    if wide == 2:
        if left[0, 0] < DETERMINED or left[1, 1] < DETERMINED:
            return 1.0, int(left[0, 0] >= DETERMINED), int(left[1, 1] >= DETERMINED)
        return max(1.0 - left[0, 1] * left[0, 1] / (left[0, 0] * left[1, 1]), 0.0), 1, 1
    alone = left[first:wide, first:wide].copy()
    p = 0
    for i in range(first):
        if left[i, i] < DETERMINED:
            continue
        p += 1
        _eliminate(left, i, i + 1)
    q, ratio = 0, 1.0
    for i in range(wide - first):
        if alone[i, i] < DETERMINED:
            continue
        q += 1
        ratio *= max(left[first + i, first + i], 0.0) / alone[i, i]
        _eliminate(alone, i, i + 1)
        if left[first + i, first + i] > 1e-12:
            _eliminate(left, first + i, first + i + 1)
    return min(ratio, 1.0), p, q


@compiled
def _eliminate(matrix: Floats, pivot: int, start: int) -> None:
    for r in range(start, len(matrix)):
        factor = matrix[r, pivot] / matrix[pivot, pivot]
        for c in range(start, len(matrix)):
            matrix[r, c] -= factor * matrix[pivot, c]


@compiled
def alike(blocks: Blocks, sweep: Sweep, table: int, pair: Ints, begin: int, end: int, rank: int) -> float:
    """Return the largest intraclass correlation in plots of the columns begin..end of the pair, given the conditions.

    One-way analysis of variance estimator (Donner 1986) on what the conditions leave of each column.
    """
    between, within, weights = blocks.between[table], blocks.within[table], sweep.weights
    largest = 0.0
    for t in range(begin, end):
        for j in range(rank - 1, -1, -1):  # weights of the swept columns: solve basis' w = loadings
            total = sweep.loadings[j, t]
            for m in range(j + 1, rank):
                total -= sweep.basis[m, j] * weights[m]
            weights[j] = total / sweep.basis[j, j]
        apart, inside = between[pair[t], pair[t]], within[pair[t], pair[t]]
        for j in range(rank):
            column = sweep.columns[j]
            apart -= 2 * weights[j] * between[pair[t], column]
            inside -= 2 * weights[j] * within[pair[t], column]
            for m in range(rank):
                apart += weights[j] * weights[m] * between[column, sweep.columns[m]]
                inside += weights[j] * weights[m] * within[column, sweep.columns[m]]
        total = apart + (blocks.typical[table] - 1) * inside
        if total > 0:
            largest = max(largest, (apart - inside) / total)
    return min(largest, 1.0)


@compiled
def effective_rows(blocks: Blocks, sweep: Sweep, table: int, pair: Ints, first: int, rank: int) -> int:
    """Return the rows over the design effect of what the pair shares within plots (Moulton 1986), rounded down."""
    rows = blocks.rows[table]
    if blocks.between.shape[0] == 0:
        return int(rows)
    both = alike(blocks, sweep, table, pair, 0, first, rank) * alike(blocks, sweep, table, pair, first, len(pair), rank)
    return int(rows / (1 + (blocks.shared[table] - 1) * both) + 1e-9)


@compiled
def table_of(blocks: Blocks, x: int, y: int, given: Ints) -> int:
    """Return which moments hold for the rows in which x, y and `given` are observed."""
    gaps = blocks.gap[x] | blocks.gap[y]
    for variable in given:
        gaps |= blocks.gap[variable]
    return int(blocks.table[gaps])


@compiled
def statistics(blocks: Blocks, pairs: Ints, given: Ints) -> tuple[Floats, Ints]:
    """Return lambda, (tests,), and (tests, 4): columns left of x, of y, rank of the conditions, effective rows.

    pairs: (tests, 2); given: (tests, conditions), -1 where there are fewer.
    """
    ratios, counts = np.ones(len(pairs)), np.zeros((len(pairs), 4), np.int64)
    sweep = new_sweep(blocks, given.shape[1])
    for i in range(len(pairs)):
        x, y = pairs[i, 0], pairs[i, 1]
        conditions = given[i][given[i] >= 0]
        table, pair, first = table_of(blocks, x, y, conditions), columns_of(blocks, x, y), int(
            blocks.start[x + 1] - blocks.start[x])  # fmt: skip
        for depth in range(len(conditions)):
            sweep_out(blocks, sweep, table, pair, depth, conditions[depth])
        rank = sweep.after[len(conditions)]
        ratios[i], counts[i, 0], counts[i, 1] = wilks(blocks, sweep, table, pair, first, rank)
        counts[i, 2] = rank
        counts[i, 3] = effective_rows(blocks, sweep, table, pair, first, rank)
    return ratios, counts
