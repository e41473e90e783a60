"""Which sets separate which pairs: a search over the subsets of two pools per pair, compiled, many pairs at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import arithmetic, compiled, internal, subroutine
from cadet.causal.independence.blocks import Blocks, singles
from cadet.causal.independence.ratio import effective_rows, wilks
from cadet.causal.independence.singles import DEPENDENT, INDEPENDENT, REFUSED, fill_singles
from cadet.causal.independence.sweep import VALID, Sweep, begin, new_sweep, sweep_to
from cadet.causal.independence.walk import CUT, SIZE, Walk, new_walk, next_set, rewind
from cadet.protocols import Found, Pools

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Moments(NamedTuple):
    """A test at one level: critical values of lambda by columns of x, columns of y, error rows; NaN refuses a test."""

    blocks: Blocks
    critical: Floats


@arithmetic
def decide(test: Moments, sweep: Sweep, size: int) -> int:
    """Compare lambda given the first `size` conditions with its critical value."""
    blocks = test.blocks
    sweep_to(blocks, sweep, size)
    ratio, p, q = wilks(sweep, size)
    if p == 0 or q == 0:
        return REFUSED
    error = effective_rows(blocks, sweep, size) - 1 - sweep.after[size] - q
    if error < 0 or np.isnan(test.critical[p, q, error]):
        return REFUSED
    return INDEPENDENT if ratio > test.critical[p, q, error] else DEPENDENT


@subroutine
def fill(
    test: Moments, sweep: Sweep, walk: Walk, pairs: Ints, pools: Pools, sizes: tuple[int, int], every: bool, most: int,
    found: Found, at: Ints,
) -> None:  # fmt: skip
    """Write separating sets into `found` until it is full or there are no more.

    at: (4,) how many there are, the pair to go on with, whether within it, and how many tests this took; in place.
    """
    count, pair, within, tests = at[0], at[1], at[2] != 0, at[3]
    while pair < len(pairs) and count < len(found.of):
        if not within:
            begin(test.blocks, sweep, pairs[pair, 0], pairs[pair, 1])
            rewind(walk, sizes[0], most)
        changed = next_set(walk, pools, pair, sizes[1], sweep.given)
        within = changed >= 0
        if within:
            sweep.state[VALID] = min(sweep.state[VALID], changed)
            size = walk.at[SIZE]
            verdict = decide(test, sweep, size)
            tests += 1
            if verdict == INDEPENDENT:
                _note(found, count, pair, sweep.given, size)
                count += 1
            elif verdict == REFUSED and size > 0:
                found.refused[pair] = True
            elif verdict == REFUSED:
                found.untestable[pair] = True
            within = every or (verdict != INDEPENDENT and not found.untestable[pair])
        else:
            found.cut[pair] = walk.at[CUT] == 1
        if not within:
            pair += 1
    at[0], at[1], at[2], at[3] = count, pair, within, tests


@arithmetic
def _note(found: Found, row: int, pair: int, given: Ints, size: int) -> None:
    found.of[row], found.size[row] = pair, size
    for place in range(size):
        found.sets[row, place] = given[place]
    for place in range(size, found.sets.shape[1]):
        found.sets[row, place] = -1


@compiled
def separating(test: Moments, pairs: Ints, pools: Pools, sizes: tuple[int, int], every: bool, most: int) -> Found:
    """Try the subsets of both pools of each pair, smallest first; see `cadet.protocols.Separating`."""
    found = _room(len(pairs), len(pairs) + 1, sizes[1])
    sweep, walk, at = new_sweep(test.blocks, sizes[1]), new_walk(sizes[1]), np.zeros(4, np.int64)
    if sizes[0] == sizes[1] <= 1 and not every and most > len(pools.member) and singles(test.blocks):
        fill_singles(test.blocks, test.critical, pairs, pools, sizes[0], found, at)
    while at[1] < len(pairs):
        if at[0] == len(found.of):
            found = _longer(found)  # only with `every`, and within a pair
        fill(test, sweep, walk, pairs, pools, sizes, every, most, found, at)
    of, size, sets, refused, untestable, cut, _ = found
    return Found(of[: at[0]], size[: at[0]], sets[: at[0]], refused, untestable, cut, at[3])


@internal
def _room(pairs: int, sets: int, largest: int) -> Found:
    """Return memory for so many sets."""
    return Found(
        np.empty(sets, np.int64), np.empty(sets, np.int64), np.empty((sets, max(largest, 1)), np.int64),
        np.zeros(pairs, np.bool_), np.zeros(pairs, np.bool_), np.zeros(pairs, np.bool_), 0,
    )  # fmt: skip


@internal
def _longer(found: Found) -> Found:
    """Return the same with twice the memory for sets."""
    longer = _room(0, 2 * len(found.of), found.sets.shape[1])
    _copy(found, longer)
    return Found(longer.of, longer.size, longer.sets, found.refused, found.untestable, found.cut, 0)


@subroutine
def _copy(found: Found, longer: Found) -> None:
    for row in range(len(found.of)):
        longer.of[row], longer.size[row] = found.of[row], found.size[row]
        for place in range(found.sets.shape[1]):
            longer.sets[row, place] = found.sets[row, place]
