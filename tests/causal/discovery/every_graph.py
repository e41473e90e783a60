"""Every maximal ancestral graph over a few nodes, compiled: what it entails, what its equivalence class agrees on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
import numpy.typing as npt
from numba import njit

from cadet.model.graph import Mark
from cadet.model.knowledge import Knowledge
from cadet.protocols import Independence

NONE, FORWARD, BACKWARD, BOTH, LINE = range(5)  # edges i → j, i ← j, i ↔ j, i — j with i < j

Edges = npt.NDArray[np.int8]
Bits = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Everything:
    """edges: (graphs, pairs) of every MAG; model: (graphs, pairs, subsets) whether the subset separates the pair.

    classes: the graphs of each equivalence class. Subsets are bit masks over all nodes.
    """

    nodes: int
    edges: Edges
    model: Bits
    classes: tuple[npt.NDArray[np.int64], ...]


@lru_cache
def everything(nodes: int, *, selection: bool = False) -> Everything:
    """Enumerate; without selection no edge is undirected."""
    edges, model = _enumerate(nodes, 5 if selection else 4)
    packed = np.packbits(model.reshape(len(model), -1), axis=1)
    _, label = np.unique(packed, axis=0, return_inverse=True)
    order = np.argsort(label.reshape(-1), kind="stable")
    ends = np.flatnonzero(np.diff(label.reshape(-1)[order])) + 1
    return Everything(nodes, edges, model, tuple(np.split(order, ends)))


def marks(edges: Edges, nodes: int) -> dict[tuple[str, str], Mark]:
    """Return the marks that all of (graphs, pairs) share, a circle where they differ."""
    found = {}
    for k, (i, j) in enumerate(combinations(range(nodes), 2)):
        kinds = set(edges[:, k].tolist())
        if kinds == {NONE}:
            continue
        found[f"n{i}", f"n{j}"] = _shared({Mark.ARROW if e in (FORWARD, BOTH) else Mark.TAIL for e in kinds})
        found[f"n{j}", f"n{i}"] = _shared({Mark.ARROW if e in (BACKWARD, BOTH) else Mark.TAIL for e in kinds})
    return found


def _shared(seen: set[Mark]) -> Mark:
    return next(iter(seen)) if len(seen) == 1 else Mark.CIRCLE


def agreeing(graphs: npt.NDArray[np.int64], every: Everything, knowledge: Knowledge) -> npt.NDArray[np.int64]:
    """Return the graphs with no mark against the knowledge."""
    kept = graphs
    for k, (i, j) in enumerate(combinations(range(every.nodes), 2)):
        edge = every.edges[kept, k]
        denied = np.zeros(len(kept), bool)
        if not knowledge.may_cause(f"n{i}", f"n{j}"):
            denied |= edge == FORWARD
        if not knowledge.may_cause(f"n{j}", f"n{i}"):
            denied |= edge == BACKWARD
        kept = kept[~denied]
    return kept


class Entailed:
    """The perfect test of one graph of `everything`."""

    def __init__(self, every: Everything, graph: int):
        self.names = tuple(f"n{i}" for i in range(every.nodes))
        self._pair = {pair: k for k, pair in enumerate(combinations(self.names, 2))}
        self._model = every.model[graph]

    def __call__(self, x: str, y: str, given: tuple[str, ...]) -> Independence:
        mask = sum(1 << int(name[1:]) for name in given)
        separated = bool(self._model[self._pair[min(x, y), max(x, y)], mask])
        return Independence(0.0, float(separated), 10**9)


def _enumerate(nodes: int, kinds: int) -> tuple[Edges, Bits]:
    pairs = np.array(list(combinations(range(nodes), 2)))
    edges, model = _all_mags(nodes, kinds, pairs)
    return edges, model


@njit
def _all_mags(nodes: int, kinds: int, pairs):  # type: ignore[no-untyped-def]
    count, room = 0, 1024
    edges = np.zeros((room, len(pairs)), np.int8)
    model = np.zeros((room, len(pairs), 1 << nodes), np.bool_)
    into = np.zeros((nodes, nodes), np.bool_)
    linked = np.zeros((nodes, nodes), np.bool_)
    edge = np.zeros(len(pairs), np.int8)
    this = np.zeros((len(pairs), 1 << nodes), np.bool_)
    for number in range(kinds ** len(pairs)):
        rest = number
        for k in range(len(pairs)):
            edge[k] = rest % kinds
            rest //= kinds
            i, j = pairs[k, 0], pairs[k, 1]
            linked[i, j] = linked[j, i] = edge[k] != 0
            into[i, j] = edge[k] == 1 or edge[k] == 3
            into[j, i] = edge[k] == 2 or edge[k] == 3
        above = _ancestors(nodes, linked, into)
        if not _ancestral(nodes, linked, into, above):
            continue
        this[:] = False
        maximal = True
        for k in range(len(pairs)):
            if edge[k] != 0:
                continue
            any_set = False
            ends = (1 << pairs[k, 0]) | (1 << pairs[k, 1])
            for mask in range(1 << nodes):
                if mask & ends == 0 and not _connected(nodes, linked, into, above, pairs[k, 0], pairs[k, 1], mask):
                    this[k, mask] = any_set = True
            if not any_set:
                maximal = False
                break
        if not maximal:
            continue
        if count == room:
            room *= 2
            wider, larger = np.zeros((room, len(pairs)), np.int8), np.zeros((room, len(pairs), 1 << nodes), np.bool_)
            wider[:count], larger[:count] = edges, model
            edges, model = wider, larger
        edges[count], model[count] = edge, this
        count += 1
    return edges[:count], model[:count]


@njit
def _ancestors(nodes, linked, into):  # type: ignore[no-untyped-def]
    above = np.eye(nodes) > 0
    for _ in range(nodes):
        for a in range(nodes):
            for b in range(nodes):
                if linked[a, b] and into[a, b] and not into[b, a]:
                    for z in range(nodes):
                        above[z, b] |= above[z, a]
    return above


@njit
def _ancestral(nodes, linked, into, above):  # type: ignore[no-untyped-def]
    for a in range(nodes):
        for b in range(nodes):
            if a == b or not linked[a, b]:
                continue
            if into[a, b] and above[b, a]:
                return False
            if not into[a, b] and not into[b, a]:
                for z in range(nodes):
                    if linked[z, a] and into[z, a]:
                        return False
    return True


@njit
def _connected(nodes, linked, into, above, x, y, mask):  # type: ignore[no-untyped-def]
    opened = 0
    for a in range(nodes):
        for z in range(nodes):
            if mask >> z & 1 and above[a, z]:
                opened |= 1 << a
    seen = np.zeros((nodes, 2), np.bool_)
    stack = np.empty((2 * nodes + 1, 2), np.int64)
    stack[0, 0], stack[0, 1], height = x, -1, 1
    while height > 0:
        height -= 1
        node, arrived = stack[height, 0], stack[height, 1]
        for further in range(nodes):
            if not linked[node, further]:
                continue
            collider = arrived == 1 and into[further, node]
            passes = opened >> node & 1 if collider else not mask >> node & 1
            if arrived >= 0 and not passes:
                continue
            if further == y:
                return True
            arrow = 1 if into[node, further] else 0
            if not seen[further, arrow]:
                seen[further, arrow] = True
                stack[height, 0], stack[height, 1] = further, arrow
                height += 1
    return False
