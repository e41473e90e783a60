"""The orientation rules of FCI in the numbering of Zhang (2008), one compiled function per rule.

Each rule goes over the edges in the order of their names and tells whether it changed a mark; all are sound for any
true marks they start from, so arrowheads from tiers and tails of randomised options may be there already. No rule
builds on an unshielded triple that the tests left ambiguous. R0 and R4 ask what separates two variables, so they come
in two halves: find where the question arises, then mark what the answer says.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import compiled, internal
from cadet.causal.discovery.marks import (
    ARROW,
    CIRCLE,
    NONE,
    TAIL,
    Marks,
    causes,
    direct,
    doubled,
    may_cause,
    passes,
    put,
)
from cadet.causal.discovery.uncovered import circle_path, exits, leads

Ints = npt.NDArray[np.int64]


@compiled
def r0(marks: Marks, colliders: Ints) -> None:
    """a *–* b *–* c unshielded and b not in Sepset(a, c): a *→ b ←* c; `colliders` are those (a, b, c)."""
    for i in range(len(colliders)):
        a, b, c = colliders[i, 0], colliders[i, 1], colliders[i, 2]
        put(marks, a, b, ARROW)
        put(marks, c, b, ARROW)


@compiled
def r1(marks: Marks) -> bool:
    """a *→ b o–* c unshielded: b → c."""
    changed = False
    for b in range(len(marks.at)):
        for i in range(marks.start[b], marks.start[b + 1]):
            a = marks.neighbour[i]
            if marks.at[a, b] != ARROW:
                continue
            for j in range(marks.start[b], marks.start[b + 1]):
                c = marks.neighbour[j]
                if c != a and marks.at[c, b] == CIRCLE and marks.at[a, c] == NONE and passes(marks, a, b, c):
                    changed |= direct(marks, b, c)
    return changed


@compiled
def r2(marks: Marks) -> bool:
    """a → b *→ c or a *→ b → c, and a *–o c: a *→ c."""
    changed = False
    for a in range(len(marks.at)):
        for i in range(marks.start[a], marks.start[a + 1]):
            c = marks.neighbour[i]
            if marks.at[a, c] != CIRCLE:
                continue
            for j in range(marks.start[a], marks.start[a + 1]):
                b = marks.neighbour[j]
                into = marks.at[a, b] == ARROW and marks.at[b, c] == ARROW
                if into and (causes(marks, a, b) or causes(marks, b, c)):
                    changed |= put(marks, a, c, ARROW)
    return changed


@compiled
def r3(marks: Marks) -> bool:
    """a *→ b ←* c unshielded, a *–o d o–* c unshielded, d *–o b: d *→ b."""
    changed = False
    for b in range(len(marks.at)):
        for i in range(marks.start[b], marks.start[b + 1]):
            a = marks.neighbour[i]
            for j in range(i + 1, marks.start[b + 1]):
                c = marks.neighbour[j]
                if marks.at[a, b] != ARROW or marks.at[c, b] != ARROW or marks.at[a, c] != NONE:
                    continue
                for k in range(marks.start[b], marks.start[b + 1]):
                    d = marks.neighbour[k]
                    circled = marks.at[d, b] == CIRCLE and marks.at[a, d] == CIRCLE and marks.at[c, d] == CIRCLE
                    if circled and passes(marks, a, d, c):
                        changed |= put(marks, d, b, ARROW)
    return changed


@compiled
def discriminating(marks: Marks) -> Ints:
    """Return (d, a, b, c), (paths, 4), for the discriminating paths ⟨d, …, a, b, c⟩ for every b o–* c, shortest first.

    Inner nodes are colliders and parents of c; d is not adjacent to c.
    """
    nodes = len(marks.at)
    found = np.empty((16, 4), np.int64)
    count = 0
    frontier, entry = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    for c in range(nodes):
        for i in range(marks.start[c], marks.start[c + 1]):
            b = marks.neighbour[i]
            if marks.at[c, b] != CIRCLE:
                continue
            seen = np.zeros(nodes, np.bool_)
            seen[b] = seen[c] = True
            head, tail = 0, 0
            for j in range(marks.start[b], marks.start[b + 1]):
                a = marks.neighbour[j]
                if a != c and causes(marks, a, c) and marks.at[b, a] == ARROW:
                    seen[a] = True
                    frontier[tail], entry[tail] = a, a
                    tail += 1
            while head < tail:
                node, a = frontier[head], entry[head]
                head += 1
                for j in range(marks.start[node], marks.start[node + 1]):
                    d = marks.neighbour[j]
                    if seen[d] or marks.at[d, node] != ARROW:
                        continue
                    if marks.at[d, c] == NONE:
                        if count == len(found):
                            found = doubled(found)
                        found[count, 0], found[count, 1], found[count, 2], found[count, 3] = d, a, b, c
                        count += 1
                    elif causes(marks, d, c) and marks.at[node, d] == ARROW:
                        seen[d] = True
                        frontier[tail], entry[tail] = d, a
                        tail += 1
    return found[:count]


@compiled
def r4(marks: Marks, a: int, b: int, c: int, member: bool) -> bool:
    """⟨d, …, a, b, c⟩ discriminates b o–* c: b → c when b is in Sepset(d, c) (`member`), else a ↔ b ↔ c."""
    if marks.at[c, b] != CIRCLE:
        return False
    if member:
        return direct(marks, b, c)
    changed = put(marks, a, b, ARROW)
    changed |= put(marks, b, a, ARROW)
    changed |= put(marks, b, c, ARROW)
    changed |= put(marks, c, b, ARROW)
    return changed


@compiled
def r5(marks: Marks) -> bool:
    """a o–o b, and an uncovered circle path ⟨a, c, …, d, b⟩, a, d and b, c not adjacent: all are undirected."""
    changed = False
    for a in range(len(marks.at)):
        for i in range(marks.start[a], marks.start[a + 1]):
            b = marks.neighbour[i]
            if a < b and marks.at[a, b] == CIRCLE and marks.at[b, a] == CIRCLE:
                path = circle_path(marks, a, b)
                for j in range(len(path)):
                    u, v = path[j], path[(j + 1) % len(path)]
                    changed |= put(marks, u, v, TAIL)
                    changed |= put(marks, v, u, TAIL)
    return changed


@compiled
def r6(marks: Marks) -> bool:
    """a — b o–* c: b –* c."""
    changed = False
    for b in range(len(marks.at)):
        for i in range(marks.start[b], marks.start[b + 1]):
            a = marks.neighbour[i]
            if marks.at[a, b] == TAIL and marks.at[b, a] == TAIL:
                for j in range(marks.start[b], marks.start[b + 1]):
                    changed |= put(marks, marks.neighbour[j], b, TAIL)
    return changed


@compiled
def r7(marks: Marks) -> bool:
    """a –o b o–* c unshielded: b –* c."""
    changed = False
    for b in range(len(marks.at)):
        for i in range(marks.start[b], marks.start[b + 1]):
            a = marks.neighbour[i]
            if marks.at[a, b] != CIRCLE or marks.at[b, a] != TAIL:
                continue
            for j in range(marks.start[b], marks.start[b + 1]):
                c = marks.neighbour[j]
                if c != a and marks.at[a, c] == NONE and passes(marks, a, b, c):
                    changed |= put(marks, c, b, TAIL)
    return changed


@compiled
def r8(marks: Marks) -> bool:
    """a → b → c or a –o b → c, and a o→ c: a → c. (a –o b needs selection bias.)"""
    changed = False
    for c in range(len(marks.at)):
        for i in range(marks.start[c], marks.start[c + 1]):
            a = marks.neighbour[i]
            if marks.at[c, a] != CIRCLE or marks.at[a, c] != ARROW:
                continue
            for j in range(marks.start[a], marks.start[a + 1]):
                b = marks.neighbour[j]
                if marks.at[b, a] == TAIL and marks.at[a, b] != TAIL and causes(marks, b, c):
                    changed |= put(marks, c, a, TAIL)
    return changed


@compiled
def r9(marks: Marks) -> bool:
    """a o→ c, and an uncovered potentially directed path ⟨a, b, …, c⟩ with b not adjacent to c: a → c."""
    changed = False
    for c in range(len(marks.at)):
        for i in range(marks.start[c], marks.start[c + 1]):
            a = marks.neighbour[i]
            if marks.at[c, a] != CIRCLE or marks.at[a, c] != ARROW:
                continue
            for j in range(marks.start[a], marks.start[a + 1]):
                b = marks.neighbour[j]
                opens = b != c and marks.at[b, c] == NONE and may_cause(marks, a, b)
                if opens and passes(marks, b, a, c) and leads(marks, a, b, c):
                    changed |= put(marks, c, a, TAIL)
                    break
    return changed


@compiled
def r10(marks: Marks) -> bool:
    """a o→ c, b → c ← d, uncovered potentially directed paths from a to b and d that leave a by nonadjacent nodes."""
    changed = False
    for c in range(len(marks.at)):
        for i in range(marks.start[c], marks.start[c + 1]):
            a = marks.neighbour[i]
            if marks.at[c, a] == CIRCLE and marks.at[a, c] == ARROW and _parted(marks, a, c):
                changed |= put(marks, c, a, TAIL)
    return changed


@internal
def _parted(marks: Marks, a: int, c: int) -> bool:
    parents = [b for b in marks.neighbour[marks.start[c] : marks.start[c + 1]] if b != a and causes(marks, b, c)]
    for i in range(len(parents)):
        first = exits(marks, a, parents[i])
        for j in range(i + 1, len(parents)):
            second = exits(marks, a, parents[j])
            for m in first:
                for w in second:
                    if m != w and marks.at[m, w] == NONE and passes(marks, m, a, w):
                        return True
    return False
