"""PC-stable (Colombo & Maathuis 2014) where every variable is one column, without gaps, plots and products.

It decides as `levels.pc_stable` does, to the last bit, and tells the same. Here pools are made for one pair at a time,
the second only when nothing in the first separates; what one condition leaves is computed once for all pairs; and what
the beginning of a set leaves of all members that may follow is kept, so that the last two cost a few operations.
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


class Given(NamedTuple):
    """The test, and what one condition leaves.

    correlation: (variables, variables), exactly symmetric. critical: by rank of the conditions, the share of variance
    above which a pair is independent; NaN refuses the test. inverse: (variables,) of the deviation, 0 for a constant.
    loading, left: by (variable, condition), of the variable on the condition, and the variance that is left of it.
    """

    correlation: Floats
    critical: Floats
    inverse: Floats
    loading: Floats
    left: Floats


class Room(NamedTuple):
    """Memory for the search in one pool of one pair x, y.

    member: (pool,) places. again: (pool,) also in the pool searched before. chosen: (conditions,) places in the pool.
    Given the first conditions, (conditions, …): repeats, all of them are in the pool before; rank, those that
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
        np.empty(most, np.int64), np.empty(most, np.bool_), np.empty(depth, np.int64), np.empty(depth, np.bool_),
        np.empty(depth, np.int64), np.empty((depth, 3)), np.empty((depth, most)), np.empty((depth, most)),
        np.empty((depth, most)), np.empty((depth, most)),
    )  # fmt: skip


@internal
def _given(correlation: Floats, critical: Floats) -> Given:
    nodes = len(correlation)
    given = Given(correlation, critical, np.zeros(nodes), np.empty((nodes, nodes)), np.empty((nodes, nodes)))
    _fill_given(given)
    return given


@subroutine
def _fill_given(given: Given) -> None:
    correlation, nodes = given.correlation, len(given.correlation)
    for z in range(nodes):
        if correlation[z, z] >= DETERMINED:
            given.inverse[z] = 1.0 / np.sqrt(correlation[z, z])
    for x in range(nodes):
        for z in range(nodes):
            loading = correlation[x, z] * given.inverse[z]
            given.loading[x, z] = loading
            given.left[x, z] = correlation[x, x] - loading * loading


@compiled
def pc_stable_of_singles(
    correlation: Floats, critical: Floats, joins: Flags, may_cause: Flags, required: Flags, largest: int
) -> tuple[Pairs, int]:
    """Return the pairs after all sets of up to `largest`, and how many tests this took; begins with the edges `joins`.

    correlation, critical: as in `Given`. The other matrices are those of `Background`.
    """
    at, nodes = _begin(joins), len(joins)
    counts = np.zeros(3, np.int64)
    given = _given(correlation, critical)
    _of_no_member(given, required, at, counts)
    first, neighbour = np.zeros(nodes + 1, np.int64), np.empty(nodes * nodes, np.int64)
    room = _room(DEPTH, nodes)
    size, ends = 1, _list(at.adjacent, first, neighbour)
    while size <= largest:
        if size > len(room.chosen):
            room = _room(2 * size, nodes)
        apart, sets = np.empty((ends, 2), np.int64), np.empty((ends, size), np.int64)
        counts[FOUND], counts[ANY] = 0, 0
        _of_size(size, given, may_cause, required, at, first, neighbour, room, apart, sets, counts)
        if counts[ANY] == 0:
            return at, counts[TESTS]
        if counts[FOUND] > 0:
            for i in range(counts[FOUND]):
                part(at, apart[i, 0], apart[i, 1], len(at.sets) + i)
            both = joined(at.sets, sets, counts[FOUND])
            at = Pairs(at.adjacent, at.separator, both, at.refused, at.untested, at.capped)
            ends = _list(at.adjacent, first, neighbour)
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
def _of_no_member(given: Given, required: Flags, at: Pairs, counts: Ints) -> None:
    """Take apart what is independent given nothing, and what could not be tested."""
    correlation = given.correlation
    for a in range(len(correlation)):
        for b in range(a + 1, len(correlation)):
            if not at.adjacent[a, b] or required[a, b] or required[b, a]:
                continue
            counts[TESTS] += 1
            judged = verdict(given.critical[0], correlation[a, a], correlation[a, b], correlation[b, b])
            if judged != DEPENDENT:
                part(at, a, b, EMPTY_SET)
                at.untested[a, b] = at.untested[b, a] = judged == REFUSED


@subroutine
def _list(adjacent: Flags, first: Ints, neighbour: Ints) -> int:
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
    size: int, given: Given, may_cause: Flags, required: Flags, at: Pairs, first: Ints, neighbour: Ints, room: Room,
    apart: Ints, sets: Ints, counts: Ints,
) -> None:  # fmt: skip
    """Search a set of `size` for each edge and write down those that separate."""
    for a in range(len(may_cause)):
        for i in range(first[a], first[a + 1]):
            b = neighbour[i]
            if b < a or required[a, b] or required[b, a]:
                continue
            for side in range(2):
                end = b if side else a
                if first[end + 1] - first[end] <= size:  # the other end is among them
                    continue
                members = _fill(given, may_cause, at.adjacent, first, neighbour, room, a, b, side)
                if members < size:
                    continue
                counts[ANY] = 1
                if size == 1:
                    found = _single(given, room, members, at.refused, a, b, counts)
                else:
                    found = _search(given, room, members, size, at.refused, a, b, counts)
                if found:
                    row = counts[FOUND]
                    apart[row, 0], apart[row, 1] = a, b
                    for j in range(size):
                        sets[row, j] = room.member[room.chosen[j]]
                    counts[FOUND] = row + 1
                    break


