"""Conditions are swept out of a pair of blocks one after the other (Gram–Schmidt on the covariance).

Sets that share a beginning share its work: a sweep remembers what was left of the pair after each condition.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import arithmetic, internal, subroutine
from cadet.causal.independence.blocks import DETERMINED, ROWS_PER_COLUMN, Blocks, singles, table_of, width

X, Y, FIRST, WIDE, TABLE, VALID = range(6)  # cells of `Sweep.state`

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Sweep(NamedTuple):
    """A pair and what is left of it, once so many conditions are swept out; memory for one pair at a time.

    state: the two variables, the columns of the first and of both, the table of moments, and how many of `given` are
    swept out. pair: (columns of both,). given: (conditions,) places of the variables. after: (conditions + 1,) how many
    columns were swept out with so many conditions, its rank. columns: (rank,) these. basis: (rank, rank) lower
    triangular, the inverse pivots on the diagonal. loadings: (rank, columns of both). rest: (conditions + 1, columns of
    both, columns of both) lower triangular, the covariance that is left. left, alone, weights: scratch.
    """

    state: Ints
    pair: Ints
    given: Ints
    after: Ints
    columns: Ints
    basis: Floats
    loadings: Floats
    rest: Floats
    left: Floats
    alone: Floats
    weights: Floats


@internal
def new_sweep(blocks: Blocks, depth: int) -> Sweep:
    """Return memory for up to `depth` conditions."""
    rank = depth * blocks.widest + depth * (depth - 1) // 2 * blocks.widest_product + 1
    wide = 2 * blocks.widest
    return Sweep(
        np.zeros(6, np.int64), np.zeros(wide, np.int64), np.zeros(depth + 1, np.int64), np.zeros(depth + 2, np.int64),
        np.zeros(rank, np.int64), np.zeros((rank, rank)), np.zeros((rank, wide)), np.zeros((depth + 1, wide, wide)),
        np.zeros((wide, wide)), np.zeros((wide, wide)), np.zeros(rank + 1),
    )  # fmt: skip


@arithmetic
def begin(blocks: Blocks, sweep: Sweep, x: int, y: int) -> None:
    """Take a pair; nothing is swept out."""
    state, first, second = sweep.state, width(blocks, x), width(blocks, y)
    state[X], state[Y], state[FIRST], state[WIDE], state[TABLE] = x, y, first, first + second, -1
    for i in range(first):
        sweep.pair[i] = blocks.start[x] + i
    for i in range(second):
        sweep.pair[first + i] = blocks.start[y] + i


@arithmetic
def sweep_to(blocks: Blocks, sweep: Sweep, size: int) -> None:
    """Sweep the first `size` of `given` out, as far as they are not."""
    state = sweep.state
    table = table_of(blocks, state[X], state[Y], sweep.given, size) if len(blocks.table) > 1 else 0
    if table != state[TABLE]:
        _read(blocks, sweep, table)
    single = singles(blocks)
    for depth in range(state[VALID], size):
        if single:
            _sweep_single(blocks.covariance, sweep, depth)
        else:
            _sweep_out(blocks, sweep, depth)
    state[VALID] = size


@arithmetic
def _read(blocks: Blocks, sweep: Sweep, table: int) -> None:
    """Begin again with the moments of other rows."""
    sweep.state[TABLE], sweep.state[VALID] = table, 0
    for t in range(sweep.state[WIDE]):
        for u in range(t + 1):
            sweep.rest[0, t, u] = blocks.covariance[table, sweep.pair[t], sweep.pair[u]]


@arithmetic
def _sweep_single(covariance: Floats, sweep: Sweep, depth: int) -> None:
    """Do what `_sweep_out` does, in the same order, where every variable is one column and nothing has products."""
    basis, loadings, rest, rank = sweep.basis, sweep.loadings, sweep.rest, sweep.after[depth]
    x, y, z = sweep.pair[0], sweep.pair[1], sweep.given[depth]
    left, of_x, of_y = covariance[0, z, z], covariance[0, z, x], covariance[0, z, y]
    for j in range(rank):
        total = covariance[0, z, sweep.columns[j]]
        for m in range(j):
            total -= basis[rank, m] * basis[j, m]
        total *= basis[j, j]
        basis[rank, j] = total
        left, of_x, of_y = left - total * total, of_x - total * loadings[j, 0], of_y - total * loadings[j, 1]
    xx, yx, yy = rest[depth, 0, 0], rest[depth, 1, 0], rest[depth, 1, 1]
    if left >= DETERMINED:
        inverse = 1.0 / np.sqrt(left)
        of_x, of_y = of_x * inverse, of_y * inverse
        basis[rank, rank], loadings[rank, 0], loadings[rank, 1], sweep.columns[rank] = inverse, of_x, of_y, z
        xx, yx, yy, rank = xx - of_x * of_x, yx - of_y * of_x, yy - of_y * of_y, rank + 1
    rest[depth + 1, 0, 0], rest[depth + 1, 1, 0], rest[depth + 1, 1, 1] = xx, yx, yy
    sweep.after[depth + 1] = rank


@arithmetic
def _sweep_out(blocks: Blocks, sweep: Sweep, depth: int) -> None:
    """Sweep condition number `depth` out, with its products with earlier ones if the rows bear them."""
    variable, before = sweep.given[depth], sweep.after[depth]
    rank = _sweep_columns(blocks, sweep, before, variable)
    if len(blocks.product):
        rank = _sweep_products(blocks, sweep, rank, depth)
    sweep.after[depth + 1] = rank
    _leave(sweep, depth, before, rank)


@subroutine
def _sweep_products(blocks: Blocks, sweep: Sweep, rank: int, depth: int) -> int:
    for earlier in range(depth):
        product = blocks.product[sweep.given[earlier], sweep.given[depth]]
        wide = width(blocks, product) if product >= 0 else 0
        if wide and ROWS_PER_COLUMN * (rank + wide) <= blocks.rows[sweep.state[TABLE]]:
            rank = _sweep_columns(blocks, sweep, rank, product)
    return rank


@arithmetic
def _sweep_columns(blocks: Blocks, sweep: Sweep, rank: int, variable: int) -> int:
    """Sweep the columns of one variable out, return the new rank; columns that earlier ones determine add nothing."""
    covariance, table, basis, loadings = blocks.covariance, sweep.state[TABLE], sweep.basis, sweep.loadings
    for column in range(blocks.start[variable], blocks.start[variable + 1]):
        left = covariance[table, column, column]
        for j in range(rank):
            total = covariance[table, column, sweep.columns[j]]
            for m in range(j):
                total -= basis[rank, m] * basis[j, m]
            basis[rank, j] = total * basis[j, j]
            left -= basis[rank, j] * basis[rank, j]
        if left < DETERMINED:
            continue
        basis[rank, rank] = 1.0 / np.sqrt(left)
        sweep.columns[rank] = column
        for t in range(sweep.state[WIDE]):
            total = covariance[table, column, sweep.pair[t]]
            for m in range(rank):
                total -= basis[rank, m] * loadings[m, t]
            loadings[rank, t] = total * basis[rank, rank]
        rank += 1
    return rank


@arithmetic
def _leave(sweep: Sweep, depth: int, before: int, rank: int) -> None:
    """Note what the columns before … rank leave of the pair."""
    rest, loadings = sweep.rest, sweep.loadings
    for t in range(sweep.state[WIDE]):
        for u in range(t + 1):
            total = rest[depth, t, u]
            for m in range(before, rank):
                total -= loadings[m, t] * loadings[m, u]
            rest[depth + 1, t, u] = total
