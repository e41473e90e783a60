from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cadet.debugging import Question, debug
from cadet.debugging.design import random_configurations
from cadet.debugging.earlier import Earlier, source_of
from cadet.errors import UsageError
from cadet.model.diagnosis import Verdict
from cadet.model.domain import Choice
from cadet.model.measurement import Purpose, Run, Status
from cadet.model.objective import Goal
from cadet.model.option import Option
from cadet.model.space import Space
from cadet.testing.laboratory import FunctionLaboratory
from tests.debugging.systems import LATENCY, mixed, noisy, switches, turn_on

GOAL = Goal(LATENCY, 0.6)


def cost(on: dict[str, float]):
    """Return a latency that each of these switches divides by its factor."""
    return lambda c: 3.0 / float(np.prod([f for name, f in on.items() if c[name]]))


HERE = cost({"o2": 3.0, "o5": 2.0, "o7": 1.2})


def rows(laboratory: FunctionLaboratory, n: int, seed: int = 3) -> tuple[Run, ...]:
    """Measure a random design, as an earlier study did."""
    rng = np.random.default_rng(seed)
    some = [c for c, _ in zip(random_configurations(laboratory.space, rng, frozenset()), range(n), strict=False)]
    laboratory.measure(some, Purpose.DESIGN)
    return tuple(laboratory.runs())


def ask(laboratory: FunctionLaboratory, earlier: Earlier, *goals: Goal, fault=None, **more):
    question = Question("test", (LATENCY,), fault or laboratory.space.default, goals or (GOAL,), **more)
    return debug(laboratory, question, np.random.default_rng(1), earlier=earlier)


def elsewhere(like, n: int = 100, space: Space | None = None) -> Earlier:
    return Earlier(elsewhere=rows(noisy(space or switches(12), like, 0.05, 9), n), source="board-1")


def test_a_source_that_predicts_well_replaces_the_design():
    slower = lambda c: 2.5 * HERE(c) ** 1.1  # noqa: E731
    laboratory = noisy(switches(12), HERE, 0.05, 1, shocks=0.05)
    found = ask(laboratory, elsewhere(slower))
    assert found.verdict is Verdict.CONFIRMED
    assert {c.option for c in found.fixes[0].changes} == {"o2", "o5"}
    assert found.counts.total <= 8
    assert found.counts.initial == 0
    assert found.reuse.trusted
    assert any("board-1" in note for note in found.notes)


def test_a_source_that_misleads_is_dropped_and_the_answer_says_so():
    other = cost({"o1": 3.0, "o3": 2.0, "o8": 1.5})
    laboratory = noisy(switches(12), HERE, 0.05, 1, shocks=0.05)
    found = ask(laboratory, elsewhere(other))
    assert found.verdict is Verdict.CONFIRMED
    assert {c.option for c in found.fixes[0].changes} == {"o2", "o5"}
    assert not found.reuse.trusted
    assert found.counts.initial > 0
    assert any("dropped" in note for note in found.notes)


def test_after_two_proposals_in_vain_rows_of_the_design_come_between():
    other = cost({"o1": 3.0, "o3": 2.0, "o8": 1.5})
    laboratory = noisy(switches(12), HERE, 0.05, 1)
    found = ask(laboratory, elsewhere(other))
    first = {run.configuration: run.purpose for run in reversed(laboratory.runs())}
    order = [first[c] for c in dict.fromkeys(run.configuration for run in laboratory.runs())][1:5]
    assert order[:3] == [Purpose.PROPOSAL, Purpose.PROPOSAL, Purpose.DESIGN]
    assert found.counts.total <= 55
    sampled = [c for c, purpose in first.items() if purpose is Purpose.DESIGN]
    assert len(sampled) <= 20  # what came between is part of the design, not measured on top of it


def test_no_source_makes_a_fix_where_no_option_does_anything():
    for seed in range(2):
        laboratory = noisy(switches(12), lambda c: 3.0, 0.1, seed)
        found = ask(laboratory, elsewhere(HERE), budget=30)
        assert found.verdict is not Verdict.CONFIRMED
        assert found.counts.total <= 30


