"""The members of a PAG are exactly the graphs of its class, as brute force counts them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadet.causal.discovery import fci
from cadet.causal.discovery.members import Members, members
from cadet.causal.independence import Oracle
from cadet.model.graph import ADMG, PAG, Mark
from cadet.model.knowledge import Knowledge
from tests.causal.discovery.graphs import (
    Truth,
    agrees,
    as_admg,
    confounded_truth,
    equivalence_classes,
    invariant,
    random_truth,
    true_mag,
)

C, A, T = Mark.CIRCLE, Mark.ARROW, Mark.TAIL
NOTHING = Knowledge()
TIERS = list(product(range(2), repeat=4))[1:-1]
ENOUGH = 10_000


def all_of(pag: PAG, knowledge: Knowledge = NOTHING, **more: tuple[tuple[str, str, str], ...]) -> Members:
    return members(pag, knowledge, np.random.default_rng(0), ENOUGH, **more)


def reads_as(graph: ADMG) -> PAG:
    marks = dict.fromkeys(graph.directed, A) | {(b, a): T for a, b in graph.directed}
    marks |= dict.fromkeys(map(tuple, graph.bidirected), A) | {(b, a): A for a, b in map(tuple, graph.bidirected)}
    return PAG(graph.nodes, marks)


def are_those_that_agree(knowledge: Knowledge) -> None:
    """With the marks that knowledge implies, and without: members must find these by themselves."""
    for mags in equivalence_classes(4).values():
        permitted = tuple(mag for mag in mags if agrees(mag, knowledge))
        if permitted:
            for pag in (invariant(permitted), invariant(mags)):
                found = all_of(PAG(mags[0].nodes, pag), knowledge)
                assert found.complete and found.exact
                assert set(found.graphs) == {as_admg(mag) for mag in permitted}


@pytest.mark.parametrize("size", [2, 3, 4])
def test_on_few_nodes_they_are_exactly_the_class(size: int) -> None:
    for mags in equivalence_classes(size).values():
        found = all_of(PAG(mags[0].nodes, invariant(mags)))
        assert found.complete and found.exact and not found.given_up
        assert set(found.graphs) == {as_admg(mag) for mag in mags}
        assert len(found.graphs) == len(mags), "each once"


@pytest.mark.parametrize("tier", [TIERS[2], TIERS[5], TIERS[12]])
def test_with_tiers_they_are_exactly_those_that_agree(tier: tuple[int, ...]) -> None:
    are_those_that_agree(Knowledge(tiers={f"n{i}": t for i, t in enumerate(tier)}))


@pytest.mark.slow
@pytest.mark.parametrize("tier", TIERS)
def test_with_all_tiers_they_are_exactly_those_that_agree(tier: tuple[int, ...]) -> None:
    are_those_that_agree(Knowledge(tiers={f"n{i}": t for i, t in enumerate(tier)}))


@pytest.mark.parametrize("exogenous", [{"n0"}, {"n0", "n1"}, {"n0", "n1", "n2"}])
def test_with_exogenous_variables_they_are_exactly_those_that_agree(exogenous: set[str]) -> None:
    are_those_that_agree(Knowledge(exogenous=frozenset(exogenous)))


def test_what_may_not_cause_is_no_ancestor_either() -> None:
    knowledge = Knowledge(forbidden=frozenset({("n0", "n2")}))
    for mags in equivalence_classes(3).values():
        expected = {g for mag in mags if (g := as_admg(mag)) and "n0" not in g.ancestors("n2")}
        if expected:
            assert set(all_of(PAG(mags[0].nodes, invariant(mags)), knowledge).graphs) == expected


def test_a_required_edge_is_in_all_of_them() -> None:
    chain = PAG(("a", "b", "c"), {("a", "b"): C, ("b", "a"): C, ("b", "c"): C, ("c", "b"): C})
    found = all_of(chain, Knowledge(required=frozenset({("a", "b")})))
    assert {g.directed for g in found.graphs} == {frozenset({("a", "b"), ("b", "c")})}


def test_an_ambiguous_triple_may_be_a_collider_or_not() -> None:
    chain = PAG(("a", "b", "c"), {("a", "b"): C, ("b", "a"): C, ("b", "c"): C, ("c", "b"): C})
    expected = {
        as_admg(mag) for mags in equivalence_classes(3).values() for mag in mags
        if set(mag.marks) == {("n0", "n1"), ("n1", "n0"), ("n1", "n2"), ("n2", "n1")}
    }  # fmt: skip
    named = {"n0": "a", "n1": "b", "n2": "c"}
    renamed = {
        ADMG(("a", "b", "c"), frozenset((named[x], named[y]) for x, y in g.directed),
             frozenset(frozenset(named[x] for x in pair) for pair in g.bidirected))
        for g in expected if g is not None
    }  # fmt: skip
    assert set(all_of(chain, ambiguous=(("c", "b", "a"),)).graphs) == renamed
    assert set(all_of(chain).graphs) < renamed


@pytest.mark.parametrize("seed", range(6))
def test_on_more_nodes_each_has_the_pag_that_it_came_from(seed: int) -> None:
    truth = confounded_truth(np.random.default_rng(seed))
    pag = fci(Oracle(truth.dag, truth.observed), NOTHING, 0.5)
    found = members(pag, NOTHING, np.random.default_rng(seed), 20)
    assert found.exact
    for graph in found.graphs:
        assert fci(Oracle(graph), NOTHING, 0.5) == pag


def test_on_five_and_six_nodes_none_is_missing() -> None:
    """Every way to replace the circles by marks is tried; those that are MAGs with this PAG are the members."""
    truths = [confounded_truth(np.random.default_rng(seed)) for seed in range(100, 120)]
    pags = [fci(Oracle(truth.dag, truth.observed), NOTHING, 0.5) for truth in truths]
    few = [pag for pag in pags if list(pag.marks.values()).count(C) <= 8]
    assert len(few) >= 10
    for pag in few:
        assert set(all_of(pag).graphs) == by_filling(pag)


def by_filling(pag: PAG) -> set[ADMG]:
    circles = [end for end, mark in pag.marks.items() if mark is C]
    filled = (
        PAG(pag.nodes, {**pag.marks, **dict(zip(circles, marks, strict=True))})
        for marks in product((A, T), repeat=len(circles))
    )
    return {graph for f in filled if (graph := _mag(f)) and fci(Oracle(graph), NOTHING, 0.5) == pag}


def _mag(filled: PAG) -> ADMG | None:
    """The mixed graph where the marks are those of a MAG: no tail at both ends, ancestral, maximal."""
    if any(mark is T is filled.marks[end[::-1]] for end, mark in filled.marks.items()):
        return None
    graph = as_admg(filled)
    return graph if graph and true_mag(Truth(graph, graph.nodes, NOTHING)).marks == filled.marks else None


@pytest.mark.parametrize("seed", range(4))
def test_the_true_graph_is_among_them(seed: int) -> None:
    truth = random_truth(np.random.default_rng(seed), exogenous=True, tiers=True)
    found = all_of(fci(Oracle(truth.dag, truth.observed), truth.knowledge, 0.5), truth.knowledge)
    assert found.complete
    assert as_admg(true_mag(truth)) in found.graphs


def test_a_sample_holds_only_members_and_depends_on_nothing_but_the_seed() -> None:
    for mags in equivalence_classes(4).values():
        pag = PAG(mags[0].nodes, invariant(mags))
        first, again = (members(pag, NOTHING, np.random.default_rng(5), 3) for _ in range(2))
        assert first == again
        assert first.complete == (len(mags) <= 3)
        assert {*first.graphs} <= {as_admg(mag) for mag in mags}


def test_a_hundred_nodes_are_sampled() -> None:
    """A tree without colliders has many members; two neighbours of a node are never both behind arrowheads."""
    nodes = tuple(f"v{i:02d}" for i in range(100))
    edges = [(nodes[(i - 1) // 3], nodes[i]) for i in range(1, 100)]
    found = members(
        PAG(nodes, {end: C for a, b in edges for end in ((a, b), (b, a))}), NOTHING, np.random.default_rng(0), 20
    )
    assert not found.complete and found.exact and len(found.graphs) == 20
    assert all(len(g.parents(n)) + len(g.siblings(n)) <= 1 for g in found.graphs for n in nodes)


def test_marks_that_contradict_each_other_are_told_and_the_others_kept() -> None:
    cycle = {("a", "b"): A, ("b", "a"): T, ("b", "c"): A, ("c", "b"): T, ("c", "a"): A, ("a", "c"): T}
    found = all_of(PAG(("a", "b", "c"), cycle))
    assert not found.exact
    assert found.given_up == ("the tail at b on the edge b – c",)
    assert found.graphs == (
        ADMG(("a", "b", "c"), frozenset({("a", "b"), ("c", "a")}), frozenset({frozenset(("b", "c"))})),
    )


@given(st.lists(st.tuples(st.sampled_from(Mark), st.sampled_from(Mark), st.booleans()), min_size=15, max_size=15))
def test_whatever_the_marks_the_graphs_are_acyclic_and_tell_what_they_keep(ends: list[tuple[Mark, Mark, bool]]) -> None:
    nodes = tuple("abcdef")
    pairs = [(a, b) for i, a in enumerate(nodes) for b in nodes[i + 1 :]]
    marks = {}
    for (a, b), (at_a, at_b, there) in zip(pairs, ends, strict=True):
        if there:
            marks[b, a], marks[a, b] = at_a, at_b
    found = members(PAG(nodes, marks), NOTHING, np.random.default_rng(0), 5)
    assert found.graphs
    for graph in found.graphs:
        read = reads_as(graph).marks
        assert len(graph.topological()) == len(nodes)
        assert set(read) == set(marks)
        lost = [end for end, mark in marks.items() if mark not in (C, read[end])]
        assert not found.exact or not lost
        assert len(lost) <= len(found.given_up)


def test_a_hundred_nodes_with_marks_at_random_end_soon() -> None:
    rng = np.random.default_rng(0)
    nodes = tuple(f"v{i:02d}" for i in range(100))
    joined = [(a, b) for i, a in enumerate(nodes) for b in nodes[i + 1 :] if rng.random() < 0.1]
    marks = {end: (A, C, T)[int(rng.integers(3))] for a, b in joined for end in ((a, b), (b, a))}
    found = members(PAG(nodes, marks), NOTHING, rng, 20)
    assert not found.exact and found.given_up
    assert all(len(graph.topological()) == 100 for graph in found.graphs)
