from __future__ import annotations

import numpy as np
import pytest

from cadet.debugging import Question, Session, debug
from cadet.debugging.belief import Belief
from cadet.debugging.design import Design
from cadet.errors import MeasurementError
from cadet.model.diagnosis import Verdict
from cadet.model.domain import Choice
from cadet.model.measurement import Purpose, Run, Status
from cadet.model.objective import Goal
from cadet.model.option import Configuration, Context, Option
from cadet.model.space import Space
from cadet.testing.laboratory import FunctionLaboratory
from cadet.testing.worlds import world
from tests.debugging.systems import LATENCY, SIZE, mixed, noisy, switches, turn_on


def two_causes(c) -> float:
    return 0.5 * (3.0 if not c["o2"] else 1.0) * (2.0 if not c["o5"] else 1.0)


def session(laboratory, *goals: Goal, fault=None, seed: int = 1, **more) -> Session:
    question = Question("test", (LATENCY,), fault or laboratory.space.default, goals, **more)
    return debug(laboratory, question, np.random.default_rng(seed))


def test_the_smallest_fix_is_found_confirmed_and_each_change_ablated():
    found = session(noisy(switches(10), two_causes, 0.05, 1, shocks=0.05), Goal(LATENCY, 0.6))
    assert found.verdict is Verdict.CONFIRMED
    assert {c.option for c in found.fixes[0].changes} == {"o2", "o5"}
    assert {o: e["latency"].excludes_zero for o, e in found.ablations.items()} == {"o2": True, "o5": True}
    assert found.counts.total <= 40


@pytest.mark.parametrize("goals", [(), (Goal(LATENCY, 1.9),)])
def test_the_same_answers_lead_to_the_same_questions(goals):
    runs = []
    for _ in range(2):
        laboratory = noisy(mixed(), lambda c: 2.0 - (c["journal"] == "wal") / c["batch"], 0.05, 1)
        session(laboratory, *goals, initial=14, budget=20)
        runs.append([(r.configuration, r.purpose) for r in laboratory.runs()])
    assert runs[0] == runs[1]


def test_the_budget_is_never_exceeded():
    for budget in (1, 7, 30):
        laboratory = noisy(switches(10), two_causes, 0.05, 2)
        found = session(laboratory, Goal(LATENCY, 0.6), budget=budget)
        distinct = {r.configuration for r in laboratory.runs()} - {laboratory.space.default}
        assert found.counts.total == len(distinct) <= budget


def test_the_design_ends_with_rows_between_the_fault_and_the_best_random_row():
    laboratory = noisy(switches(20), two_causes, 0.02, 4)
    found = session(laboratory, Goal(LATENCY, 0.6))
    design = [r for r in laboratory.runs() if r.purpose in (Purpose.DESIGN, Purpose.NEIGHBOUR)]
    rows = list(dict.fromkeys(r.configuration for r in design))
    random = {r.configuration for r in design if r.purpose is Purpose.DESIGN}
    crossed = rows[-10:]
    assert (len(rows), len(random), found.counts.initial) == (25, 10, 25)
    best = min(random, key=lambda c: np.median([r.values["latency"] for r in design if r.configuration == c]))
    assert not random & set(crossed)
    assert all(c[name] in (laboratory.space.default[name], best[name]) for c in crossed for name in c)


def test_a_goal_that_comes_from_the_design_needs_all_of_its_random_rows():
    laboratory = noisy(switches(20), two_causes, 0.02, 4)
    session(laboratory)
    random = {r.configuration for r in laboratory.runs() if r.purpose is Purpose.DESIGN}
    assert len(random) == 20


def test_where_no_random_row_meets_the_goal_yet_more_are_random():
    laboratory = noisy(switches(12), lambda c: 1.0, 0.05, 5)
    found = session(laboratory, Goal(LATENCY, 0.5))
    random = {r.configuration for r in laboratory.runs() if r.purpose is Purpose.DESIGN}
    assert (len(random), found.counts.initial, found.verdict) == (15, 25, Verdict.NO_EFFECT)


def test_a_fault_that_meets_the_goal_is_none_and_costs_nothing_more():
    laboratory = noisy(switches(10), two_causes, 0.05, 3)
    found = session(laboratory, Goal(LATENCY, 5.0))
    assert found.verdict is Verdict.NO_FAULT
    assert found.counts.total == 0


