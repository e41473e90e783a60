"""FCI with a perfect test returns what the true graph entails, and not a mark more."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from cadet.causal.discovery import fci
from cadet.causal.discovery.fci import search
from cadet.causal.discovery.marks import to_marks
from cadet.causal.discovery.orient import discriminated
from cadet.causal.discovery.rules import r1, r2, r3
from cadet.causal.discovery.separation import first_found
from cadet.causal.discovery.skeleton import Search, Skeleton, learn_skeleton
from cadet.causal.independence import Oracle
from cadet.errors import UsageError
from cadet.model.graph import ADMG, PAG, Mark
from cadet.model.knowledge import Knowledge
from cadet.protocols import Found
from tests.causal.discovery.graphs import (
    Truth,
    agrees,
    as_admg,
    confounded_truth,
    contradictions,
    equivalence_classes,
    invariant,
    random_truth,
    true_mag,
    unshielded_colliders,
    with_edges_known,
)

KINDS = list(product((False, True), repeat=2))


def _kind(seed: int) -> Truth:
    exogenous, tiers = KINDS[seed % len(KINDS)]
    return random_truth(np.random.default_rng(seed), exogenous=exogenous, tiers=tiers)


def _holds(truth: Truth) -> None:
    learned = search(Oracle(truth.dag, truth.observed), truth.knowledge, 0.5)
    pag, mag = learned.pag, true_mag(truth)
    assert set(pag.marks) == set(mag.marks), "adjacencies are those of the true MAG"
    assert contradictions(pag, mag) == [], "no mark contradicts the generating graph"
    assert unshielded_colliders(mag) <= unshielded_colliders(pag), "every unshielded collider is oriented"
    again = to_marks(pag)
    assert not any((r1(again), r2(again), r3(again))), "R1–R3 have nothing left to say"
    assert not discriminated(again, first_found(learned.skeleton)), "nor has R4"


@pytest.mark.parametrize("block", range(4))
def test_a_perfect_test_gives_the_true_pag(block: int) -> None:
    for seed in range(block * 30, block * 30 + 30):
        _holds(_kind(seed))


def test_forbidden_and_required_edges_that_are_true_make_nothing_false() -> None:
    for seed in range(120):
        _holds(with_edges_known(_wide(seed), np.random.default_rng(seed)))


def test_a_perfect_test_gives_the_true_pag_under_much_confounding() -> None:
    for seed in range(200):
        _holds(confounded_truth(np.random.default_rng(seed)))


def test_what_neighbours_do_not_separate_possible_d_sep_does() -> None:
    directed = frozenset({("n0", "n1"), ("n1", "n2"), ("n3", "n4")})
    hidden = frozenset({frozenset(("n1", "n4")), frozenset(("n2", "n3")), frozenset(("n0", "n3"))})
    oracle = Oracle(ADMG(("n0", "n1", "n2", "n3", "n4"), directed, hidden))
    assert ("n2", "n4") in set(learn_skeleton(Search(oracle, Knowledge(), 0.5)).pairs())
    assert not fci(oracle, Knowledge(), 0.5).adjacent("n2", "n4")
    capped = search(oracle, Knowledge(), 0.5, most=1)
    assert capped.pag.adjacent("n2", "n4")
    assert capped.skeleton.capped[2, 4], "a cap that bites is reported"


def test_a_pair_that_is_separated_after_all_is_not_reported_as_capped() -> None:
    skeleton = Skeleton.of(("a", "b", "c"), ~np.eye(3, dtype=bool))
    pair = np.array([[0, 2]])
    skeleton.cap(pair)
    assert skeleton.capped[0, 2]
    none = np.zeros(1, bool)
    skeleton.take(pair, Found(np.array([0]), np.array([1]), np.array([[1]]), none, none, none, 1))
    assert not skeleton.adjacent[0, 2] and not skeleton.capped.any()


@pytest.mark.parametrize(
    "knowledge", [Knowledge(tiers={"a": 0, "b": 1}), Knowledge(exogenous=frozenset("a")),
                  Knowledge(forbidden=frozenset({("b", "a")}))]
)  # fmt: skip
def test_knowledge_under_selection_is_refused(knowledge: Knowledge) -> None:
    """Rows selected by what a and b cause join them with two tails, whichever is first: an arrowhead would be false."""
    oracle = Oracle(ADMG(("a", "b"), frozenset({("a", "b")})))
    with pytest.raises(UsageError, match="selection"):
        fci(oracle, knowledge, 0.5, selection=True)


def _wide(seed: int) -> Truth:
    """6–15 nodes, up to 5 hidden ones, sparse to dense."""
    exogenous, tiers = KINDS[seed % len(KINDS)]
    rng = np.random.default_rng(seed)
    return random_truth(rng, exogenous=exogenous, tiers=tiers, observed=(6, 15), hidden=(0, 5), degree=(1.0, 4.0))


@pytest.mark.slow
@pytest.mark.parametrize("block", range(50))
def test_a_perfect_test_gives_the_true_pag_on_ten_thousand_graphs(block: int) -> None:
    for seed in range(1_000 + block * 200, 1_000 + block * 200 + 200):
        _holds(_wide(seed))


@pytest.mark.parametrize("size", [2, 3, 4])
def test_on_few_nodes_the_marks_are_exactly_the_invariant_ones(size: int) -> None:
    for mags in equivalence_classes(size).values():
        admg = as_admg(mags[0])
        assert admg is not None
        assert fci(Oracle(admg), Knowledge(), 0.5).marks == invariant(mags)


@pytest.mark.parametrize("tier", list(product(range(2), repeat=4))[1:-1])
def test_with_tiers_the_marks_are_exactly_the_invariant_ones_of_the_graphs_that_agree(tier: tuple[int, ...]) -> None:
    knowledge = Knowledge(tiers={f"n{i}": t for i, t in enumerate(tier)})
    for mags in equivalence_classes(4).values():
        if permitted := tuple(mag for mag in mags if agrees(mag, knowledge)):
            admg = as_admg(permitted[0])
            assert admg is not None
            assert fci(Oracle(admg), knowledge, 0.5).marks == invariant(permitted)


@pytest.mark.parametrize("exogenous", [{"n0"}, {"n0", "n1"}, {"n0", "n1", "n2"}])
def test_with_exogenous_variables_no_mark_is_claimed_that_not_all_graphs_share(exogenous: set[str]) -> None:
    knowledge, missed = Knowledge(exogenous=frozenset(exogenous)), 0
    for mags in equivalence_classes(4).values():
        if permitted := tuple(mag for mag in mags if agrees(mag, knowledge)):
            admg = as_admg(permitted[0])
            assert admg is not None
            truth, found = invariant(permitted), fci(Oracle(admg), knowledge, 0.5)
            assert set(found.marks) == set(truth)
            assert contradictions(found, PAG(found.nodes, truth)) == []
            missed += sum(found.marks[edge] is not mark for edge, mark in truth.items())
    assert missed == 0, "complete too, on four nodes"


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_names_does_not_matter(seed: int) -> None:
    truth = random_truth(np.random.default_rng(seed), exogenous=True, tiers=True)
    expected = fci(Oracle(truth.dag, truth.observed), truth.knowledge, 0.5)
    shuffled = tuple(np.random.default_rng(seed).permutation(truth.observed).tolist())
    assert fci(Oracle(truth.dag, shuffled), truth.knowledge, 0.5) == expected


def test_a_shared_hidden_cause_is_not_read_as_an_effect() -> None:
    """An option moves an event; a hidden load moves the event and the objective: option → event ↔ objective."""
    graph = ADMG(
        ("option", "event", "latency"), frozenset({("option", "event")}), frozenset({frozenset({"event", "latency"})})
    )
    knowledge = Knowledge(tiers={"option": 0, "event": 1, "latency": 2}, exogenous=frozenset({"option"}))
    pag = fci(Oracle(graph), knowledge, 0.5)
    assert list(pag.edges()) == [
        ("event", "latency", Mark.ARROW, Mark.ARROW),
        ("event", "option", Mark.ARROW, Mark.TAIL),
    ]
