"""Orientation: the rules in the order of Zhang (2008), until nothing changes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from cadet.causal.discovery.marks import ARROW, CIRCLE, Flags, Ints, Marks, triples_code, unshielded
from cadet.causal.discovery.rules import discriminating, r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10
from cadet.causal.discovery.separation import AMBIGUOUS, IN, OUT, Separates


def orient(marks: Marks, separates: Separates, *, selection: bool = False) -> Marks:
    """Orient the colliders, then whatever follows, until nothing changes; R8–R10 wait until R1–R4 have finished.

    R5–R7 speak of selection bias and are asked only with `selection`.
    """
    marks = colliders(marks, separates)
    while True:
        _exhaust(marks, [r1, r2, r3, lambda m: discriminated(m, separates)])
        selected = selection and _exhaust(marks, [r5, r6, r7])
        if not _exhaust(marks, [r8, r9, r10]) and not selected:
            return marks


def _exhaust(marks: Marks, rules: list[Callable[[Marks], bool]]) -> bool:
    changed = False
    while any(rule(marks) for rule in rules):
        changed = True
    return changed


def colliders(marks: Marks, separates: Separates) -> Marks:
    """Apply R0, and remember the triples of which `separates` cannot tell, or tells what cannot hold together."""
    triples = unshielded(marks)
    member = _consistent(marks, triples, separates(triples[:, [0, 2]], triples[:, 1]))
    r0(marks, triples[member == OUT])
    return marks._replace(ambiguous=triples_code(marks, triples[member == AMBIGUOUS]))


def _consistent(marks: Marks, triples: Ints, member: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """Return the answers without those that contradict each other; a perfect test gives none such.

    One triple says that c has no effect of b (a → b ← c), another that it has one (x → b is known, and b no collider
    on x – b – c). As R0 comes first, one weak edge into b would decide. What more triples say stays; where it is as
    many, neither.
    """
    tried = marks._replace(at=marks.at.copy())
    r0(tried, triples[member == OUT])
    ends = triples[:, ::2], triples[:, [1]]  # as an index: the marks in the middle, from either end
    known, after = marks.at[ends] == ARROW, tried.at[ends] == ARROW
    denied = (member == IN) & after.all(axis=1)
    tails, arrows = (_claims(len(marks.at), ends, said[:, None] & ~known) for said in (denied, member == OUT))
    contested = ~known & (tails > 0) & (arrows > 0)
    lost = (member == OUT) & (contested & (tails >= arrows)).any(axis=1)
    outvoted = denied & (contested & (arrows >= tails)).any(axis=1)
    return np.where(lost | outvoted, AMBIGUOUS, member).astype(np.int8)


def _claims(nodes: int, ends: tuple[Ints, Ints], claimed: Flags) -> Ints:
    """Return for both marks of every triple how many triples claim it."""
    count = np.zeros((nodes, nodes), np.int64)
    np.add.at(count, tuple(np.broadcast_arrays(*ends)), claimed)
    return count[ends]


def discriminated(marks: Marks, separates: Separates) -> bool:
    """Apply R4 to every circle with a discriminating path; the shortest path that can tell decides."""
    paths = discriminating(marks)
    if not len(paths):
        return False
    changed = False
    for (_, a, b, c), member in zip(paths.tolist(), separates(paths[:, [0, 3]], paths[:, 2]).tolist(), strict=True):
        if member != AMBIGUOUS and marks.at[c, b] == CIRCLE:
            changed |= r4(marks, a, b, c, member != OUT)
    return changed
