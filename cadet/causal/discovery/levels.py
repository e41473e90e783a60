"""The levels of PC-stable (Colombo & Maathuis 2014): all in one compiled call where the test is compiled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import compiled
from cadet.causal.discovery.pairs import Pairs, edges, take
from cadet.causal.discovery.pools import neighbour_pools, no_pools, widest
from cadet.causal.independence.separating import Moments, separating
from cadet.protocols import Pools, Separating

UNLIMITED = 2**62

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@compiled
def to_try(at: Pairs, may_cause: Flags, required: Flags, size: int, largest: int) -> tuple[Ints, Pools, bool]:
    """Return the pairs, where to look for sets of `size`, and whether there are none to be tried.

    Sets of more than `largest` are not to be tried, and pairs that still have some are capped.
    """
    pairs = edges(at, required)
    pools = no_pools(len(pairs)) if size == 0 else neighbour_pools(at.adjacent, may_cause, pairs)
    wide, left = widest(pools), False
    for i in range(len(pairs)):
        if wide[i] >= size:
            left = True
            if size > largest:
                at.capped[pairs[i, 0], pairs[i, 1]] = at.capped[pairs[i, 1], pairs[i, 0]] = True
    return pairs, pools, size > largest or not left


@compiled
def pc_stable(
    test: Moments, at: Pairs, may_cause: Flags, required: Flags, size: int, prepared: int, largest: int
) -> tuple[Pairs, int, bool, int]:
    """Take edges away by sets of `size` and more, at each size with the neighbours that the size before left.

    Returns the pairs, the size to go on with, whether that is not necessary, and how many tests this took. Stops before
    sets of more than `prepared` conditions, which `test` cannot judge, and at those of more than `largest`.
    """
    tests = 0
    while True:
        pairs, pools, done = to_try(at, may_cause, required, size, largest)
        if done or size > prepared:
            return at, size, done, tests
        found = separating(test, pairs, pools, (size, size), False, UNLIMITED)
        tests += found.tests
        at = take(at, pairs, found)
        size += 1


def pc_stable_by(search: Separating, at: Pairs, may_cause: Flags, required: Flags, largest: int) -> tuple[Pairs, int]:
    """Do the same with any search, for every size; return the pairs and how many tests this took."""
    size = tests = 0
    while True:
        pairs, pools, done = to_try(at, may_cause, required, size, largest)
        if done:
            return at, tests
        found = search(pairs, pools, (size, size), False, UNLIMITED)
        tests += found.tests
        at = take(at, pairs, found)
        size += 1
