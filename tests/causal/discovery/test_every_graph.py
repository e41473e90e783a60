"""FCI with a perfect test against every maximal ancestral graph: exactly the marks that a class shares."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from cadet.causal.discovery import fci
from cadet.model.graph import Mark
from cadet.model.knowledge import Knowledge
from tests.causal.discovery.every_graph import Entailed, agreeing, everything, marks

BLOCKS = 8


@pytest.mark.parametrize("nodes", [3, 4])
def test_under_selection_bias_the_marks_are_exactly_the_invariant_ones(nodes: int) -> None:
    every = everything(nodes, selection=True)
    for graphs in every.classes:
        found = fci(Entailed(every, graphs[0]), Knowledge(), 0.5, selection=True).marks
        assert found == marks(every.edges[graphs], nodes)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_on_five_nodes_the_marks_are_exactly_the_invariant_ones(block: int) -> None:
    every = everything(5)
    for graphs in every.classes[block::BLOCKS]:
        assert fci(Entailed(every, graphs[0]), Knowledge(), 0.5).marks == marks(every.edges[graphs], 5)


def _known(rng: np.random.Generator, exogenous: int) -> Knowledge:
    names = [f"n{i}" for i in range(5)]
    settings = frozenset(rng.choice(names, size=exogenous, replace=False).tolist())
    levels = rng.integers(0, rng.integers(2, 5), size=5).tolist()
    return Knowledge(tiers={n: 0 if n in settings else t for n, t in zip(names, levels, strict=True)},
                     exogenous=settings)  # fmt: skip


def _permitted(block: int, exogenous: int) -> list[tuple[Entailed, Knowledge, dict[tuple[str, str], Mark]]]:
    """Random classes with random knowledge that is true of one of their members, and what the members share then."""
    every, rng = everything(5), np.random.default_rng(block)
    cases = []
    while len(cases) < 400:
        graphs, knowledge = every.classes[rng.integers(len(every.classes))], _known(rng, exogenous)
        kept = [g for g in agreeing(graphs, every, knowledge) if _tails(every.edges[g], knowledge)]
        if kept:
            cases.append((Entailed(every, kept[0]), knowledge, marks(every.edges[kept], 5)))
    return cases


def _tails(edges: np.ndarray, knowledge: Knowledge) -> bool:
    found = marks(edges[None], 5)
    return all(found[e] is Mark.TAIL for e in found if e[1] in knowledge.exogenous)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_on_five_nodes_with_tiers_the_marks_are_exactly_those_the_permitted_graphs_share(block: int) -> None:
    for entailed, knowledge, expected in _permitted(block, exogenous=0):
        assert fci(entailed, knowledge, 0.5).marks == expected


@pytest.mark.slow
@pytest.mark.parametrize(("block", "exogenous"), list(product(range(4), (1, 2))))
def test_on_five_nodes_with_exogenous_variables_nothing_is_claimed_that_they_do_not_share(
    block: int, exogenous: int
) -> None:
    missed = total = 0
    for entailed, knowledge, expected in _permitted(block, exogenous):
        found = fci(entailed, knowledge, 0.5).marks
        assert set(found) == set(expected)
        assert all(mark in (Mark.CIRCLE, expected[edge]) for edge, mark in found.items())
        missed += sum(found[edge] is not mark for edge, mark in expected.items())
        total += len(expected)
    print(f"{exogenous} exogenous: {missed} of {total} invariant marks missed")
