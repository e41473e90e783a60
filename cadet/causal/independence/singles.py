"""The sets of no and of one member among variables of one column: most tests of a sparse search are of these.

They are judged as `separating.decide` judges them, to the last bit, without the bookkeeping of a sweep.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import arithmetic, subroutine
from cadet.causal.independence.blocks import DETERMINED, Blocks
from cadet.causal.independence.walk import OTHER, TRIED
from cadet.protocols import Found, Pools

REFUSED, DEPENDENT, INDEPENDENT = -1, 0, 1

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@subroutine
def fill_singles(
    blocks: Blocks, critical: Floats, pairs: Ints, pools: Pools, size: int, found: Found, at: Ints
) -> None:
    """Write the first separating set of `size` 0 or 1 of each pair into `found`; `at` as in `separating.fill`."""
    covariance, count, tests = blocks.covariance, 0, 0
    for pair in range(len(pairs)):
        x, y, verdict = pairs[pair, 0], pairs[pair, 1], DEPENDENT
        xx, yx, yy = covariance[0, x, x], covariance[0, y, x], covariance[0, y, y]
        if size == 0:
            verdict = _verdict(blocks, critical, xx, yx, yy, 0)
            tests += 1
            found.untestable[pair] = verdict == REFUSED
            if verdict == INDEPENDENT:
                found.of[count], found.size[count], found.sets[count, 0] = pair, 0, -1
                count += 1
            continue
        first = pools.start[2 * pair + 1]
        for i in range(pools.start[2 * pair], pools.start[2 * pair + 2]):
            if pools.flags[i] & TRIED != 0 or (i >= first and pools.flags[i] & OTHER != 0):
                continue
            z = pools.member[i]
            left, rank, of_x, of_y = covariance[0, z, z], 0, 0.0, 0.0
            if left >= DETERMINED:
                inverse = 1.0 / np.sqrt(left)
                rank, of_x, of_y = 1, covariance[0, z, x] * inverse, covariance[0, z, y] * inverse
            verdict = _verdict(blocks, critical, xx - of_x * of_x, yx - of_y * of_x, yy - of_y * of_y, rank)
            tests += 1
            if verdict == REFUSED:
                found.refused[pair] = True
            elif verdict == INDEPENDENT:
                found.of[count], found.size[count], found.sets[count, 0] = pair, 1, z
                count += 1
                break
    at[0], at[1], at[3] = count, len(pairs), tests


@arithmetic
def verdict(critical: float, xx: float, yx: float, yy: float) -> int:
    """Judge by what is left of the variances and of the covariance; a critical value of NaN refuses the test."""
    if xx < DETERMINED or yy < DETERMINED or np.isnan(critical):
        return REFUSED
    return INDEPENDENT if max(1.0 - yx * yx / (xx * yy), 0.0) > critical else DEPENDENT


@arithmetic
def _verdict(blocks: Blocks, critical: Floats, xx: float, yx: float, yy: float, rank: int) -> int:
    error = blocks.rows[0] - 2 - rank
    return verdict(critical[1, 1, error] if error >= 0 else np.nan, xx, yx, yy)