def test_what_was_not_accepted_is_predicted_and_never_measured():
    cost = lambda c: {"delete": 2.0, "wal": 1.8, "off": 0.5}[c["journal"]]  # noqa: E731
    laboratory = noisy(mixed(), cost, 0.05, 4)
    found = session(laboratory, Goal(LATENCY, 1.0), initial=10, budget=20)
    assert found.verdict is not Verdict.CONFIRMED
    assert not any(mixed().consent(r.configuration) for r in laboratory.runs())
    assert found.with_consent
    assert all(fix.consent == {"durability"} and fix.pairs == 0 for fix in found.with_consent)
    accepted = session(noisy(mixed(), cost, 0.05, 4), Goal(LATENCY, 1.0), initial=10, budget=20,
                       accepted=frozenset({"durability"}))  # fmt: skip
    assert accepted.verdict is Verdict.CONFIRMED
    assert {c.option: c.after for c in accepted.fixes[0].changes} == {"journal": "off"}


def test_a_fault_that_always_times_out_is_fixed():
    slow = lambda c: 60.0 if not c["o2"] else 1.0  # noqa: E731
    laboratory = noisy(switches(6), slow, 0.05, 5, timeout_s=10.0)
    found = session(laboratory, Goal(LATENCY, 2.0), budget=30)
    assert found.verdict is Verdict.CONFIRMED
    assert {c.option for c in found.fixes[0].changes} == {"o2"}


def test_configurations_that_crash_are_avoided():
    def respond(values, rng):
        if values["o0"]:
            raise RuntimeError("out of memory")
        return {"latency": two_causes(values) * float(np.exp(rng.normal(0, 0.05)))}

    laboratory = FunctionLaboratory(switches(8), respond, np.random.default_rng(6))
    found = session(laboratory, Goal(LATENCY, 0.6))
    assert found.verdict is Verdict.CONFIRMED
    crashed = [r for r in laboratory.runs() if r.purpose is Purpose.PROPOSAL and r.status is Status.FAILED]
    assert len(crashed) <= 3


def test_a_fault_that_cannot_be_applied_is_an_error():
    class Refusing(FunctionLaboratory):
        def run(self, configuration, level, purpose):
            return Run(configuration, Status.APPLY_FAILED, message="clock refused")

    laboratory = Refusing(switches(2), lambda v, r: {}, np.random.default_rng(1))
    with pytest.raises(MeasurementError, match="clock refused"):
        session(laboratory, Goal(LATENCY, 1.0))


def test_where_every_run_crashes_the_error_says_so():
    def respond(values, rng):
        raise RuntimeError("segmentation fault")

    laboratory = FunctionLaboratory(switches(4), respond, np.random.default_rng(1))
    said = r"no run reported 'latency': every run failed \(\d+ failed\); the last one said: segmentation fault"
    with pytest.raises(MeasurementError, match=said):
        session(laboratory, Goal(LATENCY, 1.0))
    with pytest.raises(MeasurementError, match=said):
        session(laboratory)


def test_where_every_run_times_out_and_no_bound_is_known_the_error_says_so():
    laboratory = noisy(switches(4), lambda c: 50.0, 0.05, 1, objective="size", timeout_s=10.0)
    question = Question("test", (SIZE,), laboratory.space.default, (Goal(SIZE, 1.0),))
    with pytest.raises(MeasurementError, match="no end after 10"):
        debug(laboratory, question, np.random.default_rng(1))


def test_a_recorded_fault_without_a_value_is_no_fault_that_can_be_fixed():
    space = switches(4)

    def respond(values, rng):
        if not values["o0"]:
            raise RuntimeError("no space left on device")
        return {"latency": 1.0}

    laboratory = FunctionLaboratory(space, respond, np.random.default_rng(1), repeats=1, noiseless=True)
    with pytest.raises(MeasurementError, match=r"fault has no value of 'latency': .* no space left on device"):
        session(laboratory, Goal(LATENCY, 2.0))


def test_the_goal_is_met_at_every_level_of_the_context():
    space = Space(switches(6).options, context=(Context("rows", Choice((1, 10), ordered=True)),))
    cost = lambda v: v["rows"] * two_causes_small(v)  # noqa: E731
    found = session(noisy(space, cost, 0.05, 7), budget=40)
    assert {g.label for g in found.goals} == {"latency@rows=1", "latency@rows=10"}
    assert found.verdict is Verdict.CONFIRMED
    assert set(found.fixes[0].measured) == {"latency@rows=1", "latency@rows=10"}


def two_causes_small(c) -> float:
    return 0.5 * (3.0 if not c["o2"] else 1.0) * (2.0 if not c["o4"] else 1.0)


def test_an_option_that_exists_only_under_another_is_not_in_the_way():
    cost = lambda c: 2.0 if c["journal"] != "wal" else 1.0 + (c["checkpoint"] == 100)  # noqa: E731
    found = session(noisy(mixed(), cost, 0.05, 8), Goal(LATENCY, 1.3), budget=40)
    assert found.verdict is Verdict.CONFIRMED
    assert "journal" in {c.option for c in found.fixes[0].changes}