@arithmetic
def _fill(
    given: Given, may_cause: Flags, adjacent: Flags, first: Ints, neighbour: Ints, room: Room, a: int, b: int, side: int
) -> int:
    """Write the neighbours of one end that may be ancestors of either into the room, and return how many there are."""
    count, end = 0, b if side else a
    for i in range(first[end], first[end + 1]):
        z = neighbour[i]
        if z != a and z != b and (may_cause[z, a] or may_cause[z, b]):
            room.member[count], room.again[count] = z, side == 1 and adjacent[a, z]
            count += 1
    return count


@arithmetic
def _single(given: Given, room: Room, members: int, refused: Flags, x: int, y: int, counts: Ints) -> bool:
    """Try each member alone until one separates; `chosen` holds it then."""
    loading, left, yx = given.loading, given.left, given.correlation[x, y]
    for i in range(members):
        if room.again[i]:
            continue
        z = room.member[i]
        counts[TESTS] += 1
        critical = given.critical[1 if given.inverse[z] > 0 else 0]
        judged = verdict(critical, left[x, z], yx - loading[x, z] * loading[y, z], left[y, z])
        if judged == INDEPENDENT:
            room.chosen[0] = i
            return True
        if judged == REFUSED:
            refused[x, y] = refused[y, x] = True
    return False


@arithmetic
def _search(given: Given, room: Room, members: int, size: int, refused: Flags, x: int, y: int, counts: Ints) -> bool:
    """Go through the sets of `size`, two or more, in the order of places until one separates; `chosen` holds it."""
    correlation, chosen, depth, last = given.correlation, room.chosen, 0, size - 2
    for i in range(members):
        z = room.member[i]
        room.left[0, i], room.of_x[0, i], room.of_y[0, i] = correlation[z, z], correlation[x, z], correlation[y, z]
    room.pair[0, 0], room.pair[0, 1], room.pair[0, 2] = correlation[x, x], correlation[x, y], correlation[y, y]
    room.rank[0], room.repeats[0], chosen[0] = 0, True, 0
    while True:
        if chosen[depth] > members - size + depth:
            if depth == 0:
                return False
            depth -= 1
        elif depth < last:
            _sweep(given, room, depth, members)
            depth += 1
            chosen[depth] = chosen[depth - 1] + 1
            continue
        elif _last(given, room, depth, members, refused, x, y, counts):
            return True
        chosen[depth] += 1


@arithmetic
def _last(given: Given, room: Room, depth: int, members: int, refused: Flags, x: int, y: int, counts: Ints) -> bool:
    """Complete a set that lacks two members, the first of which is chosen, with each that may be the second."""
    correlation, critical, c = given.correlation, given.critical, room.chosen[depth]
    inverse = _inverse(given, room, depth, c)
    rank, after, repeats = room.rank[depth], room.rank[depth] + (inverse > 0), room.repeats[depth] and room.again[c]
    x_on_c, y_on_c = room.of_x[depth, c] * inverse, room.of_y[depth, c] * inverse
    xx, yx = room.pair[depth, 0] - x_on_c * x_on_c, room.pair[depth, 1] - x_on_c * y_on_c
    yy = room.pair[depth, 2] - y_on_c * y_on_c
    for i in range(c + 1, members):
        if repeats and room.again[i]:
            continue
        on_c = correlation[room.member[i], room.member[c]]
        for j in range(rank):
            on_c -= room.loadings[j, i] * room.loadings[j, c]
        on_c *= inverse
        left = room.left[depth, i] - on_c * on_c
        free = left >= DETERMINED
        scale = 1.0 / np.sqrt(left) if free else 0.0
        on_x, on_y = (room.of_x[depth, i] - on_c * x_on_c) * scale, (room.of_y[depth, i] - on_c * y_on_c) * scale
        counts[TESTS] += 1
        judged = verdict(critical[after + free], xx - on_x * on_x, yx - on_x * on_y, yy - on_y * on_y)
        if judged == INDEPENDENT:
            room.chosen[depth + 1] = i
            return True
        if judged == REFUSED:
            refused[x, y] = refused[y, x] = True
    return False


@arithmetic
def _inverse(given: Given, room: Room, depth: int, c: int) -> float:
    """Return the inverse of the deviation that is left of a member, 0 where the conditions determine it."""
    if depth == 0:
        return float(given.inverse[room.member[c]])
    left = room.left[depth, c]
    return float(1.0 / np.sqrt(left)) if left >= DETERMINED else 0.0


@arithmetic
def _sweep(given: Given, room: Room, depth: int, members: int) -> None:
    """Sweep the chosen condition number `depth` out of the pair and of the members after it."""
    c = room.chosen[depth]
    inverse = _inverse(given, room, depth, c)
    x_on_c, y_on_c, rank = room.of_x[depth, c] * inverse, room.of_y[depth, c] * inverse, room.rank[depth]
    room.repeats[depth + 1], room.rank[depth + 1] = room.repeats[depth] and room.again[c], rank + (inverse > 0)
    room.pair[depth + 1, 0] = room.pair[depth, 0] - x_on_c * x_on_c
    room.pair[depth + 1, 1] = room.pair[depth, 1] - x_on_c * y_on_c
    room.pair[depth + 1, 2] = room.pair[depth, 2] - y_on_c * y_on_c
    for i in range(c + 1, members):
        on_c = given.correlation[room.member[i], room.member[c]]
        for j in range(rank):
            on_c -= room.loadings[j, i] * room.loadings[j, c]
        on_c *= inverse
        room.loadings[rank, i] = on_c
        room.left[depth + 1, i] = room.left[depth, i] - on_c * on_c
        room.of_x[depth + 1, i] = room.of_x[depth, i] - on_c * x_on_c
        room.of_y[depth + 1, i] = room.of_y[depth, i] - on_c * y_on_c
