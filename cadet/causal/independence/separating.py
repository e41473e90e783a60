"""Which sets separate which pairs: a search over the subsets of two pools per pair, compiled, many pairs at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import compiled
from cadet.causal.independence.blocks import (
    Blocks,
    Sweep,
    columns_of,
    effective_rows,
    new_sweep,
    sweep_out,
    table_of,
    wilks,
)
from cadet.causal.independence.enumeration import OTHER, TRIED, advance, append, no_separators
from cadet.protocols import Found, Pools

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

REFUSED, DEPENDENT, INDEPENDENT = -1, 0, 1


@compiled
def decide(blocks: Blocks, critical: Floats, sweep: Sweep, table: int, pair: Ints, first: int, rank: int) -> int:
    """Compare lambda with its critical value (columns of x, columns of y, error rows); NaN there refuses the test."""
    ratio, p, q = wilks(blocks, sweep, table, pair, first, rank)
    if p == 0 or q == 0:
        return REFUSED
    error = effective_rows(blocks, sweep, table, pair, first, rank) - 1 - rank - q
    if error < 0 or np.isnan(critical[p, q, error]):
        return REFUSED
    return INDEPENDENT if ratio > critical[p, q, error] else DEPENDENT


@compiled
def separating(
    blocks: Blocks, critical: Floats, pairs: Ints, pools: Pools, sizes: tuple[int, int], every: bool, most: int
) -> Found:
    """Try the subsets of both pools of each pair, smallest first; see `cadet.protocols.Separating`."""
    least, largest = sizes
    count = len(pairs)
    untestable, refused, cut = np.zeros(count, np.bool_), np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    separators = no_separators(largest)
    tests = 0
    sweep = new_sweep(blocks, largest)
    chosen = np.zeros(largest + 1, np.int64)
    given = np.zeros(largest + 1, np.int64)
    common = np.zeros(largest + 1, np.int64)
    gaps = len(blocks.table) > 1
    for i in range(count):
        x, y = pairs[i, 0], pairs[i, 1]
        pair = columns_of(blocks, x, y)
        first = int(blocks.start[x + 1] - blocks.start[x])
        budget, done = most, False
        for size in range(least, largest + 1):
            for side in range(2):
                start, end = pools.start[2 * i + side], pools.start[2 * i + side + 1]
                members = end - start
                if done or size > members or (side == 1 and size == 0):
                    continue
                for place in range(size):
                    chosen[place] = place
                changed = 0
                while changed >= 0 and not done:
                    if budget == 0:
                        cut[i] = True
                        done = True
                        break
                    budget -= 1
                    for place in range(changed, size):
                        at = start + chosen[place]
                        given[place] = pools.member[at]
                        common[place] = pools.flags[at] & (common[place - 1] if place > 0 else OTHER | TRIED)
                    skip = size > 0 and (common[size - 1] & TRIED != 0 or (side == 1 and common[size - 1] & OTHER != 0))
                    if gaps or changed == 0:
                        changed = 0
                        table = table_of(blocks, x, y, given[:size])
                    for place in range(changed, size):
                        sweep_out(blocks, sweep, table, pair, place, given[place])
                    if not skip:
                        tests += 1
                        verdict = decide(blocks, critical, sweep, table, pair, first, int(sweep.after[size]))
                        if verdict == REFUSED:
                            if size == 0:
                                untestable[i] = True
                                done = not every
                            else:
                                refused[i] = True
                        elif verdict == INDEPENDENT:
                            separators = append(separators, i, given[:size])
                            done = not every
                    changed = advance(chosen, size, members) if size > 0 else -1
    return Found(separators.of[: separators.length], separators.size[: separators.length],
                 separators.sets[: separators.length], refused, untestable, cut, tests)  # fmt: skip