def null(seed: int, *goals: Goal) -> Session:
    laboratory = noisy(switches(8), lambda c: 1.0, 0.2, seed)
    return session(laboratory, *goals, seed=seed, initial=20, budget=30)


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_never_called_a_fix(seed):
    found = null(seed)
    assert found.verdict in (Verdict.NO_EFFECT, Verdict.INCONCLUSIVE, Verdict.NO_FAULT)
    if found.verdict is Verdict.NO_EFFECT:
        assert (found.smallest_detectable_effect["latency"] or 0.0) > 0.1  # of 20 % noise, three runs each


@pytest.mark.slow
def test_noise_is_never_called_a_fix_in_fifty_studies():
    verdicts = [null(seed).verdict for seed in range(50)]
    assert Verdict.CONFIRMED not in verdicts
    assert verdicts.count(Verdict.NO_EFFECT) >= 30


def fault_of_a_world(family: str, seed: int) -> tuple[FunctionLaboratory, Configuration, Goal]:
    """A fault beyond the 99th percentile of a world, and the goal of the best tenth."""
    one, objective = world(family, seed), world(family, seed).objectives[0]
    rng = np.random.default_rng(seed)
    rows = [one.space.configuration({o.name: o.domain.from_unit(rng.random()) for o in one.space.options})
            for _ in range(400)]  # fmt: skip
    rows = [c for c in rows if one.space.permits(c, frozenset())]
    rows.sort(key=lambda c: one.expected(c, objective.name), reverse=objective.direction == "max")
    goal = Goal(objective, one.expected(rows[len(rows) // 10], objective.name))
    respond = lambda v, r: one.simulate(Configuration({k: v[k] for k in one.space.names}), r)  # noqa: E731
    return FunctionLaboratory(one.space, respond, np.random.default_rng(seed)), rows[-2], goal


@pytest.mark.slow
def test_the_faults_of_worlds_with_known_truth_are_usually_fixed_with_few_changes():
    fixed = []
    for family in ("additive", "thresholds", "interacting", "chain"):
        for seed in range(5):
            laboratory, fault, goal = fault_of_a_world(family, seed)
            question = Question(family, (goal.objective,), fault, (goal,))
            found = debug(laboratory, question, np.random.default_rng(seed))
            if found.verdict is Verdict.CONFIRMED:
                truth = world(family, seed).expected(found.fixes[0].configuration, goal.objective.name)
                assert goal.met_by(truth)
                fixed.append(len(found.fixes[0].changes))
    assert len(fixed) >= 15
    assert np.median(fixed) <= 5


def test_a_value_with_an_option_of_one_level_is_no_trouble():
    space = Space((*switches(6).options, Option("fixed", Choice(("only",)), "only")))
    assert (
        session(noisy(space, lambda c: 1.0 + (not c["o2"]), 0.05, 9), Goal(LATENCY, 1.2)).verdict is Verdict.CONFIRMED
    )
    assert turn_on(space, "o2")["fixed"] == "only"


def test_after_three_in_vain_every_other_proposal_takes_back_a_half_a_quarter_an_eighth_of_a_large_success():
    names = [f"o{i}" for i in range(40)]
    laboratory = noisy(switches(40), lambda c: 1.0 if all(c[n] for n in names[:7]) else 3.0, 0.02, 6)
    every = turn_on(laboratory.space, *names)
    rows = [turn_on(laboratory.space, *names[i::3]) for i in range(3)]
    question = Question("test", (LATENCY,), laboratory.space.default, (Goal(LATENCY, 1.5),), budget=20)
    debug(laboratory, question, np.random.default_rng(1), design=Design((every, *rows), ()))
    proposed = [r.configuration for r in laboratory.runs() if r.purpose is Purpose.PROPOSAL]
    sizes = [sum(bool(c[n]) for n in names) for c in dict.fromkeys(proposed)]
    assert (sizes[3], sizes[5], sizes[7]) == (20, 30, 35)


def test_what_is_told_of_the_goal_does_not_change_what_is_searched(monkeypatch):
    def searched() -> tuple[list[Configuration], list[float]]:
        laboratory = noisy(switches(10), two_causes, 0.05, 1)
        found = session(laboratory, Goal(LATENCY, 0.6))
        return [r.configuration for r in laboratory.runs()], [chance for chance, _ in found.promises]

    before, told = searched()
    monkeypatch.setattr(Belief, "stated", lambda self, configurations: np.full(len(configurations), 0.123))
    after, constant = searched()
    assert before == after
    assert told
    assert 0.123 not in told
    assert set(constant) == {0.123}
