"""Several objectives: goals met together, fixes that do not pay with another objective, what is left to trade."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from cadet.debugging import Question, Session, debug
from cadet.model.diagnosis import Diagnosis, Verdict
from cadet.model.objective import Goal, Objective
from cadet.model.reading import diagnosis_of
from cadet.protocols import Story
from cadet.report.compromise import tradeoff
from cadet.testing.laboratory import FunctionLaboratory
from tests.debugging.systems import LATENCY, switches

ENERGY = Objective("energy", "J")
FAST = Goal(LATENCY, 0.7)


def board(respond, seed: int, n: int = 10) -> FunctionLaboratory:
    """A device with two objectives, each with 4 % noise."""

    def run(values, rng):
        latency, energy = respond(values)
        return {"latency": latency * float(np.exp(rng.normal(0, 0.04))),
                "energy": energy * float(np.exp(rng.normal(0, 0.04)))}  # fmt: skip

    return FunctionLaboratory(switches(n), run, np.random.default_rng(seed))


def boost(c) -> tuple[float, float]:
    """o1 is fast and hungry, o2 saves."""
    return (0.5 if c["o1"] else 1.0), 10.0 * (1.6 if c["o1"] else 1.0) * (0.5 if c["o2"] else 1.0)


def either(c) -> tuple[float, float]:
    """o1 or o2 makes it fast; o1 is hungry."""
    return (0.5 if c["o1"] or c["o2"] else 1.0), 10.0 * (2.0 if c["o1"] else 1.0)


def ask(laboratory: FunctionLaboratory, objectives, goals, others=()) -> Session:
    question = Question("test", objectives, laboratory.space.default, goals, others=others)
    return debug(laboratory, question, np.random.default_rng(1))


def told(session: Session) -> Diagnosis:
    return Diagnosis(session.target, session.objectives, session.goals, session.verdict, session.fault, session.fixes,
                     pareto=session.pareto)  # fmt: skip


def of(diagnosis: Diagnosis) -> Story:
    return Story(diagnosis, switches(10), (), objectives=(LATENCY, ENERGY))


@pytest.mark.parametrize("seed", [1, 2])
def test_both_goals_are_met_or_it_is_no_fix(seed):
    found = ask(board(boost, seed), (LATENCY, ENERGY), (FAST, Goal(ENERGY, 9.0)))
    assert found.verdict is Verdict.CONFIRMED
    assert {c.option for c in found.fixes[0].changes} == {"o1", "o2"}
    assert set(found.fixes[0].measured) == {"latency", "energy"}
    taken_back = found.ablations
    assert taken_back["o1"]["latency"].excludes_zero
    assert taken_back["o2"]["energy"].excludes_zero


def test_goals_that_exclude_each_other_are_never_claimed():
    found = ask(board(boost, 3), (LATENCY, ENERGY), (FAST, Goal(ENERGY, 4.0)))
    assert found.verdict is not Verdict.CONFIRMED


@pytest.mark.parametrize("seed", range(4))
def test_of_two_fixes_of_one_size_the_one_that_costs_no_energy_is_chosen(seed):
    found = ask(board(either, seed), (LATENCY,), (FAST,), others=(ENERGY,))
    assert found.verdict is Verdict.CONFIRMED
    assert {c.option for c in found.fixes[0].changes} == {"o2"}


def test_what_is_on_the_front_meets_the_goals_and_none_of_it_beats_another():
    found = ask(board(boost, 4), (LATENCY,), (FAST,), others=(ENERGY,))
    assert found.fixes[0].configuration in [p.configuration for p in found.pareto]
    marks = [(len(p.changes), *(p.measured[name].estimate for name in ("latency", "energy"))) for p in found.pareto]
    assert all(not all(x <= y for x, y in zip(a, b, strict=True)) for a, b in permutations(marks, 2))
    assert all(boost(p.configuration)[0] <= FAST.threshold for p in found.pareto)


def test_the_trade_is_said_in_one_sentence_and_survives_the_json():
    found = told(ask(board(boost, 4), (LATENCY,), (FAST,), others=(ENERGY,)))
    said = tradeoff(of(found))
    assert said.count(".") <= 1 + said.count("0.")
    assert "energy" in said
    assert "o2" in said
    again = diagnosis_of(found.to_dict(), [LATENCY, ENERGY])
    assert again.pareto == found.pareto
    assert tradeoff(of(again)) == said


def test_one_objective_leaves_nothing_to_trade():
    found = ask(board(boost, 5), (LATENCY,), (FAST,))
    assert found.pareto == ()
    assert tradeoff(of(told(found))) == ""
