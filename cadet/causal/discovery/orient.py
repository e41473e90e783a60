"""Orientation: the rules in the order of Zhang (2008), until nothing changes."""

from __future__ import annotations

from collections.abc import Callable

from cadet.causal.discovery.marks import CIRCLE, Marks, triples_code, unshielded
from cadet.causal.discovery.rules import discriminating, r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10
from cadet.causal.discovery.separation import AMBIGUOUS, OUT, Separates


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
    """Apply R0, and remember the triples of which `separates` cannot tell."""
    triples = unshielded(marks)
    member = separates(triples[:, [0, 2]], triples[:, 1])
    r0(marks, triples[member == OUT])
    return marks._replace(ambiguous=triples_code(marks, triples[member == AMBIGUOUS]))


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
