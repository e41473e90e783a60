"""Which sets separate which pairs: a search over the subsets of two pools per pair, compiled, many pairs at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import arithmetic, compiled, subroutine
from cadet.causal.independence.blocks import Blocks
from cadet.causal.independence.ratio import effective_rows, wilks
from cadet.causal.independence.sweep import VALID, Sweep, begin, new_sweep, sweep_to
from cadet.causal.independence.walk import CUT, SIZE, Walk, new_walk, next_set, rewind
from cadet.protocols import Found, Pools

REFUSED, DEPENDENT, INDEPENDENT = -1, 0, 1

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


@arithmetic
def next_separator(
    test: Moments, sweep: Sweep, walk: Walk, pools: Pools, pair: int, largest: int, found: Found, every: bool
) -> tuple[bool, int]:
    """Go on to the next set that separates the pair; tell whether there is one, and how many tests that took."""
    tests = 0
    while True:
        changed = next_set(walk, pools, pair, largest, sweep.given)
        if changed < 0:
            found.cut[pair] = walk.at[CUT] == 1
            return False, tests
        sweep.state[VALID] = min(sweep.state[VALID], changed)
        size = walk.at[SIZE]
        tests += 1
        verdict = decide(test, sweep, size)
        if verdict == INDEPENDENT:
            return True, tests
        if verdict == REFUSED and size > 0:
            found.refused[pair] = True
        elif verdict == REFUSED:
            found.untestable[pair] = True
            if not every:
                return False, tests


@subroutine
def fill(
    test: Moments, sweep: Sweep, walk: Walk, pairs: Ints, pools: Pools, sizes: tuple[int, int], every: bool, most: int,
    found: Found, start: tuple[int, int, bool],
) -> tuple[int, int, int]:  # fmt: skip
    """Write separating sets into `found` until it is full or there are no more.

    start: how many there are, the pair to go on with, and whether to go on within it. Returns the first two as they
    are now, and how many tests that took.
    """
    count, pair, within = start
    tests = 0
    while pair < len(pairs) and count < len(found.of):
        if not within:
            begin(test.blocks, sweep, pairs[pair, 0], pairs[pair, 1])
            rewind(walk, sizes[0], most)
        separated, more = next_separator(test, sweep, walk, pools, pair, sizes[1], found, every)
        tests += more
        if separated:
            _note(found, count, pair, sweep.given, walk.at[SIZE])
            count += 1
        within = separated and every
        if not within:
            pair += 1
    return count, pair, tests


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
    sweep, walk = new_sweep(test.blocks, sizes[1]), new_walk(sizes[1])
    count, pair, tests = fill(test, sweep, walk, pairs, pools, sizes, every, most, found, (0, 0, False))
    while pair < len(pairs):  # full; only with `every`, and within a pair
        found = _longer(found)
        within = count > 0 and found.of[count - 1] == pair
        count, pair, more = fill(test, sweep, walk, pairs, pools, sizes, every, most, found, (count, pair, within))
        tests += more
    of, size, sets, refused, untestable, cut, _ = found
    return Found(of[:count], size[:count], sets[:count], refused, untestable, cut, tests)


@compiled
def _room(pairs: int, sets: int, largest: int) -> Found:
    """Return memory for so many sets."""
    return Found(
        np.empty(sets, np.int64), np.empty(sets, np.int64), np.empty((sets, max(largest, 1)), np.int64),
        np.zeros(pairs, np.bool_), np.zeros(pairs, np.bool_), np.zeros(pairs, np.bool_), 0,
    )  # fmt: skip


@compiled
def _longer(found: Found) -> Found:
    """Return the same with twice the memory for sets."""
    longer = _room(len(found.cut), 2 * len(found.of), found.sets.shape[1])
    for row in range(len(found.of)):
        longer.of[row], longer.size[row] = found.of[row], found.size[row]
        for place in range(found.sets.shape[1]):
            longer.sets[row, place] = found.sets[row, place]
    return Found(longer.of, longer.size, longer.sets, found.refused, found.untestable, found.cut, 0)
