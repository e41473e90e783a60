"""Mixed graphs to identify effects in: all small ones, random larger ones, and linear models on them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import combinations, product

import networkx as nx
import numpy as np
import numpy.typing as npt

from cadet.model.graph import ADMG


def admg(nodes: str, directed: Collection[str] = (), bidirected: Collection[str] = ()) -> ADMG:
    """One letter is one node, two letters are an edge."""
    return ADMG(tuple(nodes), frozenset((a, b) for a, b in directed), frozenset(frozenset(pair) for pair in bidirected))


def every(size: int) -> Iterator[ADMG]:
    """All ADMGs over `size` named nodes."""
    nodes = "abcdef"[:size]
    pairs = list(combinations(nodes, 2))
    for choice in product((None, 1, -1), repeat=len(pairs)):
        directed = [a + b if way == 1 else b + a for (a, b), way in zip(pairs, choice, strict=True) if way]
        if nx.is_directed_acyclic_graph(nx.DiGraph([tuple(edge) for edge in directed])):
            for hidden in product((False, True), repeat=len(pairs)):
                yield admg(nodes, directed, [a + b for (a, b), there in zip(pairs, hidden, strict=True) if there])


def random_admgs(rng: np.random.Generator, count: int, sizes: tuple[int, int]) -> Iterator[ADMG]:
    """Graphs over so many nodes, of every density; names say nothing about the order."""
    for _ in range(count):
        nodes = "abcdefgh"[: rng.integers(sizes[0], sizes[1] + 1)]
        order = [nodes[i] for i in rng.permutation(len(nodes))]
        direct, hidden = rng.uniform(0.2, 0.8), rng.uniform(0.05, 0.5)
        pairs = list(combinations(order, 2))
        yield admg(nodes, [a + b for a, b in pairs if rng.random() < direct],
                   [a + b for a, b in pairs if rng.random() < hidden])  # fmt: skip


class LinearModel:
    """A linear model of an ADMG with its exact covariance: what infinitely many rows would show."""

    def __init__(self, graph: ADMG, rng: np.random.Generator):
        self._at = {node: i for i, node in enumerate(graph.nodes)}
        size = len(graph.nodes)
        direct = np.zeros((size, size))
        for cause, effect in sorted(graph.directed):
            direct[self._at[effect], self._at[cause]] = rng.uniform(0.4, 1.4) * rng.choice([-1, 1])
        noise = np.diag(rng.uniform(0.6, 1.6, size))
        for a, b in sorted(tuple(sorted(pair)) for pair in graph.bidirected):
            shared = np.zeros(size)
            shared[[self._at[a], self._at[b]]] = rng.uniform(0.4, 1.4, 2)
            noise += np.outer(shared, shared)
        self._total = np.linalg.inv(np.eye(size) - direct)
        self._covariance: npt.NDArray[np.float64] = self._total @ noise @ self._total.T

    def total_effect(self, cause: str, effect: str) -> float:
        """d E[effect | do(cause)] / d cause."""
        return float(self._total[self._at[effect], self._at[cause]])

    def regressed(self, effect: str, cause: str, given: Collection[str]) -> float:
        """The coefficient of the cause when the effect is regressed on it and on `given`."""
        columns = [self._at[cause], *(self._at[node] for node in sorted(given))]
        inner = self._covariance[np.ix_(columns, columns)]
        return float(np.linalg.solve(inner, self._covariance[columns, self._at[effect]])[0])


def subsets(nodes: Collection[str]) -> Iterator[frozenset[str]]:
    """All subsets, small ones first."""
    for size in range(len(nodes) + 1):
        yield from map(frozenset, combinations(sorted(nodes), size))
