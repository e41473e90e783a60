"""Possible-D-SEP: where hidden confounding may have put the separating set (Spirtes, Glymour & Scheines 2000)."""

from __future__ import annotations

from cadet.causal.discovery.marks import Marks


def possible_d_sep(marks: Marks, x: str) -> frozenset[str]:
    """Return the nodes with a path from x on which every inner node is a collider or in a triangle with its neighbours.

    Marks are those of R0 and knowledge; an inner node with a tail on the path is no collider in any case, so
    paths do not turn at randomised options.
    """
    frontier = [(x, b) for b in marks.neighbours[x]]
    seen = set(frontier)
    while frontier:
        a, b = frontier.pop()
        for c in marks.neighbours[b]:
            if c in (a, x) or (b, c) in seen:
                continue
            if (marks.into(a, b) and marks.into(c, b)) or (marks.adjacent(a, c) and _may_collide(marks, a, b, c)):
                seen.add((b, c))
                frontier.append((b, c))
    return frozenset(b for _, b in seen) - {x}


def _may_collide(marks: Marks, a: str, b: str, c: str) -> bool:
    return all(marks.into(end, b) or marks.circle(end, b) for end in (a, c))
