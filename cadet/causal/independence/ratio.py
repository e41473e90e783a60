"""Wilks' lambda of two blocks given others, and for how many independent rows the table counts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import arithmetic, compiled, subroutine
from cadet.causal.independence.blocks import DETERMINED, Blocks
from cadet.causal.independence.sweep import FIRST, TABLE, WIDE, Sweep, begin, new_sweep, sweep_to

SINGULAR = 1e-12  # a pivot below it is not divided by

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@arithmetic
def wilks(sweep: Sweep, size: int) -> tuple[float, int, int]:
    """Return Wilks' lambda of the pair given the first `size` conditions, which are swept out.

    Also how many columns of each block are left; 0 says that the conditions determine the block.
    """
    rest = sweep.rest
    if sweep.state[WIDE] == 2:
        if rest[size, 0, 0] < DETERMINED or rest[size, 1, 1] < DETERMINED:
            return 1.0, int(rest[size, 0, 0] >= DETERMINED), int(rest[size, 1, 1] >= DETERMINED)
        return max(1.0 - rest[size, 1, 0] * rest[size, 1, 0] / (rest[size, 0, 0] * rest[size, 1, 1]), 0.0), 1, 1
    return _of_blocks(sweep, size)


@subroutine
def _of_blocks(sweep: Sweep, size: int) -> tuple[float, int, int]:
    """Return the ratio of the pivots of the second block: given the first block, and alone."""
    left, alone, first, wide = sweep.left, sweep.alone, sweep.state[FIRST], sweep.state[WIDE]
    for t in range(wide):
        for u in range(t + 1):
            left[t, u] = left[u, t] = alone[t, u] = alone[u, t] = sweep.rest[size, t, u]
    p = 0
    for i in range(first):
        if left[i, i] >= DETERMINED:
            p += 1
            _eliminate(left, i, wide)
    q, ratio = 0, 1.0
    for i in range(first, wide):
        if alone[i, i] >= DETERMINED:
            q += 1
            ratio *= max(left[i, i], 0.0) / alone[i, i]
            _eliminate(alone, i, wide)
            if left[i, i] > SINGULAR:
                _eliminate(left, i, wide)
    return min(ratio, 1.0), p, q


@subroutine
def _eliminate(matrix: Floats, pivot: int, end: int) -> None:
    for r in range(pivot + 1, end):
        factor = matrix[r, pivot] / matrix[pivot, pivot]
        for c in range(pivot + 1, end):
            matrix[r, c] -= factor * matrix[pivot, c]


@arithmetic
def effective_rows(blocks: Blocks, sweep: Sweep, size: int) -> int:
    """Return the rows over the design effect of what the pair shares within plots (Moulton 1986), rounded down."""
    if blocks.between.shape[0] == 0:
        return int(blocks.rows[sweep.state[TABLE]])
    return _in_plots(blocks, sweep, size)


@subroutine
def _in_plots(blocks: Blocks, sweep: Sweep, size: int) -> int:
    table, first, wide, rank = sweep.state[TABLE], sweep.state[FIRST], sweep.state[WIDE], sweep.after[size]
    both = _alike(blocks, sweep, 0, first, rank) * _alike(blocks, sweep, first, wide, rank)
    return int(blocks.rows[table] / (1 + (blocks.shared[table] - 1) * both) + 1e-9)


@subroutine
def _alike(blocks: Blocks, sweep: Sweep, first: int, end: int, rank: int) -> float:
    """Return the largest intraclass correlation in plots of the columns first … end of the pair, given the conditions.

    One-way analysis of variance estimator (Donner 1986) on what the conditions leave of each column.
    """
    between, within, weights, columns = blocks.between, blocks.within, sweep.weights, sweep.columns
    table, largest = sweep.state[TABLE], 0.0
    for t in range(first, end):
        column = sweep.pair[t]
        _weigh(sweep, t, rank)
        apart, inside = between[table, column, column], within[table, column, column]
        for j in range(rank):
            apart -= 2 * weights[j] * between[table, column, columns[j]]
            inside -= 2 * weights[j] * within[table, column, columns[j]]
            for m in range(rank):
                apart += weights[j] * weights[m] * between[table, columns[j], columns[m]]
                inside += weights[j] * weights[m] * within[table, columns[j], columns[m]]
        total = apart + (blocks.typical[table] - 1) * inside
        if total > 0:
            largest = max(largest, (apart - inside) / total)
    return min(largest, 1.0)


@subroutine
def _weigh(sweep: Sweep, t: int, rank: int) -> None:
    """Solve basis' weights = loadings: how much of each swept column is in column t of the pair."""
    basis, weights = sweep.basis, sweep.weights
    for j in range(rank - 1, -1, -1):
        total = sweep.loadings[j, t]
        for m in range(j + 1, rank):
            total -= basis[m, j] * weights[m]
        weights[j] = total * basis[j, j]


@compiled
def statistics(blocks: Blocks, pairs: Ints, given: Ints) -> tuple[Floats, Ints]:
    """Return lambda, (tests,), and (tests, 4): columns left of x, of y, rank of the conditions, effective rows.

    pairs: (tests, 2); given: (tests, conditions), -1 where there are fewer.
    """
    ratios, counts = np.ones(len(pairs)), np.zeros((len(pairs), 4), np.int64)
    sweep = new_sweep(blocks, given.shape[1])
    for i in range(len(pairs)):
        begin(blocks, sweep, pairs[i, 0], pairs[i, 1])
        size = 0
        for condition in given[i]:
            if condition >= 0:
                sweep.given[size] = condition
                size += 1
        sweep_to(blocks, sweep, size)
        ratios[i], counts[i, 0], counts[i, 1] = wilks(sweep, size)
        counts[i, 2] = sweep.after[size]
        counts[i, 3] = effective_rows(blocks, sweep, size)
    return ratios, counts
