"""Whether an effect is identifiable at all: the same answer as y0 gives, an independent implementation of ID."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, permutations

import numpy as np
import pytest

from cadet.causal.effects import hedge
from cadet.model.graph import ADMG
from tests.causal.effects.admgs import every, random_admgs

pytest.importorskip("y0", reason="y0 is not installed: pip install 'cadet[peers]'")


def identifiable_by_y0(graph: ADMG, cause: str, effect: str) -> bool:
    from y0.algorithm.identify import identify_outcomes
    from y0.dsl import Variable
    from y0.graph import NxMixedGraph

    mixed = NxMixedGraph.from_edges(
        nodes=[Variable(node) for node in graph.nodes],
        directed=[(Variable(a), Variable(b)) for a, b in sorted(graph.directed)],
        undirected=[(Variable(a), Variable(b)) for a, b in map(sorted, graph.bidirected)],
    )
    return identify_outcomes(mixed, Variable(cause), Variable(effect)) is not None


def differences(graphs: Iterable[ADMG]) -> tuple[list[tuple[ADMG, str, str]], dict[bool, int]]:
    """Return where the two disagree, and how often each answer was given."""
    wrong, given = [], {True: 0, False: 0}
    for graph in graphs:
        for cause, effect in permutations(graph.nodes, 2):
            ours = hedge(graph, [cause], [effect]) is None
            given[ours] += 1
            if ours != identifiable_by_y0(graph, cause, effect):
                wrong.append((graph, cause, effect))
    return wrong, given


def test_all_graphs_of_up_to_three_nodes() -> None:
    wrong, given = differences(chain(every(2), every(3)))
    assert not wrong and sum(given.values()) == 6 * 2 + 200 * 6 and given[False] == 254


def test_random_graphs_of_four_to_six_nodes() -> None:
    wrong, given = differences(random_admgs(np.random.default_rng(5), 120, (4, 6)))
    assert not wrong and min(given.values()) > 200


@pytest.mark.slow
def test_many_random_graphs_of_four_to_seven_nodes() -> None:
    wrong, _ = differences(random_admgs(np.random.default_rng(6), 2_000, (4, 7)))
    assert not wrong
