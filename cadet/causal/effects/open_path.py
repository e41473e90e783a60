"""Paths that a conditioning set leaves open, to show to a reader."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping

from cadet.model.graph import ADMG

Step = tuple[str, bool]  # a node, and whether an arrowhead arrived at it
Edge = tuple[str, bool, bool]  # the neighbour, an arrowhead here, an arrowhead there


def open_path(graph: ADMG, x: str, y: str, given: Collection[str]) -> str | None:
    """Return a shortest way from x to y that `given` leaves open (Richardson 2003), such as `x <- z <-> y`, or None.

    It may pass a node twice: down to what a collider causes and back would be longer.
    """
    opened = set(given).union(*(graph.ancestors(node) for node in given))
    before: dict[Step, tuple[Step, str] | None] = {(x, False): None}
    frontier = deque(before)
    while frontier:
        step = node, arrived = frontier.popleft()
        for further, here, there in _edges(graph, node):
            passes = node == x or (node in opened if arrived and here else node not in given)
            if passes and further != x and (further, there) not in before:
                before[further, there] = step, _ARROWS[here, there]
                if further == y:
                    return _drawn(before, (further, there))
                frontier.append((further, there))
    return None


_ARROWS = {(False, True): "->", (True, False): "<-", (True, True): "<->"}


def _edges(graph: ADMG, node: str) -> Iterator[Edge]:
    for child in graph.children(node):
        yield child, False, True
    for parent in graph.parents(node):
        yield parent, True, False
    for sibling in graph.siblings(node):
        yield sibling, True, True


def _drawn(before: Mapping[Step, tuple[Step, str] | None], step: Step) -> str:
    text = step[0]
    while (came := before[step]) is not None:
        step, arrow = came
        text = f"{step[0]} {arrow} {text}"
    return text
