"""Evidence that a mark is unwarranted: a graph with the same separations, in agreement with knowledge, without it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, combinations

import numpy as np

from benchmarks.discovery.cases import Case
from benchmarks.discovery.oracles import Said
from cadet.causal.discovery.members import members
from cadet.causal.independence import Oracle
from cadet.model.graph import ADMG, PAG, Mark

OPPOSITE = {Mark.TAIL: Mark.ARROW, Mark.ARROW: Mark.TAIL}
GRAPHS = 1_000  # to look through for the opposite mark
TRIED = 3  # of them; the first that has the same separations will do


def unwarranted(case: Case, said: Said) -> Iterator[tuple[str, str]]:
    """Yield the edges (a, b) with a mark at b that is right, but not shared by all graphs."""
    for edge, mark in said.pag.marks.items():
        if mark is case.mag.marks.get(edge) and case.invariant.get(edge) is Mark.CIRCLE:
            yield edge


def refuted(case: Case, edge: tuple[str, str]) -> bool:
    """Tell whether some graph has the opposite mark and, checked for every pair and every set, the same separations."""
    a, b = edge
    knowledge, mark = case.truth.knowledge, OPPOSITE[case.mag.marks[edge]]
    permitted = members(PAG(case.mag.nodes, case.invariant), knowledge, np.random.default_rng(0), GRAPHS).graphs
    others = [graph for graph in permitted if _has(graph, a, b, mark)]
    return any(
        all(knowledge.may_cause(*arc) for arc in graph.directed)
        and separations(graph, case.truth.observed) == separations(case.truth.dag, case.truth.observed)
        for graph in others[:TRIED]
    )


def _has(graph: ADMG, a: str, b: str, mark: Mark) -> bool:
    if mark is Mark.TAIL:
        return (b, a) in graph.directed
    return (a, b) in graph.directed or frozenset((a, b)) in graph.bidirected


@lru_cache(maxsize=64)
def separations(graph: ADMG, names: tuple[str, ...]) -> bytes:
    """Return for every pair and every set of the other names whether it separates the pair."""
    oracle = Oracle(graph, names)
    found = []
    for x, y in combinations(names, 2):
        others = [name for name in names if name not in (x, y)]
        subsets = chain.from_iterable(combinations(others, size) for size in range(len(others) + 1))
        found += [oracle(x, y, given).p_value == 1 for given in subsets]
    return np.packbits(found).tobytes()
