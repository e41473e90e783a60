"""What is known of every pair while edges are taken away, for compiled code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import arithmetic, compiled, internal, subroutine
from cadet.protocols import Found

NO_SET, EMPTY_SET = -1, 0  # rows of `Pairs.sets`

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Pairs(NamedTuple):
    """Symmetric matrices over the names, and the sets that separate.

    separator: row in `sets`, which holds places and -1 where there are fewer. refused: pairs for which the test refused
    some set; such a set separates nothing. untested: pairs that could not even be tested without conditions; no
    evidence, no edge. capped: pairs left adjacent although sets remained. The matrices are changed in place.
    """

    adjacent: Flags
    separator: npt.NDArray[np.int32]
    sets: Ints
    refused: Flags
    untested: Flags
    capped: Flags


def start(adjacent: Flags) -> Pairs:
    """Return these edges; nothing is needed to separate the other pairs."""
    refused, untested, capped = np.zeros((3, *adjacent.shape), np.bool_)
    separator = -adjacent.astype(np.int32)  # NO_SET where there is an edge
    return Pairs(adjacent.copy(), separator, np.full((1, 1), -1, np.int64), refused, untested, capped)


@compiled
def edges(at: Pairs, but: Flags) -> Ints:
    """Return the adjacent pairs, (pairs, 2), sorted, without those that are in `but` in either direction."""
    nodes = len(at.adjacent)
    found = np.empty((nodes * (nodes - 1) // 2, 2), np.int64)
    return found[: _edges(at.adjacent, but, found)]


@subroutine
def _edges(adjacent: Flags, but: Flags, found: Ints) -> int:
    """Write the edges down and count them."""
    count = 0
    for a in range(len(adjacent)):
        for b in range(a + 1, len(adjacent)):
            if adjacent[a, b] and not but[a, b] and not but[b, a]:
                found[count, 0], found[count, 1] = a, b
                count += 1
    return count


@compiled
def take(at: Pairs, pairs: Ints, found: Found) -> Pairs:
    """Return the pairs without the edges that `found` separates, and with what it could not test."""
    _note(at, pairs, found)
    largest = 0
    for size in found.size:
        largest = max(largest, size)
    if largest == 0:
        _separate(at, pairs, found.of, EMPTY_SET, 0)
        return at
    _separate(at, pairs, found.of, len(at.sets), 1)
    sets = joined(at.sets, found.sets, len(found.sets))
    return Pairs(at.adjacent, at.separator, sets, at.refused, at.untested, at.capped)


@subroutine
def _note(at: Pairs, pairs: Ints, found: Found) -> None:
    """Note what could not be tested; what could not be tested at all has no edge."""
    for i in range(len(pairs)):
        a, b = pairs[i, 0], pairs[i, 1]
        if found.refused[i]:
            at.refused[a, b] = at.refused[b, a] = True
        if found.cut[i]:
            at.capped[a, b] = at.capped[b, a] = True
        if found.untestable[i]:
            at.untested[a, b] = at.untested[b, a] = True
            part(at, a, b, EMPTY_SET)


@subroutine
def _separate(at: Pairs, pairs: Ints, of: Ints, row: int, step: int) -> None:
    """Take these pairs apart; their sets are in row, row + step, …"""
    for i in range(len(of)):
        part(at, pairs[of[i], 0], pairs[of[i], 1], row + i * step)


@arithmetic
def part(at: Pairs, a: int, b: int, row: int) -> None:
    """Take a pair apart by the set in `row`."""
    at.adjacent[a, b] = at.adjacent[b, a] = at.capped[a, b] = at.capped[b, a] = False
    at.separator[a, b] = at.separator[b, a] = row


@internal
def joined(sets: Ints, more: Ints, count: int) -> Ints:
    """Return the sets and below them the first `count` of `more`, filled with -1."""
    longer = np.empty((len(sets) + count, max(sets.shape[1], more.shape[1])), np.int64)
    _copy(sets, longer, 0, len(sets))
    _copy(more, longer, len(sets), count)
    return longer


@subroutine
def _copy(sets: Ints, longer: Ints, first: int, count: int) -> None:
    """Write `count` sets down from row `first` on; by element, because numba takes seconds to compile slices."""
    for row in range(count):
        for place in range(longer.shape[1]):
            longer[first + row, place] = sets[row, place] if place < sets.shape[1] else -1
