"""PC-stable (Colombo & Maathuis 2014) where every variable is one column, without gaps, plots and products.

It decides as `levels.pc_stable` does, to the last bit, and tells the same. Here pools are made for one pair at a time,
the second only when nothing in the first separates; and what a beginning of a set leaves of all that may follow it is
kept, so that the last member of a set costs a few operations.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import arithmetic, compiled, internal, subroutine
from cadet.causal.discovery.levels import to_try
from cadet.causal.discovery.pairs import EMPTY_SET, NO_SET, Pairs, joined, part
from cadet.causal.independence.blocks import DETERMINED
from cadet.causal.independence.singles import DEPENDENT, INDEPENDENT, REFUSED, verdict

DEPTH = 8  # conditions for which memory is made at first
FOUND, TESTS, ANY = range(3)  # cells of `counts`

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Room(NamedTuple):
    """Memory for the search in one pool of one pair x, y.

    member: (pool,) places. again: (pool,) also in the pool searched before. chosen: (conditions,) places in the pool.
    Given the first conditions, (conditions + 1, …): repeats, all of them are in the pool before; rank, those that
    others do not determine; pair, (…, 3) variance of x, covariance, variance of y; left, of_x, of_y, (…, pool) variance
    and covariances of the members. loadings: (rank, pool) of the members on the conditions.
    """

    member: Ints
    again: Flags
    chosen: Ints
    repeats: Flags
    rank: Ints
    pair: Floats
    left: Floats
    of_x: Floats
    of_y: Floats
    loadings: Floats


@internal
def _room(depth: int, most: int) -> Room:
    """Return memory for `depth` conditions and `most` members."""
    return Room(
        np.empty(most, np.int64), np.empty(most, np.bool_), np.empty(depth, np.int64), np.empty(depth + 1, np.bool_),
        np.empty(depth + 1, np.int64), np.empty((depth + 1, 3)), np.empty((depth + 1, most)),
        np.empty((depth + 1, most)), np.empty((depth + 1, most)), np.empty((depth, most)),
    )  # fmt: skip


@compiled
def pc_stable_of_singles(
    correlation: Floats, critical: Floats, joins: Flags, may_cause: Flags, required: Flags, largest: int
) -> tuple[Pairs, int]:
    """Return the pairs after all sets of up to `largest`, and how many tests this took; begins with the edges `joins`.

    critical: by rank of the conditions, the share of variance above which a pair is independent; NaN refuses the test.
    """
    at, nodes = _begin(joins), len(joins)
    counts = np.zeros(3, np.int64)
    _of_no_member(correlation, critical, required, at, counts)
    first, neighbour = np.zeros(nodes + 1, np.int64), np.empty(nodes * nodes, np.int64)
    ends = _list(at.adjacent, required, first, neighbour)
    room = _room(DEPTH, nodes)
    size, changed = 1, False
    while size <= largest:
        if changed:
            ends = _list(at.adjacent, required, first, neighbour)
        if size > len(room.chosen):
            room = _room(2 * size, nodes)
        apart, sets = np.empty((ends, 2), np.int64), np.empty((ends, size), np.int64)
        counts[FOUND], counts[ANY] = 0, 0
        _of_size(size, correlation, critical, may_cause, required, at, first, neighbour, room, apart, sets, counts)
        changed = counts[FOUND] > 0
        if counts[ANY] == 0:
            return at, counts[TESTS]
        if changed:
            for i in range(counts[FOUND]):
                part(at, apart[i, 0], apart[i, 1], len(at.sets) + i)
            both = joined(at.sets, sets, counts[FOUND])
            at = Pairs(at.adjacent, at.separator, both, at.refused, at.untested, at.capped)
        size += 1
    to_try(at, may_cause, required, size, largest)
    return at, counts[TESTS]


@internal
def _begin(joins: Flags) -> Pairs:
    """Do as `pairs.start`."""
    nodes = len(joins)
    adjacent, separator = np.empty((nodes, nodes), np.bool_), np.empty((nodes, nodes), np.int32)
    sets = np.empty((1, 1), np.int64)
    sets[0, 0] = -1
    for a in range(nodes):
        for b in range(nodes):
            adjacent[a, b] = joins[a, b]
            separator[a, b] = NO_SET if joins[a, b] else EMPTY_SET
    refused, untested = np.zeros((nodes, nodes), np.bool_), np.zeros((nodes, nodes), np.bool_)
    return Pairs(adjacent, separator, sets, refused, untested, np.zeros((nodes, nodes), np.bool_))


@subroutine
def _of_no_member(correlation: Floats, critical: Floats, required: Flags, at: Pairs, counts: Ints) -> None:
    """Take apart what is independent given nothing, and what could not be tested."""
    for a in range(len(correlation)):
        for b in range(a + 1, len(correlation)):
            if not at.adjacent[a, b] or required[a, b] or required[b, a]:
                continue
            counts[TESTS] += 1
            judged = verdict(critical[0], correlation[a, a], correlation[b, a], correlation[b, b])
            if judged != DEPENDENT:
                part(at, a, b, EMPTY_SET)
                at.untested[a, b] = at.untested[b, a] = judged == REFUSED


@subroutine
def _list(adjacent: Flags, required: Flags, first: Ints, neighbour: Ints) -> int:
    """Write down the neighbours of each node, from first[node] on, and return the number of edges."""
    count = 0
    for a in range(len(adjacent)):
        for b in range(len(adjacent)):
            neighbour[count] = b
            count += adjacent[a, b]
        first[a + 1] = count
    return count // 2


@subroutine
def _of_size(
    size: int, correlation: Floats, critical: Floats, may_cause: Flags, required: Flags, at: Pairs, first: Ints,
    neighbour: Ints, room: Room, apart: Ints, sets: Ints, counts: Ints,
) -> None:  # fmt: skip
    """Search a set of `size` for each edge and write down those that separate."""
    for a in range(len(correlation)):
        for i in range(first[a], first[a + 1]):
            b = neighbour[i]
            if b < a or required[a, b] or required[b, a]:
                continue
            for side in range(2):
                judged, members = (
                    DEPENDENT,
                    _fill(correlation, may_cause, at.adjacent, first, neighbour, room, a, b, side),
                )
                if members >= size:
                    counts[ANY] = 1
                    judged = _search(correlation, critical, room, members, size, at.refused, a, b, counts)
                if judged == INDEPENDENT:
                    row = counts[FOUND]
                    apart[row, 0], apart[row, 1] = a, b
                    for j in range(size):
                        sets[row, j] = room.member[room.chosen[j]]
                    counts[FOUND] = row + 1
                    break


@arithmetic
def _fill(
    correlation: Floats, may_cause: Flags, adjacent: Flags, first: Ints, neighbour: Ints, room: Room, a: int, b: int,
    side: int,
) -> int:  # fmt: skip
    """Write the neighbours of one end that may be ancestors of either into the room, and return how many there are."""
    count, end = 0, b if side else a
    for i in range(first[end], first[end + 1]):
        z = neighbour[i]
        if z != a and z != b and (may_cause[z, a] or may_cause[z, b]):
            room.member[count], room.again[count] = z, side == 1 and adjacent[a, z]
            room.left[0, count] = correlation[z, z]
            room.of_x[0, count], room.of_y[0, count] = correlation[z, a], correlation[z, b]
            count += 1
    return count


@arithmetic
def _search(
    correlation: Floats, critical: Floats, room: Room, members: int, size: int, refused: Flags, a: int, b: int,
    counts: Ints,
) -> int:  # fmt: skip
    """Go through the sets of `size` in the order of the alphabet until one separates; `chosen` holds it then."""
    chosen, depth, last = room.chosen, 0, size - 1
    room.pair[0, 0], room.pair[0, 1], room.pair[0, 2] = correlation[a, a], correlation[b, a], correlation[b, b]
    room.rank[0], room.repeats[0], chosen[0] = 0, True, 0
    while depth >= 0:
        if depth < last and chosen[depth] <= members - size + depth:
            _sweep(correlation, room, depth, members)
            depth += 1
            chosen[depth] = chosen[depth - 1] + 1
            continue
        if depth == last and _last(critical, room, depth, members, refused, a, b, counts):
            return INDEPENDENT
        depth -= 1
        chosen[depth] += 1
    return DEPENDENT


@arithmetic
def _last(critical: Floats, room: Room, depth: int, members: int, refused: Flags, a: int, b: int, counts: Ints) -> bool:
    """Complete the set with each member that is left until it separates; `chosen` holds it then."""
    xx, yx, yy = room.pair[depth, 0], room.pair[depth, 1], room.pair[depth, 2]
    rank, repeats, tests = room.rank[depth], room.repeats[depth], 0
    found = False
    for i in range(room.chosen[depth], members):
        if repeats and room.again[i]:
            continue
        left, of_x, of_y = room.left[depth, i], room.of_x[depth, i], room.of_y[depth, i]
        tests += 1
        if left >= DETERMINED:
            inverse = 1.0 / np.sqrt(left)
            of_x, of_y = of_x * inverse, of_y * inverse
            judged = verdict(critical[rank + 1], xx - of_x * of_x, yx - of_x * of_y, yy - of_y * of_y)
        else:
            judged = verdict(critical[rank], xx, yx, yy)
        if judged == INDEPENDENT:
            room.chosen[depth], found = i, True
            break
        if judged == REFUSED:
            refused[a, b] = refused[b, a] = True
    counts[TESTS] += tests
    return found


@arithmetic
def _sweep(correlation: Floats, room: Room, depth: int, members: int) -> None:
    """Sweep the chosen condition number `depth` out of the pair and of the members after it."""
    c = room.chosen[depth]
    left, of_x, of_y, rank = room.left[depth, c], room.of_x[depth, c], room.of_y[depth, c], room.rank[depth]
    xx, yx, yy = room.pair[depth, 0], room.pair[depth, 1], room.pair[depth, 2]
    room.repeats[depth + 1] = room.repeats[depth] and room.again[c]
    if left < DETERMINED:  # the conditions before determine it
        room.pair[depth + 1, 0], room.pair[depth + 1, 1], room.pair[depth + 1, 2] = xx, yx, yy
        room.rank[depth + 1] = rank
        for i in range(c + 1, members):
            room.left[depth + 1, i] = room.left[depth, i]
            room.of_x[depth + 1, i], room.of_y[depth + 1, i] = room.of_x[depth, i], room.of_y[depth, i]
        return
    inverse = 1.0 / np.sqrt(left)
    of_x, of_y = of_x * inverse, of_y * inverse
    room.pair[depth + 1, 0] = xx - of_x * of_x
    room.pair[depth + 1, 1] = yx - of_x * of_y
    room.pair[depth + 1, 2] = yy - of_y * of_y
    room.rank[depth + 1] = rank + 1
    for i in range(c + 1, members):
        loading = correlation[room.member[i], room.member[c]]
        for j in range(rank):
            loading -= room.loadings[j, i] * room.loadings[j, c]
        loading *= inverse
        room.loadings[rank, i] = loading
        room.left[depth + 1, i] = room.left[depth, i] - loading * loading
        room.of_x[depth + 1, i] = room.of_x[depth, i] - loading * of_x
        room.of_y[depth + 1, i] = room.of_y[depth, i] - loading * of_y
