from __future__ import annotations

import json

import numpy as np
import pytest

from cadet.causal.dataset import build
from cadet.causal.discovery import learn
from cadet.debugging import Question, Session, debug
from cadet.debugging.explain import explain
from cadet.model.diagnosis import Verdict
from cadet.model.domain import Choice
from cadet.model.expression import Expression
from cadet.model.objective import Goal
from cadet.model.option import Option
from cadet.model.reading import diagnosis_of
from cadet.model.space import Space
from cadet.protocols import Story
from cadet.report.dot import dot
from cadet.testing.laboratory import FunctionLaboratory
from tests.debugging.systems import LATENCY, noisy, switches

SPACE = Space(
    (
        Option("iops", Choice((200, 5000), ordered=True), 200),
        Option("journal", Choice(("delete", "wal")), "delete"),
        *switches(8).options,
    )
)


def both(c) -> float:
    """The slow disk hurts one journal only."""
    return (3.0 if c["iops"] == 200 and c["journal"] == "delete" else 1.0) * (1.3 if c["o3"] else 1.0)


def factors(c) -> float:
    """Each does its own harm, whatever the other is."""
    return (3.0 if c["iops"] == 200 else 1.0) * (1.4 if c["journal"] == "delete" else 1.0) * (1.3 if c["o3"] else 1.0)


def sums(c) -> float:
    """Each adds its own time, whatever the other is."""
    return 1 + (2.0 if c["iops"] == 200 else 0.0) + (0.5 if c["journal"] == "delete" else 0.0)


def ask(cost, seed: int, goal: float, **more) -> tuple[Session, FunctionLaboratory]:
    laboratory = noisy(SPACE, cost, 0.04, seed, shocks=0.05)
    question = Question("test", (LATENCY,), SPACE.default, (Goal(LATENCY, goal),), **more)
    return debug(laboratory, question, np.random.default_rng(seed)), laboratory


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_harm_that_needs_two_values_is_one_expression(seed):
    found, _ = ask(both, seed, 1.5, probes=2)
    assert found.verdict is Verdict.CONFIRMED
    (node,) = found.functional
    assert set(node.options) == {"iops", "journal"}
    assert node.together.low > 1.0
    assert node.apart.high < 0.3
    expression = Expression(node.expression)
    assert expression.holds(SPACE.default)
    assert not expression.holds(found.fixes[0].configuration)


@pytest.mark.parametrize("cost", [factors, sums])
def test_causes_that_act_alone_are_not_joined(cost):
    for seed in (1, 2, 3):
        found, _ = ask(cost, seed, 1.9, probes=2)
        assert found.verdict is Verdict.CONFIRMED
        assert found.functional == ()


def test_nothing_is_tested_where_nobody_asks_or_the_budget_is_spent():
    found, _ = ask(both, 1, 1.5)
    spent = found.counts.total
    assert found.functional == ()
    within, _ = ask(both, 1, 1.5, probes=2, budget=spent)
    assert within.counts.total <= spent


def test_the_expression_is_the_root_cause_and_a_node_beside_the_graph():
    session, laboratory = ask(both, 1, 1.5, probes=2)
    dataset = build(laboratory.runs(), SPACE, [LATENCY])
    graph = learn(dataset, np.random.default_rng(1), subsamples=0)
    diagnosis = explain(session, dataset, graph, np.random.default_rng(1))
    (node,) = diagnosis.functional_nodes
    assert node.expression in {cause.expression for cause in diagnosis.root_causes}
    assert node.into
    assert node.expression not in graph.pag.nodes
    assert diagnosis_of(json.loads(json.dumps(diagnosis.to_dict())), [LATENCY]).functional_nodes == (node,)
    assert "hexagon" in dot(Story(diagnosis, SPACE, laboratory.runs(), dataset, graph))
