"""Counterfactuals keep what the change does not touch."""

import numpy as np
import pytest

from cadet.causal.effects import counterfactual, structures
from cadet.errors import UsageError
from cadet.model.dataset import Dataset
from cadet.model.graph import ADMG, PAG, CausalGraph
from cadet.model.objective import Goal
from cadet.model.option import Configuration
from cadet.testing.worlds import World, families, world
from tests.causal.effects.samples import study

CAUSAL = tuple(family for family in families() if family != "null")


def worst(w: World, dataset: Dataset) -> tuple[Configuration, float]:
    """The slowest measured configuration, and its mean."""
    means = dataset.frame.groupby(dataset.configuration)["latency"].mean()
    row = dataset.frame[dataset.configuration == means.idxmax()].iloc[0]
    seen = {o.name: row[o.name] for o in w.space.options if o.name in dataset.frame}
    return w.space.configuration(seen), float(means.max())


def learned(w: World) -> CausalGraph:
    return CausalGraph(PAG((), {}), w.graph)


def test_without_a_change_it_is_the_fault_itself() -> None:
    w, rng = world("chain", 503), np.random.default_rng(0)
    dataset = study(w, 40, rng, repetitions=5)
    fault, measured = worst(w, dataset)
    same = counterfactual(dataset, learned(w), fault, fault, [Goal(w.objectives[0], measured / 2)], rng)
    predicted = same.predicted["latency"]
    assert predicted.low is not None and predicted.high is not None
    assert predicted.estimate == pytest.approx(measured, rel=0.1)
    assert predicted.low <= measured <= predicted.high
    assert same.potential == 0.0


def test_potential_and_control_are_probabilities_and_a_good_change_has_both() -> None:
    w, rng = world("thresholds", 505), np.random.default_rng(1)
    dataset = study(w, 60, rng, repetitions=3)
    fault, measured = worst(w, dataset)
    goal = Goal(w.objectives[0], measured / 2)
    models = structures(dataset, learned(w), ["latency"], rng)
    neighbours = [w.space.change(fault, {o.name: v}) for o in w.space.options for v in o.levels if v != fault[o.name]]
    best = min(neighbours, key=lambda c: w.expected(c, "latency"))
    answer = counterfactual(dataset, learned(w), fault, best, [goal], rng, models=models)
    assert answer.potential is not None and answer.control is not None
    assert 0 <= answer.potential <= 1
    assert 0.5 < answer.control <= 1
    assert (answer.potential > 0.5) == (w.expected(best, "latency") <= goal.threshold)


def test_a_graph_without_edges_does_not_veto_the_options() -> None:
    w, rng = world("chain", 507), np.random.default_rng(2)
    dataset = study(w, 80, rng, repetitions=3)
    fault, measured = worst(w, dataset)
    empty = CausalGraph(PAG((), {}), ADMG(w.graph.nodes, frozenset()))
    median = float(dataset.frame["latency"].median())
    answer = counterfactual(dataset, empty, fault, w.space.default, [Goal(w.objectives[0], median)], rng)
    low, high = answer.predicted["latency"].low, answer.predicted["latency"].high
    assert low is not None and high is not None
    assert low <= w.expected(w.space.default, "latency") <= high < measured


def test_a_fault_that_was_not_measured_is_said_to_carry_nothing_over() -> None:
    w, rng = world("additive", 508), np.random.default_rng(3)
    dataset = study(w, 30, rng)
    fault = w.space.change(w.space.default, {"option01": "b"})
    answer = counterfactual(dataset, learned(w), fault, w.space.default, [Goal(w.objectives[0], 1.0)], rng)
    assert "not measured" in answer.notes[0]


def test_without_a_goal_there_is_no_question() -> None:
    w, rng = world("additive", 509), np.random.default_rng(4)
    with pytest.raises(UsageError, match="goal"):
        counterfactual(study(w, 25, rng), learned(w), w.space.default, w.space.default, [], rng)


def foretold(index: int, rows: int, seed: int = 80_000) -> list[bool]:
    """Whether the intervals for six random changes of one to three options of the worst configuration cover."""
    rng = np.random.default_rng([seed, index])
    w = world(CAUSAL[index % len(CAUSAL)], seed + index, noise=float(rng.choice([0.03, 0.1])))
    dataset = study(w, rows, rng, repetitions=int(rng.integers(1, 4)))
    fault, _ = worst(w, dataset)
    goal = Goal(w.objectives[0], float(dataset.frame["latency"].median()))
    models, covered = structures(dataset, learned(w), ["latency"], rng), []
    for _ in range(6):
        chosen = rng.choice(len(w.space.options), int(rng.integers(1, 4)), replace=False)
        options = [w.space.options[i] for i in chosen]
        changed = w.space.change(fault, {o.name: o.domain.from_unit(rng.random()) for o in options})
        answer = counterfactual(dataset, learned(w), fault, changed, [goal], rng, models=models)
        low, high = answer.predicted["latency"].low, answer.predicted["latency"].high
        assert low is not None and high is not None
        covered.append(low <= w.expected(changed, "latency") <= high)
    return covered


@pytest.mark.slow
@pytest.mark.parametrize("rows", [30, 60, 100])
def test_intervals_cover_what_the_change_would_have_done(rows: int) -> None:
    covered = [hit for index in range(24) for hit in foretold(index, rows)]
    assert np.mean(covered) >= 0.85  # two standard errors, clustered by world, below what is promised
