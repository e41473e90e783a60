"""Combinations in order, and the separating sets found so far, for compiled searches."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import compiled

OTHER, TRIED = 1, 6  # bits of `cadet.protocols.Pools.flags`

Ints = npt.NDArray[np.int64]


class Separators(NamedTuple):
    """The first `length` rows of each: the pair, the size of its set, the set, -1 where there are fewer."""

    of: Ints
    size: Ints
    sets: Ints
    length: int


@compiled
def no_separators(largest: int) -> Separators:
    """Return an empty list of sets with up to `largest` members."""
    return Separators(np.empty(16, np.int64), np.empty(16, np.int64), np.full((16, max(largest, 1)), -1, np.int64), 0)


@compiled
def append(separators: Separators, pair: int, given: Ints) -> Separators:
    """Return the list with one more set."""
    of, size, sets, count = separators
    if count == len(of):
        of, size = np.concatenate((of, of)), np.concatenate((size, size))
        sets = np.concatenate((sets, np.full_like(sets, -1)))
    of[count], size[count] = pair, len(given)
    sets[count, : len(given)] = given
    return Separators(of, size, sets, count + 1)


@compiled
def advance(chosen: Ints, size: int, members: int) -> int:
    """Move `chosen` to the next combination; return the first place that changed, -1 after the last."""
    place = size - 1
    while place >= 0 and chosen[place] == members - size + place:
        place -= 1
    if place < 0:
        return -1
    chosen[place] += 1
    for later in range(place + 1, size):
        chosen[later] = chosen[later - 1] + 1
    return place
