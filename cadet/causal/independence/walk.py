"""Through the subsets of the two pools of a pair, smallest first, the first pool before the second."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import arithmetic, internal
from cadet.protocols import Pools

OTHER, TRIED = 1, 6  # bits of `cadet.protocols.Pools.flags`
SIZE, SIDE, BEGUN, BUDGET, CUT = range(5)  # cells of `Walk.at`

Ints = npt.NDArray[np.int64]


class Walk(NamedTuple):
    """Where the walk is.

    at: the size of the sets, the pool (0, 1), whether a set of that size and pool was looked at, how many more sets may
    be, and whether more were left. chosen: (size,) places in the pool. common: (size + 1,) the flags that all
    of the first members share.
    """

    at: Ints
    chosen: Ints
    common: Ints


@internal
def new_walk(largest: int) -> Walk:
    """Return a walk through sets of up to `largest` members."""
    walk = Walk(np.zeros(5, np.int64), np.zeros(largest + 1, np.int64), np.zeros(largest + 2, np.int64))
    walk.common[0] = OTHER | TRIED
    return walk


@arithmetic
def rewind(walk: Walk, least: int, most: int) -> None:
    """Go to the sets of size `least`; `most` may be looked at, those that were tried before included."""
    at = walk.at
    at[SIZE], at[SIDE], at[BEGUN], at[BUDGET], at[CUT] = least, 0, 0, most, 0


@arithmetic
def next_set(walk: Walk, pools: Pools, pair: int, largest: int, given: Ints) -> int:
    """Write the next set that was not tried before into `given`; return the first place that changed, -1 at the end.

    What changed counts from the last set that was returned.
    """
    at, changed = walk.at, walk.at[SIZE]
    while True:
        start, end = pools.start[2 * pair + at[SIDE]], pools.start[2 * pair + at[SIDE] + 1]
        place = _step(walk, end - start)
        if place < 0:
            if at[SIDE] == 1:
                at[SIZE] += 1
            at[SIDE], at[BEGUN], changed = 1 - at[SIDE], 0, 0
            if at[SIZE] > largest:
                return -1
            continue
        if at[BUDGET] == 0:
            at[CUT] = 1
            return -1
        at[BUDGET] -= 1
        changed = min(changed, place)
        _choose(walk, pools, start, place, given)
        if not _tried(walk):
            return int(changed)


@arithmetic
def _step(walk: Walk, members: int) -> int:
    """Move to the next combination; return the first place that changed, -1 after the last."""
    at, chosen, size = walk.at, walk.chosen, walk.at[SIZE]
    if at[BEGUN] == 0:
        if size > members or (size == 0 and at[SIDE] == 1):
            return -1
        at[BEGUN] = 1
        for place in range(size):
            chosen[place] = place
        return 0
    place = size - 1
    while place >= 0 and chosen[place] == members - size + place:
        place -= 1
    if place >= 0:
        chosen[place] += 1
        for later in range(place + 1, size):
            chosen[later] = chosen[later - 1] + 1
    return int(place)


@arithmetic
def _choose(walk: Walk, pools: Pools, start: int, place: int, given: Ints) -> None:
    """Write down the members from `place` on."""
    for later in range(place, walk.at[SIZE]):
        at = start + walk.chosen[later]
        given[later] = pools.member[at]
        walk.common[later + 1] = walk.common[later] & pools.flags[at]


@arithmetic
def _tried(walk: Walk) -> bool:
    """Tell whether the set was tried: in an earlier search, or as one of the first pool."""
    if walk.at[SIZE] == 0:
        return False
    shared = walk.common[walk.at[SIZE]]
    return bool(shared & TRIED != 0 or (walk.at[SIDE] == 1 and shared & OTHER != 0))
