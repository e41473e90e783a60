"""A table as blocks of columns, one block to a variable: all that a test by second moments knows of it.

One kernel serves Fisher's z (blocks of one column) and the degenerate Gaussian test.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import arithmetic

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


@arithmetic
def width(blocks: Blocks, variable: int) -> int:
    """Return how many columns stand for a variable."""
    return int(blocks.start[variable + 1] - blocks.start[variable])


@arithmetic
def singles(blocks: Blocks) -> bool:
    """Tell whether there are only single columns, without gaps, plots and products."""
    return bool(
        blocks.widest == 1 and len(blocks.table) == 1 and len(blocks.product) == 0 and blocks.between.shape[0] == 0
    )


@arithmetic
def table_of(blocks: Blocks, x: int, y: int, given: Ints, size: int) -> int:
    """Return which moments hold for the rows in which x, y and the first `size` of `given` are observed."""
    gaps = blocks.gap[x] | blocks.gap[y]
    for place in range(size):
        gaps |= blocks.gap[given[place]]
    return int(blocks.table[gaps])
