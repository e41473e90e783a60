"""The search of `separating` for the commonest table: one column to a variable, nothing missing, no plots.

The same sweep with scalars in place of blocks: what two variables share given a set is one partial correlation.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import compiled
from cadet.causal.independence.blocks import DETERMINED
from cadet.causal.independence.enumeration import OTHER, TRIED, advance, append, no_separators
from cadet.protocols import Found, Pools

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@compiled
def separating_single(
    correlation: Floats, least: Floats, pairs: Ints, pools: Pools, sizes: tuple[int, int], every: bool, most: int
) -> Found:
    """Try the subsets of both pools of each pair, smallest first.

    least: (ranks,) the squared partial correlation from which a pair counts as dependent, by the rank of what it is
    given; NaN refuses the test.
    """
    count, largest = len(pairs), sizes[1]
    untestable, refused, cut = np.zeros(count, np.bool_), np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    separators = no_separators(largest)
    tests = 0
    chosen, given, common = (
        np.zeros(largest + 1, np.int64),
        np.zeros(largest + 1, np.int64),
        np.zeros(largest + 1, np.int64),
    )
    basis = np.zeros((largest + 1, largest + 1))
    inverse, of_x, of_y = np.zeros(largest + 1), np.zeros(largest + 1), np.zeros(largest + 1)
    left_x, left_y, shared = np.ones(largest + 2), np.ones(largest + 2), np.zeros(largest + 2)
    rank = np.zeros(largest + 2, np.int64)
    for i in range(count):
        x, y = pairs[i, 0], pairs[i, 1]
        left_x[0], left_y[0], shared[0] = correlation[x, x], correlation[y, y], correlation[x, y]
        budget, done = most, False
        for size in range(sizes[0], largest + 1):
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
                        z = pools.member[at]
                        given[place] = z
                        common[place] = pools.flags[at] & (common[place - 1] if place > 0 else OTHER | TRIED)
                        left = correlation[z, z]
                        for m in range(place):
                            total = correlation[z, given[m]]
                            for j in range(m):
                                total -= basis[place, j] * basis[m, j]
                            basis[place, m] = total * inverse[m]
                            left -= basis[place, m] * basis[place, m]
                        if left < DETERMINED:  # the earlier ones determine it: it adds nothing
                            inverse[place] = of_x[place] = of_y[place] = 0.0
                            rank[place + 1] = rank[place]
                            for m in range(place):
                                basis[place, m] = 0.0
                        else:
                            inverse[place] = 1.0 / np.sqrt(left)
                            with_x, with_y = correlation[z, x], correlation[z, y]
                            for m in range(place):
                                with_x -= basis[place, m] * of_x[m]
                                with_y -= basis[place, m] * of_y[m]
                            of_x[place], of_y[place] = with_x * inverse[place], with_y * inverse[place]
                            rank[place + 1] = rank[place] + 1
                        left_x[place + 1] = left_x[place] - of_x[place] * of_x[place]
                        left_y[place + 1] = left_y[place] - of_y[place] * of_y[place]
                        shared[place + 1] = shared[place] - of_x[place] * of_y[place]
                    last = common[size - 1] if size > 0 else 0
                    if last & TRIED == 0 and (side == 0 or last & OTHER == 0):
                        tests += 1
                        limit = least[rank[size]]
                        if left_x[size] < DETERMINED or left_y[size] < DETERMINED or np.isnan(limit):
                            if size == 0:
                                untestable[i] = True
                                done = not every
                            else:
                                refused[i] = True
                        elif shared[size] * shared[size] < limit * left_x[size] * left_y[size]:
                            separators = append(separators, i, given[:size])
                            done = not every
                    changed = advance(chosen, size, members) if size > 0 else -1
    return Found(separators.of[: separators.length], separators.size[: separators.length],
                 separators.sets[: separators.length], refused, untestable, cut, tests)  # fmt: skip
