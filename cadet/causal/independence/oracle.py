"""The test that knows the answer: m-separation in a known graph (Richardson 2003)."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from cadet.model.graph import ADMG
from cadet.protocols import Independence


class Oracle:
    """Tests m-separation among `names` in an ADMG; nodes that are not named are hidden."""

    def __init__(self, graph: ADMG, names: Sequence[str] | None = None):
        """Names default to all nodes."""
        self.names = tuple(names if names is not None else graph.nodes)
        self._ancestors = {n: graph.ancestors(n) | {n} for n in graph.nodes}
        self._edges = {n: tuple(_edges(graph, n)) for n in graph.nodes}
        self._connected: dict[tuple[str, frozenset[str]], frozenset[str]] = {}

    def __call__(self, x: str, y: str, given: Sequence[str]) -> Independence:
        """Return p = 1 when `given` separates x from y, else p = 0; there are as many rows as you like."""
        separated = y not in self._reached(x, frozenset(given))
        return Independence(0.0 if separated else float("inf"), float(separated), sys.maxsize)

    def _reached(self, x: str, given: frozenset[str]) -> frozenset[str]:
        """Return the nodes with a path from x that `given` leaves open; a walk is as good as a path."""
        key = (x, given)
        if key not in self._connected:
            self._connected[key] = self._walk(x, given)
        return self._connected[key]

    def _walk(self, x: str, given: frozenset[str]) -> frozenset[str]:
        opened = frozenset().union(*(self._ancestors[z] for z in given))
        frontier = [(node, arrow) for node, _, arrow in self._edges[x]]
        seen = set(frontier)
        while frontier:
            node, arrived = frontier.pop()
            for further, left, arrow in self._edges[node]:
                collider = arrived and left
                passes = node in opened if collider else node not in given
                if passes and (further, arrow) not in seen:
                    seen.add((further, arrow))
                    frontier.append((further, arrow))
        return frozenset(node for node, _ in seen) - given


def _edges(graph: ADMG, node: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield (neighbour, arrowhead at node, arrowhead at neighbour)."""
    for child in graph.children(node):
        yield child, False, True
    for parent in graph.parents(node):
        yield parent, True, False
    for sibling in graph.siblings(node):
        yield sibling, True, True
