"""Faults are faulty, goals are what they say, and the noise is on top of the truth."""

from __future__ import annotations

import numpy as np
import pytest

from cadet.bench.case import VISIBLE, cases
from cadet.bench.counting import Counting
from cadet.bench.engine import engine, from_shared_sample
from cadet.bench.plan import FIRST, Cell, Plan, System, case_of
from cadet.bench.population import population
from cadet.bench.recorded import device, recordings
from cadet.bench.strategy import initial_sample
from cadet.bench.worlds import WorldOracle
from cadet.model.measurement import Purpose, Status
from cadet.testing.worlds import frozen_families, frozen_world

FAMILIES = frozen_families()


@pytest.mark.parametrize("family", [f for f in FAMILIES if f != "idle"])
@pytest.mark.parametrize("goal", ["median", "p10"])
def test_a_fault_is_among_the_worst_and_the_goal_is_met_by_the_share_it_says(family: str, goal: str) -> None:
    case = case_of(System(family, 0), goal, 0, "dev")
    assert case is not None
    people = population(case.oracle, 99)  # another sample than the goals were taken from
    share = {"median": 0.5, "p10": 0.1}[goal]
    assert (people.costs <= case.thresholds).all(axis=1).mean() > share - 0.03
    if len(case.oracle.columns) == 1:  # where many configurations have the same cost, the goal lies just beyond it
        largest = people.costs[people.costs <= case.thresholds].max()
        assert (people.costs < largest).mean() < share + 0.03
    assert ((case.fault_costs - case.thresholds) / np.abs(case.thresholds)).max() >= VISIBLE
    if len(case.oracle.columns) == 1:
        assert (people.costs[people.runs] > case.fault_costs).mean() < 0.015
    assert not case.meets([case.question.fault])[0]


def test_where_nothing_has_an_effect_no_fix_is_right() -> None:
    case = case_of(System("idle", 0), "median", 0, "dev")
    assert case is not None and case.minimal is None
    codes = case.oracle.grid.random(300, np.random.default_rng(0))
    assert not any(case.meets(case.oracle.grid.decode(codes)))


def test_a_world_whose_objective_has_no_value_is_replaced_by_another() -> None:
    seed = FIRST["report"] + 6
    oracle = WorldOracle(frozen_world("idle", seed))
    with np.errstate(invalid="ignore"):
        assert not list(cases(oracle, "median", 1, seed))
        case = case_of(System("idle", 6), "median", 0, "report")
    assert case is not None and np.isfinite(case.thresholds).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_middle_of_many_runs_is_the_truth(family: str) -> None:
    oracle = WorldOracle(frozen_world(family, 1))
    rng = np.random.default_rng(2)
    codes = oracle.grid.random(200, rng)
    codes = codes[np.isfinite(oracle.costs(codes)).all(axis=1)][:1]
    laboratory = oracle.laboratory(rng, 401)
    answers = laboratory.measure(oracle.grid.decode(codes), Purpose.DESIGN)
    for column, truth in zip(oracle.columns, oracle.costs(codes)[0], strict=True):
        (runs,) = [a.values(column.objective.name) for a in answers if a.level == column.level]
        logs = np.log(runs)
        spread = 1.25 * 1.48 * np.median(np.abs(logs - np.median(logs))) / np.sqrt(len(logs))
        shocks = 0.03 if family != "shaken" else 0.1  # shocks go one way, drift is not over after 401 runs
        assert abs(np.median(logs) - np.log(abs(truth))) < 4 * spread + shocks + 0.1 * (family == "drifting")


def test_configurations_beyond_a_limit_fail_in_truth_and_in_the_laboratory() -> None:
    oracle = WorldOracle(frozen_world("cliffs", 0))
    codes = oracle.grid.random(400, np.random.default_rng(0))
    lost = np.isinf(oracle.costs(codes)).any(axis=1)
    assert 0.01 < lost.mean() < 0.3
    answers = oracle.laboratory(np.random.default_rng(1), 5).measure(oracle.grid.decode(codes[lost]), Purpose.DESIGN)
    ended = [run.status for a in answers for run in a.runs]
    assert {Status.FAILED, Status.TIMED_OUT} >= set(ended) - {Status.OK}
    assert ended.count(Status.OK) < 0.3 * len(ended)  # only near the edge, by luck


def test_development_and_report_never_share_a_world() -> None:
    number, tries = 999, 39
    assert FIRST["dev"] + number + 1000 * tries < FIRST["report"]


