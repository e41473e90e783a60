"""From the columns of a table to the blocks that a test by second moments knows: gaps, plots, products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cadet.causal.independence.blocks import Blocks
from cadet.causal.independence.rows import Plots
from cadet.causal.independence.table import Table, moments, moments_of_centred

GAPS = 5  # kinds of missing rows that are told apart; there is a table of moments for every union of them

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NO_TABLES: Floats = np.empty((0, 0, 0))
NO_PRODUCTS: Ints = np.empty((0, 0), np.int64)


def of_numbers(table: Floats, mean: Floats, plots: Plots | None) -> Blocks:
    """Return the blocks of variables of one column without gaps: the centred (variables, rows) table, and the means."""
    variables = len(table)
    tables = [moments_of_centred(table, mean, plots)]
    return _with(tables, np.arange(variables + 1), np.zeros(variables, np.int64), plots)


def of_columns(
    columns: Mapping[str, Floats],
    plots: Plots | None = None,
    products: Mapping[tuple[str, str], Floats] | None = None,
) -> tuple[tuple[str, ...], Blocks]:
    """Return the sorted names of the variables that have a column, and their blocks.

    Columns by variable: (rows, k), NaN where missing. products: by pair of variables, (rows, k) columns for what the
    two do together.
    """
    names = tuple(sorted(name for name, block in columns.items() if block.shape[1]))
    at = {name: i for i, name in enumerate(names)}
    joint = {
        (at[a], at[b]): block
        for (a, b), block in sorted((products or {}).items())
        if block.shape[1] and a in at and b in at
    }
    return names, _blocks([columns[name] for name in names], plots, joint)


def _blocks(columns: Sequence[Floats], plots: Plots | None, joint: Mapping[tuple[int, int], Floats]) -> Blocks:
    every = [*columns, *joint.values()]
    start = np.cumsum([0, *(block.shape[1] for block in every)], dtype=np.int64)
    matrix = _stacked(every)
    gaps = _gaps(columns) if np.isnan(matrix).any() else {}
    bits = np.zeros(len(columns), np.int64)
    for bit, members in enumerate(gaps.values()):
        bits[members] = 1 << bit
    tables = _tables(np.nan_to_num(matrix), list(gaps), plots) if gaps else [moments(matrix, plots)]
    return _with(tables, start, bits, plots)._replace(
        widest=max((block.shape[1] for block in columns), default=1),
        product=_places(len(columns), joint),
        widest_product=max((block.shape[1] for block in joint.values()), default=0),
    )


def _with(tables: Sequence[Table], start: Ints, bits: Ints, plots: Plots | None) -> Blocks:
    """Return the blocks of variables of one column, without products."""
    plotted = tables if plots is not None else []
    return Blocks(
        start, bits, np.arange(len(tables)),
        np.stack([t.covariance for t in tables]) if len(tables) > 1 else tables[0].covariance[None],
        np.array([t.rows for t in tables]),
        np.stack([t.between for t in plotted]) if plotted else NO_TABLES,
        np.stack([t.within for t in plotted]) if plotted else NO_TABLES,
        np.array([t.typical for t in tables]), np.array([t.shared for t in tables]),
        widest=1, product=NO_PRODUCTS, widest_product=0,
    )  # fmt: skip


def _places(variables: int, joint: Mapping[tuple[int, int], Floats]) -> Ints:
    """Return where the columns of each pair are, -1 for none; empty where there are none at all."""
    if not joint:
        return NO_PRODUCTS
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
        tables.append(
            moments(np.compress(seen, matrix, axis=1), plots.of(seen) if plots is not None and seen.any() else None)
        )
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
