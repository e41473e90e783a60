"""The budget holds, and what was measured is counted in order."""

from __future__ import annotations

import numpy as np
import pytest

from cadet.bench.counting import Counting
from cadet.debugging.question import Question
from cadet.errors import BudgetSpent
from cadet.model.domain import Choice
from cadet.model.expression import Expression
from cadet.model.measurement import Purpose
from cadet.model.objective import Objective
from cadet.model.option import NO_CONTEXT, Configuration, Option
from cadet.model.space import Constraint, Space
from cadet.testing.laboratory import FunctionLaboratory

SPACE = Space(tuple(Option(n, Choice((0, 1, 2), ordered=True), 0) for n in "ab"),
              (Constraint(Expression("a + b < 4")),))  # fmt: skip
FAULT = SPACE.configuration({"a": 2})


def at(a: int, b: int) -> Configuration:
    return SPACE.configuration({"a": a, "b": b})


@pytest.fixture
def laboratory() -> Counting:
    inner = FunctionLaboratory(SPACE, lambda v, rng: {"latency": 1.0}, np.random.default_rng(0), repeats=2)
    return Counting(inner, Question("toy", (Objective("latency", "s"),), FAULT, budget=3))


def test_the_fault_and_what_is_infeasible_are_free(laboratory: Counting) -> None:
    laboratory.measure([FAULT, at(2, 2), at(0, 0)], Purpose.DESIGN)
    assert laboratory.order == [at(0, 0)]
    assert (laboratory.measured, laboratory.infeasible) == (6, 2)


def test_a_configuration_counts_once_in_the_order_it_came(laboratory: Counting) -> None:
    laboratory.measure([at(0, 1)], Purpose.DESIGN)
    laboratory.pair(FAULT, at(1, 0), NO_CONTEXT, Purpose.PAIR)
    laboratory.pair(FAULT, at(1, 0), NO_CONTEXT, Purpose.PAIR)
    laboratory.measure([at(0, 1), at(0, 0)], Purpose.PROPOSAL)
    assert laboratory.order == [at(0, 1), at(1, 0), at(0, 0)]
    assert laboratory.paired == 4


def test_nothing_is_run_beyond_the_budget(laboratory: Counting) -> None:
    laboratory.measure([at(0, 0), at(0, 1)], Purpose.DESIGN)
    before = len(laboratory.runs())
    with pytest.raises(BudgetSpent, match="2 configurations were measured and 2 more"):
        laboratory.measure([at(1, 0), at(1, 1)], Purpose.PROPOSAL)
    laboratory.measure([at(1, 0)], Purpose.PROPOSAL)
    with pytest.raises(BudgetSpent):
        laboratory.pair(FAULT, at(1, 1), NO_CONTEXT, Purpose.PAIR)
    assert len(laboratory.runs()) == before + 2
    laboratory.pair(FAULT, at(1, 0), NO_CONTEXT, Purpose.PAIR)  # what is known may be run as often as one likes