def test_every_strategy_starts_from_the_same_sample() -> None:
    case = case_of(System("steps", 0), "median", 0, "dev")
    assert case is not None
    fresh, used = np.random.default_rng([5, 6]), np.random.default_rng([5, 6])
    used.random(1000)
    first = initial_sample(case.question, case.oracle.space, fresh)
    assert first == initial_sample(case.question, case.oracle.space, used)
    assert len(set(first)) == 25
    assert first != initial_sample(case.question, case.oracle.space, np.random.default_rng([5, 7]))


def test_the_engine_may_start_from_that_sample_or_from_its_own_design() -> None:
    case = case_of(System("hidden", 0), "median", 0, "dev")
    assert case is not None
    started = {}
    for strategy in (engine, from_shared_sample):
        laboratory = Counting(case.oracle.laboratory(np.random.default_rng(1), 1), case.question)
        claim = strategy(laboratory, case.question, np.random.default_rng([5, 6]))
        started[strategy] = set(laboratory.order[:25])
        assert len(laboratory.order) <= 55
        assert claim.claimed == (claim.fix is not None)
        assert {c for _, c in claim.promises} <= set(laboratory.order)
    shared = initial_sample(case.question, case.oracle.space, np.random.default_rng([5, 6]))
    assert started[from_shared_sample] == set(shared)
    assert started[engine] != started[from_shared_sample]


def test_warm_cases_bring_runs_of_the_source_and_ask_about_the_target() -> None:
    warm = case_of(System("steps", 0, "large"), "median", 0, "dev")
    assert warm is not None
    assert len({run.configuration for run in warm.earlier}) == 150
    source = WorldOracle(frozen_world("steps", warm.oracle.name and int(warm.oracle.name.split("-")[1])))
    codes = source.grid.random(500, np.random.default_rng(0))
    ours, theirs = warm.oracle.costs(codes)[:, 0], source.costs(codes)[:, 0]
    assert np.corrcoef(ours, theirs)[0, 1] < 0.99


def test_a_plan_asks_every_cell_once() -> None:
    plan = Plan(("cadet",), ("steps", "idle"), ("gpu_pnpoly_rtx3090",), worlds=2, faults=3, seeds=2)
    cells = list(plan.cells())
    assert len({c.key("cadet") for c in cells}) == len(cells) == 2 * 2 * (2 * 2 + 3)
    assert len({tuple(c.entropy) for c in cells}) == len(cells)


def test_the_seed_does_not_depend_on_the_strategy() -> None:
    cell = Cell(System("steps"), "median", 0, 0, "dev", 1)
    assert cell.key("a") != cell.key("b")
    assert cell.entropy == Cell(System("steps"), "median", 0, 0, "dev", 1).entropy


@pytest.fixture(scope="module")
def boards() -> None:
    if recordings() is None:
        pytest.skip("the recorded devices are not here; set CADET_RECORDED to their folder")


@pytest.mark.usefixtures("boards")
def test_a_recorded_fault_needs_as_many_changes_as_looking_through_all_rows_finds() -> None:
    oracle = device("jetson_tx2_xception_400")
    for case in cases(oracle, "p10", 4, 0):
        good = [c for c in oracle.rows if case.meets([c])[0]]
        changes = {c: frozenset(x.option for x in oracle.space.changes(case.question.fault, c)) for c in good}
        least = min(map(len, changes.values()))
        assert case.minimal is not None
        assert case.minimal.size == least
        assert set(case.minimal.sets) == {s for s in changes.values() if len(s) == least}


@pytest.mark.usefixtures("boards")
def test_an_exact_device_answers_with_its_rows_and_a_noisy_one_around_them() -> None:
    exact, noisy = device("gpu_pnpoly_rtx2080ti:exact"), device("gpu_pnpoly_rtx2080ti")
    some = list(exact.rows)[::400]
    rng = np.random.default_rng(0)
    for told, seen in zip(exact.laboratory(rng, 1).measure(some, Purpose.DESIGN),
                          noisy.laboratory(rng, 101).measure(some, Purpose.DESIGN), strict=True):  # fmt: skip
        truth = exact.rows[told.configuration]["duration_us"]
        assert told.values("duration_us").tolist() == [truth]
        assert np.median(seen.values("duration_us")) == pytest.approx(truth, rel=0.03)
        assert len(told.runs[0].values) > 10  # counters