def test_without_a_goal_the_design_is_measured_all_the_same():
    found = ask_without_goal(noisy(switches(12), HERE, 0.05, 1), elsewhere(HERE))
    assert found.counts.initial == 25
    assert found.goals[0].source == "median"


def ask_without_goal(laboratory, earlier):
    question = Question("test", (LATENCY,), laboratory.space.default)
    return debug(laboratory, question, np.random.default_rng(1), earlier=earlier)


def test_the_same_answers_and_the_same_source_lead_to_the_same_questions():
    seen = []
    for _ in range(2):
        laboratory = noisy(switches(12), HERE, 0.05, 1)
        ask(laboratory, elsewhere(HERE))
        seen.append([(r.configuration, r.purpose) for r in laboratory.runs()])
    assert seen[0] == seen[1]


def test_rows_of_this_device_are_evidence_and_shorten_the_design():
    space = switches(12)
    known = rows(noisy(space, HERE, 0.05, 9), 30)
    fault = turn_on(space, "o3", "o9")
    laboratory = noisy(space, HERE, 0.05, 1)
    found = ask(laboratory, Earlier(here=known), fault=fault)
    assert found.verdict is Verdict.CONFIRMED
    assert {c.option for c in found.fixes[0].changes} == {"o2", "o5"}
    assert found.counts.initial == 5  # the neighbours of this fault; the random part is there
    assert found.counts.reused == len({r.configuration for r in known} - {r.configuration for r in laboratory.runs()})
    assert found.counts.total == len({r.configuration for r in laboratory.runs()} - {fault})


def test_what_an_earlier_session_was_allowed_is_not_allowed_now():
    speed = lambda c: {"delete": 2.0, "wal": 1.8, "off": 0.5}[c["journal"]]  # noqa: E731
    free = noisy(mixed(), speed, 0.05, 4)
    costly = [c for c in mixed().neighbours(mixed().default, frozenset({"durability"})) if mixed().consent(c)]
    free.measure(costly, Purpose.DESIGN)
    laboratory = noisy(mixed(), speed, 0.05, 5)
    found = ask(laboratory, Earlier(here=tuple(free.runs())), Goal(LATENCY, 1.0), initial=10, budget=20)
    assert found.verdict is not Verdict.CONFIRMED
    assert not any(mixed().consent(r.configuration) for r in laboratory.runs())


def test_options_that_only_one_side_has_are_left_out():
    wider = Space((*switches(12).options, Option("cores", Choice((1, 2, 4), ordered=True), 1)))
    laboratory = noisy(wider, HERE, 0.05, 1)
    source = source_of(elsewhere(HERE), wider, wider.default, (GOAL,))
    assert source.encoding.space.names == switches(12).names
    assert ask(laboratory, elsewhere(HERE)).verdict is Verdict.CONFIRMED


def test_a_source_predicts_what_was_measured_there():
    source = source_of(elsewhere(HERE, 150), switches(12), switches(12).default, (GOAL,))
    some = [turn_on(switches(12), *names) for names in (("o2",), ("o5",), ("o2", "o5"), ("o1",))]
    mean, variance = source.beyond_fault("latency", some)
    np.testing.assert_allclose(mean, np.log([HERE(c) / 3.0 for c in some]), atol=0.1)
    assert (variance < 0.1).all()


def test_a_study_with_nothing_in_common_is_refused():
    strange = noisy(Space((Option("colour", Choice(("red", "blue")), "red"),)), lambda c: 1.0, 0.05, 1)
    with pytest.raises(UsageError, match="board-2"):
        ask(noisy(switches(12), HERE, 0.05, 1), Earlier(elsewhere=rows(strange, 2), source="board-2"))
    few = elsewhere(HERE)
    other = tuple(replace(run, values={"size": 1.0}) for run in few.elsewhere)
    with pytest.raises(UsageError, match="latency"):
        ask(noisy(switches(12), HERE, 0.05, 1), replace(few, elsewhere=other))


def test_runs_that_did_not_end_well_are_not_learned_from():
    bad = tuple(Run(turn_on(switches(12), "o1"), Status.FAILED) for _ in range(5))
    earlier = elsewhere(HERE)
    source = source_of(replace(earlier, elsewhere=earlier.elsewhere + bad), switches(12), switches(12).default, (GOAL,))
    assert source.configurations <= 100
