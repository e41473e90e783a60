from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadet.causal.dataset import build
from cadet.causal.discovery import learn
from cadet.debugging import Question, Session, debug, partners
from cadet.debugging.causes import placed
from cadet.debugging.design import initial_design
from cadet.debugging.explain import explain
from cadet.debugging.partners import share_left
from cadet.debugging.predict import expectation, predicted_fixes
from cadet.debugging.sequential import SCREEN
from cadet.debugging.together import foreseen_nodes
from cadet.model.diagnosis import RootCause, Verdict
from cadet.model.domain import Choice
from cadet.model.effect import Estimate
from cadet.model.expression import Expression
from cadet.model.functional import FunctionalNode
from cadet.model.measurement import Purpose
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


def beside_more(c) -> float:
    """It adds its own time; where another option adds much more that is a small share, and as long as ever."""
    return 1 + (2.0 if c["iops"] == 200 else 0.0) + (10.0 if c["o1"] else 0.0)


ALONE = [factors, sums, beside_more]


@pytest.mark.parametrize("cost", ALONE)
def test_causes_that_act_alone_are_not_joined(cost):
    for seed in (1, 2, 3):
        found, _ = ask(cost, seed, 1.9, probes=2)
        assert found.verdict is Verdict.CONFIRMED
        assert found.functional == ()


def test_the_other_option_may_bring_options_of_its_own():
    """A log has checkpoints, a rollback journal has none: where the disk is blamed, the harm is the journal's too.

    Where the fix is another journal nothing can be told, as its checkpoints would act beside it.
    """
    checkpoint = Option("checkpoint", Choice((100, 1000), ordered=True), 1000, when=Expression("journal == 'wal'"))
    space = Space((*SPACE.options, checkpoint))
    question = Question("test", (LATENCY,), space.default, (Goal(LATENCY, 1.5),), probes=2)
    blamed = []
    for seed in range(1, 13):
        found = debug(noisy(space, both, 0.04, seed, shocks=0.05), question, np.random.default_rng(seed))
        assert found.verdict is Verdict.CONFIRMED
        blamed.append({change.option for change in found.fixes[0].changes})
        named = [set(node.options) for node in found.functional]
        assert named == ([{"iops", "journal"}] if blamed[-1] == {"iops"} else [])
    assert blamed.count({"iops"}) >= 3


def at_hand(cost, seed: int, n: int = 60) -> tuple[FunctionalNode, ...]:
    """What n configurations foretell where nothing can be run."""
    laboratory, rng = noisy(SPACE, cost, 0.05, seed, shocks=0.05, repeats=2), np.random.default_rng(seed)
    question = Question("test", (LATENCY,), SPACE.default, (Goal(LATENCY, 1.9),))
    design = initial_design(SPACE, SPACE.default, n, rng, frozenset())
    laboratory.measure([SPACE.default], Purpose.FAULT)
    laboratory.measure([*design.near, *design.sample], Purpose.DESIGN)
    search, belief = expectation(question, question.goals, laboratory.runs(), SPACE, noiseless=False)
    fix = predicted_fixes(search, belief)[0].configuration
    return foreseen_nodes(search, belief, fix, frozenset(SPACE.by_name))


def test_measurements_at_hand_tell_what_acts_only_together():
    seen = [at_hand(both, seed) for seed in range(5)]
    assert all(len(nodes) == 1 and set(nodes[0].options) == {"iops", "journal"} for nodes in seen)
    assert all(node.together.low > 1 and node.apart.high < 0.5 and node.apart.reason for (node,) in seen)


@pytest.mark.parametrize("cost", ALONE)
def test_measurements_at_hand_join_no_causes_that_act_alone(cost):
    """Of 200 such worlds of each kind, with 30 and with 60 configurations, none was told to have a joint cause."""
    assert not any(at_hand(cost, seed, n) for seed in range(10) for n in (30, 60))


