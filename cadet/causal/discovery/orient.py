"""The orientation rules of FCI without selection bias, in the numbering of Zhang (2008), one function per rule.

R5–R7 only speak of selection bias, which nothing here has. Each rule tells whether it changed a mark; all are sound
for any true marks they start from, so arrowheads from tiers and tails of randomised options may be there already.
No rule builds on an unshielded triple that the tests left ambiguous.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cadet.causal.discovery.marks import Marks
from cadet.causal.discovery.separation import Separates
from cadet.model.graph import Mark


def orient(marks: Marks, separates: Separates) -> None:
    """Orient the colliders, then whatever follows, until nothing changes; R8–R10 wait until R1–R4 have finished."""
    r0(marks, separates)
    while _exhaust(marks, [r1, r2, r3, lambda m: r4(m, separates)]) or _exhaust(marks, [r8, r9, r10]):
        pass


def _exhaust(marks: Marks, rules: list[Callable[[Marks], bool]]) -> bool:
    changed = False
    while any(rule(marks) for rule in rules):
        changed = True
    return changed


def r0(marks: Marks, separates: Separates) -> None:
    """a *–* b *–* c unshielded and b not in Sepset(a, c): a *→ b ←* c."""
    for a, b, c in marks.unshielded():
        member = separates(b, a, c)
        if member is None:
            marks.ambiguous |= {(a, b, c), (c, b, a)}
        elif not member:
            marks.put(a, b, Mark.ARROW)
            marks.put(c, b, Mark.ARROW)


def r1(marks: Marks) -> bool:
    """a *→ b o–* c unshielded: b → c."""
    changed = False
    for a, b, c in marks.unshielded():
        for start, end in ((a, c), (c, a)):
            if marks.into(start, b) and marks.circle(end, b) and marks.passes(a, b, c):
                changed |= marks.direct(b, end)
    return changed


def r2(marks: Marks) -> bool:
    """a → b *→ c or a *→ b → c, and a *–o c: a *→ c."""
    changed = False
    for a, c in _circles(marks):
        if any(
            marks.into(a, b) and marks.into(b, c) and (marks.causes(a, b) or marks.causes(b, c))
            for b in marks.neighbours[a]
        ):
            changed |= marks.put(a, c, Mark.ARROW)
    return changed


def r3(marks: Marks) -> bool:
    """a *→ b ←* c unshielded, a *–o d o–* c unshielded, d *–o b: d *→ b."""
    changed = False
    for a, b, c in marks.unshielded():
        if not (marks.into(a, b) and marks.into(c, b)):
            continue
        for d in marks.neighbours[b]:
            if marks.circle(d, b) and marks.circle(a, d) and marks.circle(c, d) and marks.passes(a, d, c):
                changed |= marks.put(d, b, Mark.ARROW)
    return changed


def r4(marks: Marks, separates: Separates) -> bool:
    """A discriminating path ⟨d, …, a, b, c⟩ for b o–* c: b → c when b is in Sepset(d, c), else a ↔ b ↔ c."""
    changed = False
    for c, b in _circles(marks):
        for d, a in _discriminating(marks, b, c):
            member = separates(b, d, c)
            if member is None:
                continue
            if member:
                changed |= marks.direct(b, c)
            else:
                for left, right in ((a, b), (b, c)):
                    changed |= marks.put(left, right, Mark.ARROW)
                    changed |= marks.put(right, left, Mark.ARROW)
            break
    return changed


def _discriminating(marks: Marks, b: str, c: str) -> Iterator[tuple[str, str]]:
    """Yield (d, a) for discriminating paths ⟨d, …, a, b, c⟩: inner nodes are colliders and parents of c, d is not by c.

    Breadth first, so the shortest comes first.
    """
    starts = [a for a in marks.neighbours[b] if marks.causes(a, c) and marks.into(b, a)]
    frontier = [(a, a) for a in starts]
    seen = {*starts, b, c}
    while frontier:
        node, a = frontier.pop(0)
        for further in marks.neighbours[node]:
            if further in seen or not marks.into(further, node):
                continue
            if not marks.adjacent(further, c):
                yield further, a
            elif marks.causes(further, c) and marks.into(node, further):
                seen.add(further)
                frontier.append((further, a))


def r8(marks: Marks) -> bool:
    """a → b → c, and a o→ c: a → c. (a –o b → c needs selection bias.)"""
    changed = False
    for c, a in _circles(marks):
        if marks.into(a, c) and any(marks.causes(a, b) and marks.causes(b, c) for b in marks.neighbours[a]):
            changed |= marks.put(c, a, Mark.TAIL)
    return changed


def r9(marks: Marks) -> bool:
    """a o→ c, and an uncovered potentially directed path ⟨a, b, …, c⟩ with b not adjacent to c: a → c."""
    changed = False
    for c, a in _circles(marks):
        if marks.into(a, c) and any(
            b != c
            and marks.may_cause(a, b)
            and not marks.adjacent(b, c)
            and marks.passes(b, a, c)
            and _uncovered(marks, (a, b), c)
            for b in marks.neighbours[a]
        ):
            changed |= marks.put(c, a, Mark.TAIL)
    return changed


def r10(marks: Marks) -> bool:
    """a o→ c, b → c ← d, uncovered potentially directed paths from a to b and d that leave a by nonadjacent nodes."""
    changed = False
    for c, a in _circles(marks):
        if not marks.into(a, c):
            continue
        parents = [b for b in marks.neighbours[c] if b != a and marks.causes(b, c)]
        exits = {b: _exits(marks, a, b) for b in parents}
        pairs = ((b, d) for i, b in enumerate(parents) for d in parents[i + 1 :])
        if any(
            m != w and not marks.adjacent(m, w) and marks.passes(m, a, w)
            for b, d in pairs
            for m in exits[b]
            for w in exits[d]
        ):
            changed |= marks.put(c, a, Mark.TAIL)
    return changed


def _exits(marks: Marks, a: str, b: str) -> list[str]:
    """Return the second nodes of the uncovered potentially directed paths from a to b (b itself when adjacent)."""
    return [m for m in marks.neighbours[a] if marks.may_cause(a, m) and (m == b or _uncovered(marks, (a, m), b))]


def _uncovered(marks: Marks, start: tuple[str, str], goal: str) -> bool:
    """Tell whether an uncovered potentially directed path begins with `start` and ends in `goal`.

    A path may not come back to a node, so this walks paths, not states; they are short in sparse graphs.
    """
    stack: list[tuple[str, ...]] = [start]
    while stack:
        path = stack.pop()
        for further in marks.neighbours[path[-1]]:
            before, node = path[-2:]
            if further in path or marks.adjacent(before, further) or not marks.may_cause(node, further):
                continue
            if not marks.passes(before, node, further):
                continue
            if further == goal:
                return True
            stack.append((*path, further))
    return False


def _circles(marks: Marks) -> Iterator[tuple[str, str]]:
    """Yield (a, b) for every circle at b on an edge a–b, sorted."""
    yield from [edge for edge, mark in sorted(marks.at.items()) if mark is Mark.CIRCLE]
