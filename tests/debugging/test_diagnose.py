from __future__ import annotations

import numpy as np

from cadet.causal.dataset import build
from cadet.causal.discovery import learn
from cadet.debugging.diagnose import diagnose
from cadet.debugging.question import Question
from cadet.model.diagnosis import Diagnosis, Verdict
from cadet.model.domain import Choice
from cadet.model.measurement import Purpose, Run, Status
from cadet.model.objective import Goal
from cadet.model.option import Context
from cadet.model.space import Space
from tests.debugging.systems import LATENCY, switches


def diagnosed(space: Space, runs: list[Run], goal: float) -> Diagnosis:
    rng = np.random.default_rng(1)
    dataset = build(runs, space, [LATENCY])
    question = Question("test", (LATENCY,), space.default, (Goal(LATENCY, goal),))
    return diagnose(question, space.levels(), runs, space, dataset, learn(dataset, rng), rng)


def noise(space: Space) -> list[Run]:
    """The fault, 31 other configurations and one that could not be run, of a device that ignores its options."""
    rng = np.random.default_rng(2)
    every = [space.configuration({n: bool(i >> k & 1) for k, n in enumerate(space.names)}) for i in range(32)]
    runs = [Run(c, Status.OK, {"latency": float(np.exp(rng.normal(0, 0.1)))}) for c in every]
    return [*runs, Run(space.configuration({"o5": True}), Status.INFEASIBLE)]


def test_a_fault_that_meets_its_goal_is_none_even_where_no_option_matters():
    runs = noise(switches(6))
    assert diagnosed(switches(6), runs, 100.0).verdict is Verdict.NO_FAULT
    assert diagnosed(switches(6), runs, 0.1).verdict is Verdict.NO_EFFECT


def test_configurations_are_counted_as_in_a_session_besides_the_fault_and_what_could_not_be_run():
    counts = diagnosed(switches(6), noise(switches(6)), 0.1).counts
    assert (counts.total, counts.runs, counts.infeasible) == (31, 32, 1)


def test_options_that_never_vary_are_said_to_be_so():
    space = Space(switches(2).options, context=(Context("rows", Choice((1, 10), ordered=True)),))
    rng = np.random.default_rng(3)
    told = [{"latency": 1 + rng.random(), "faults": rng.random()} for _ in range(24)]
    runs = [Run(space.default, Status.OK, v, space.levels()[i % 2], Purpose.IMPORTED) for i, v in enumerate(told)]
    found = diagnosed(space, runs, 0.5)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.notes == ("no option was varied, so none can be seen to matter",)
