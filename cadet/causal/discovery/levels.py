"""The levels of PC-stable (Colombo & Maathuis 2014), all in one compiled call; written once, for every kind of test."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba.extending import overload

from cadet.causal.compiled import compiled
from cadet.causal.discovery.pairs import Pairs, edges, take
from cadet.causal.discovery.pools import neighbour_pools, no_pools, widest
from cadet.causal.independence.separating import Moments, separating
from cadet.protocols import Found, Pools, Separating

UNLIMITED = 2**62

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def first_separating(how: Moments | Separating, pairs: Ints, pools: Pools, size: int) -> Found:
    """Return the first set of this size that separates each pair, as the search of a test finds it."""
    assert callable(how)
    return how(pairs, pools, (size, size), False, UNLIMITED)


@overload(first_separating, strict=False)
def _compiled_first_separating(how: Any, pairs: Any, pools: Any, size: Any) -> Any:
    """Tell numba what to do with Moments; only those reach compiled code."""
    return lambda how, pairs, pools, size: separating(how, pairs, pools, (size, size), False, UNLIMITED)


@compiled
def pc_stable(
    how: Moments | Separating, at: Pairs, may_cause: Flags, required: Flags, size: int, prepared: int, largest: int
) -> tuple[Pairs, int, bool, int]:
    """Take edges away by sets of `size` and more, at each size with the neighbours that the size before left.

    Returns the pairs, the size to go on with, whether that is not necessary, and how many tests this took. Stops before
    sets of more than `prepared` conditions, which `how` cannot test; those of more than `largest` are not to be tried,
    and pairs that still have some are capped.
    """
    tests = 0
    while True:
        pairs = edges(at, required)
        if len(pairs) == 0:
            return at, size, True, tests
        pools = no_pools(len(pairs)) if size == 0 else neighbour_pools(at.adjacent, may_cause, pairs)
        wide = widest(pools)
        if wide.max() < size:
            return at, size, True, tests
        if size > largest:
            for i in range(len(pairs)):
                if wide[i] >= size:
                    at.capped[pairs[i, 0], pairs[i, 1]] = at.capped[pairs[i, 1], pairs[i, 0]] = True
            return at, size, True, tests
        if size > prepared:
            return at, size, False, tests
        found = first_separating(how, pairs, pools, size)
        tests += found.tests
        at = take(at, pairs, found)
        size += 1