def test_nothing_is_tested_where_nobody_asks_or_the_budget_is_spent():
    found, _ = ask(both, 1, 1.5)
    spent = found.counts.total
    assert found.functional == ()
    within, _ = ask(both, 1, 1.5, probes=2, budget=spent)
    assert within.counts.total <= spent


def test_a_partner_that_seems_improbable_is_looked_at_while_the_budget_lasts(monkeypatch):
    """The model gave the joint effect of a limit and a journal 5 %; which comes first is left to it all the same."""
    monkeypatch.setattr(partners, "_chance", lambda *_: 0.01)
    for seed in (1, 2, 3):
        found, _ = ask(both, seed, 1.5, probes=4)
        (node,) = found.functional
        assert set(node.options) == {"iops", "journal"}


@pytest.mark.parametrize("cost", [both, factors])
def test_the_search_is_over_before_anything_is_looked_at(cost):
    plain, _ = ask(cost, 4, 1.9)
    looked, _ = ask(cost, 4, 1.9, probes=4)
    assert (plain.fixes[0].changes, plain.fixes[0].measured) == (looked.fixes[0].changes, looked.fixes[0].measured)
    assert plain.ablations == looked.ablations
    assert plain.counts.probes == 0 < looked.counts.probes <= 8
    assert looked.counts.total - looked.counts.probes == plain.counts.total


def test_a_partner_that_takes_no_harm_away_costs_three_pairs():
    found, laboratory = ask(factors, 5, 1.9, probes=3)
    assert len(found.fixes[0].changes) == 1
    pairs = Counter(run.configuration for run in laboratory.runs() if run.purpose is Purpose.ABLATION)
    assert set(pairs.values()) == {SCREEN}
    assert len(pairs) == 6


# What a harm of 3 is and what is left of it where the other option adds its own: costs with and without, there.
@pytest.mark.parametrize(("there", "share"), [((6, 2), 2.0), ((5, 3), 1.0), ((13, 11), 1.0), ((1, 1), 0.0)])
def test_a_share_is_that_of_the_scale_which_shows_most_of_it(there, share):
    without, fixed = map(float, there)
    left = share_left(np.log(3), np.log(without / fixed), np.log(fixed))
    assert left == pytest.approx(share, abs=1e-4)


@given(st.floats(0.05, 4), st.floats(0.05, 4), st.floats(0.1, 3), st.floats(0.3, 1))
def test_what_adds_up_on_a_scale_leaves_all_of_the_harm(harm, other, base, power):
    """Whatever the scale between seconds and their logarithm: there the two do not know of each other."""
    fix, back, fixed, without = (np.log(v) / power for v in (base, base + harm, base + other, base + harm + other))
    assert share_left(back - fix, without - fixed, fixed - fix) > 0.9


def test_an_other_value_that_is_slower_by_itself_hides_nothing():
    """A sixth slower where nothing is limited: a third of the harm is left on the worst scale, and not more for it."""
    same, slower = (share_left(np.log(23), np.log(2.6), dearer) for dearer in (0.0, np.log(7 / 6)))
    assert same == pytest.approx(slower)


WAYS = {
    "its way and one beside it": ((("a", "y"), ("a", "e", "y"), ("b", "f", "y")), ("y",)),
    "a common event": ((("a", "e", "y"), ("b", "e", "y")), ("e",)),
    "the other has no way": ((("a", "e", "y"),), ("e",)),
    "neither has a way": ((), ("y",)),
}


@pytest.mark.parametrize(("paths", "into"), WAYS.values(), ids=WAYS)
def test_values_act_together_on_what_both_lead_to(paths, into):
    node = FunctionalNode("a == 1 and b == 2", ("a", "b"), "y@load=1", Estimate(1.0), Estimate(0.0), 3)
    (placed_node,) = placed([node], [RootCause("a", node.expression, paths=paths)])
    assert placed_node.into == into


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
