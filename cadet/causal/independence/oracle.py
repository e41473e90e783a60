"""The test that knows the answer: m-separation in a known graph (Richardson 2003)."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import compiled
from cadet.model.graph import ADMG
from cadet.protocols import Independence

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Oracle:
    """Tests m-separation among `names` in an ADMG; nodes that are not named are hidden."""

    def __init__(self, graph: ADMG, names: Sequence[str] | None = None):
        """Names default to all nodes."""
        self.names = tuple(names if names is not None else graph.nodes)
        self._at = {node: i for i, node in enumerate(graph.nodes)}
        self._edges = np.array(sorted(self._ends(graph)), dtype=np.int64).reshape(-1, 4)
        size = len(graph.nodes)
        self._start = np.searchsorted(self._edges[:, 0], np.arange(size + 1))
        self._above = np.eye(size, dtype=bool)
        for node in graph.nodes:
            self._above[[self._at[a] for a in graph.ancestors(node)], self._at[node]] = True
        self._connected: dict[tuple[str, frozenset[str]], Flags] = {}

    def __call__(self, x: str, y: str, given: Sequence[str]) -> Independence:
        """Return p = 1 when `given` separates x from y, else p = 0; there are as many rows as you like."""
        key = (x, frozenset(given))
        if key not in self._connected:
            conditions = np.array([self._at[z] for z in given], dtype=np.int64)
            self._connected[key] = connected(self._start, self._edges, self._above, self._at[x], conditions)
        separated = not self._connected[key][self._at[y]]
        return Independence(0.0 if separated else float("inf"), float(separated), sys.maxsize)

    def _ends(self, graph: ADMG) -> Iterator[tuple[int, int, int, int]]:
        """Yield (node, neighbour, whether an arrowhead is at the node, at the neighbour), each edge from both ends."""
        for cause, effect in graph.directed:
            yield self._at[cause], self._at[effect], 0, 1
            yield self._at[effect], self._at[cause], 1, 0
        for pair in graph.bidirected:
            a, b = (self._at[node] for node in pair)
            yield a, b, 1, 1
            yield b, a, 1, 1


@compiled
def connected(start: Ints, edges: Ints, above: Flags, x: int, given: Ints) -> Flags:
    """Return the nodes with a path from x that `given` leaves open; a walk is as good as a path.

    edges: those of node i are start[i]:start[i + 1], see `Oracle._ends`; above[a, b]: a is b or an ancestor of b.
    """
    nodes = len(above)
    held, opened = np.zeros(nodes, np.bool_), np.zeros(nodes, np.bool_)
    for z in given:
        held[z] = True
        for a in range(nodes):
            opened[a] |= above[a, z]
    seen = np.zeros((nodes, 2), np.bool_)
    stack = np.empty((2 * nodes + 1, 2), np.int64)
    stack[0, 0], stack[0, 1], height = x, -1, 1
    while height > 0:
        height -= 1
        node, arrived = stack[height, 0], stack[height, 1]
        for i in range(start[node], start[node + 1]):
            further, left, arrow = edges[i, 1], edges[i, 2], edges[i, 3]
            collider = arrived == 1 and left == 1
            if arrived >= 0 and not (opened[node] if collider else not held[node]):
                continue
            if not seen[further, arrow]:
                seen[further, arrow] = True
                stack[height, 0], stack[height, 1] = further, arrow
                height += 1
    return seen[:, 0] | seen[:, 1]
