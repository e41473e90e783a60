"""Where to look for what separates a pair: among the neighbours of its ends, and in Possible-D-SEP."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import compiled, internal, subroutine
from cadet.causal.discovery.marks import ARROW, NONE, TAIL, Marks, may_cause
from cadet.protocols import Pools

FIRST, NEAR_A, NEAR_B = 1, 2, 4  # see `cadet.protocols.Pools.flags`

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@compiled
def neighbour_pools(adjacent: Flags, ancestors: Flags, pairs: Ints) -> Pools:
    """Return for each pair the neighbours of its first and of its second end that may be ancestors of either.

    Ancestors are enough to separate what can be separated. ancestors[z, a]: z may be an ancestor of a.
    """
    first, neighbour = neighbours(adjacent)
    most = 0
    for i in range(len(pairs)):
        for side in range(2):
            most += first[pairs[i, side] + 1] - first[pairs[i, side]]
    start = np.zeros(2 * len(pairs) + 1, np.int64)
    pools = Pools(start, np.empty(most, np.int64), np.empty(most, np.int64))
    _fill(pools, adjacent, first, neighbour, ancestors, pairs)
    return Pools(start, pools.member[: start[-1]], pools.flags[: start[-1]])


@subroutine
def _fill(pools: Pools, adjacent: Flags, first: Ints, neighbour: Ints, ancestors: Flags, pairs: Ints) -> None:
    count = 0
    for i in range(len(pairs)):
        a, b = pairs[i, 0], pairs[i, 1]
        for side in range(2):
            end = pairs[i, side]
            for j in range(first[end], first[end + 1]):
                z = neighbour[j]
                if z != a and z != b and (ancestors[z, a] or ancestors[z, b]):
                    pools.member[count] = z
                    pools.flags[count] = FIRST if adjacent[a, z] else 0
                    count += 1
            pools.start[2 * i + side + 1] = count


@compiled
def no_pools(count: int) -> Pools:
    """Return pools without a member for `count` pairs, for the empty set alone."""
    nothing = np.empty(0, np.int64)
    return Pools(np.zeros(2 * count + 1, np.int64), nothing, nothing)


@internal
def neighbours(adjacent: Flags) -> tuple[Ints, Ints]:
    """Return (nodes + 1,) where the neighbours of each node begin in the second array; they are sorted."""
    nodes, count = len(adjacent), 0
    first, neighbour = np.zeros(nodes + 1, np.int64), np.empty(nodes * nodes, np.int64)
    for a in range(nodes):
        for b in range(nodes):
            neighbour[count] = b
            count += adjacent[a, b]
        first[a + 1] = count
    return first, neighbour[:count]


@compiled
def widest(pools: Pools) -> Ints:
    """Return the size of the larger pool of each pair, (pairs,)."""
    start = pools.start
    found = np.empty(len(start) // 2, np.int64)
    for i in range(len(found)):
        found[i] = max(start[2 * i + 1] - start[2 * i], start[2 * i + 2] - start[2 * i + 1])
    return found


@compiled
def possible_ancestors(marks: Marks, ancestors: Flags) -> Flags:
    """Return [z, a]: knowledge permits z as an ancestor of a and a potentially directed path leads there."""
    nodes = len(marks.at)
    reached = np.zeros((nodes, nodes), np.bool_)
    stack = np.empty(nodes, np.int64)
    for z in range(nodes):
        reached[z, z] = True
        stack[0], height = z, 1
        while height > 0:
            height -= 1
            node = stack[height]
            for i in range(marks.start[node], marks.start[node + 1]):
                further = marks.neighbour[i]
                if not reached[z, further] and may_cause(marks, node, further):
                    reached[z, further] = True
                    stack[height] = further
                    height += 1
    for z in range(nodes):
        for a in range(nodes):
            reached[z, a] = reached[z, a] and (z == a or ancestors[z, a])
    return reached


@internal
def possible_d_sep(marks: Marks, ancestors: Flags, x: int, y: int) -> Flags:
    """Return which nodes have a path from x, not through y, of possible ancestors of x or y that may all collide.

    D-SEP(x, y) separates x from y whenever anything does (Spirtes, Glymour & Scheines 2000), and it is among these: an
    inner node collides, or its neighbours on the path are adjacent and no tail forbids it.
    """
    nodes = len(marks.at)
    pool, seen = np.zeros(nodes, np.bool_), np.zeros(len(marks.neighbour), np.bool_)
    stack = np.empty((len(marks.neighbour) + 1, 2), np.int64)
    height = 0
    for i in range(marks.start[x], marks.start[x + 1]):
        b = marks.neighbour[i]
        if b != y and (ancestors[b, x] or ancestors[b, y]):
            seen[i] = pool[b] = True
            stack[height, 0], stack[height, 1] = x, b
            height += 1
    while height > 0:
        height -= 1
        a, b = stack[height, 0], stack[height, 1]
        for i in range(marks.start[b], marks.start[b + 1]):
            c = marks.neighbour[i]
            if seen[i] or c in (a, x, y) or not (ancestors[c, x] or ancestors[c, y]):
                continue
            collides = marks.at[a, b] == ARROW and marks.at[c, b] == ARROW
            if collides or (marks.at[a, c] != NONE and marks.at[a, b] != TAIL and marks.at[c, b] != TAIL):
                seen[i] = pool[c] = True
                stack[height, 0], stack[height, 1] = b, c
                height += 1
    return pool


@compiled
def d_sep_pools(marks: Marks, ancestors: Flags, known: Flags, pairs: Ints) -> Pools:
    """Return for each pair the smaller of both Possible-D-SEP sets; either holds a separating set if there is one.

    Empty where it holds nothing beyond the neighbours of one end, whose subsets have been tried. known[z, a]: knowledge
    permitted z as an ancestor of a when the neighbours were tried.
    """
    start = np.zeros(2 * len(pairs) + 1, np.int64)
    member, flags = np.empty(64, np.int64), np.empty(64, np.int64)
    count = 0
    for i in range(len(pairs)):
        a, b = pairs[i, 0], pairs[i, 1]
        first, second = possible_d_sep(marks, ancestors, a, b), possible_d_sep(marks, ancestors, b, a)
        pool = first if _members(first) <= _members(second) else second
        before, common = count, NEAR_A | NEAR_B
        for z in range(len(pool)):
            if not pool[z]:
                continue
            if count == len(member):
                member, flags = _doubled(member), _doubled(flags)
            tried = known[z, a] or known[z, b]
            near_a = NEAR_A if tried and marks.at[a, z] != NONE else 0
            near_b = NEAR_B if tried and marks.at[b, z] != NONE else 0
            member[count], flags[count] = z, near_a | near_b
            common &= near_a | near_b
            count += 1
        if common != 0:
            count = before
        start[2 * i + 1] = start[2 * i + 2] = count
    return Pools(start, member[:count], flags[:count])


@subroutine
def _members(pool: Flags) -> int:
    count = 0
    for inside in pool:
        count += inside
    return count


@internal
def _doubled(values: Ints) -> Ints:
    longer = np.empty(2 * len(values), np.int64)
    for i in range(len(values)):
        longer[i] = values[i]
    return longer
