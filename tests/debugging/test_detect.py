from __future__ import annotations

import pytest

from cadet.debugging.detect import fault_reproduces, resolve_goals
from cadet.errors import MeasurementError
from cadet.model.measurement import Purpose, Run, Status, measurements
from cadet.model.objective import Goal, Objective
from cadet.model.option import NO_CONTEXT, Configuration
from tests.debugging.systems import LATENCY, RATE


def design(name: str, values: list[float], fault: float) -> list[Run]:
    runs = [Run(Configuration({"x": i}), Status.OK, {name: v}) for i, v in enumerate(values)]
    return [*runs, Run(FAULT, Status.OK, {name: fault}, purpose=Purpose.FAULT)]


FAULT = Configuration({"x": "fault"})
TEN = [float(i) for i in range(1, 21)]


def goal(objective: Objective, runs: list[Run], *given: Goal) -> Goal:
    (found,) = resolve_goals([objective], given, runs, FAULT, [NO_CONTEXT])
    return found


def test_the_goal_of_the_user_comes_first_then_the_slo():
    limited = Objective("latency", "s", slo=0.5)
    runs = design("latency", TEN, 100)
    assert goal(limited, runs, Goal(limited, 0.3)) == Goal(limited, 0.3, "user")
    assert goal(limited, runs) == Goal(limited, 0.5, "slo")


def test_without_a_goal_the_median_of_the_design_is_asked_for():
    assert goal(LATENCY, design("latency", TEN, 100)) == Goal(LATENCY, 10.0, "median")


def test_where_the_fault_meets_the_median_the_best_tenth_is_asked_for():
    assert goal(LATENCY, design("latency", TEN, 9)) == Goal(LATENCY, 2.0, "p10")


def test_an_objective_to_be_maximised_is_turned_around():
    assert goal(RATE, design("rate", TEN, 1)) == Goal(RATE, 11.0, "median")
    assert goal(RATE, design("rate", TEN, 12)) == Goal(RATE, 19.0, "p10")


def test_timeouts_count_as_worst():
    lost = [Run(Configuration({"x": -i}), Status.TIMED_OUT, timeout_s=20.0) for i in range(1, 11)]
    assert goal(LATENCY, [*design("latency", TEN, 100), *lost]).threshold == 15.0


def test_where_most_configurations_never_end_the_goal_is_one_that_ended():
    lost = [Run(Configuration({"x": -i}), Status.TIMED_OUT, timeout_s=20.0) for i in range(1, 41)]
    assert goal(LATENCY, [*design("latency", TEN, 100), *lost]).threshold == 20.0


def test_neighbours_of_the_fault_are_no_random_sample():
    near = [Run(Configuration({"x": -i}), Status.OK, {"latency": 90.0}, purpose=Purpose.NEIGHBOUR) for i in range(99)]
    assert goal(LATENCY, [*design("latency", TEN, 100), *near]).threshold == 10.0


def test_a_goal_is_taken_at_every_level():
    levels = [Configuration({"rows": 10}), Configuration({"rows": 1000})]
    runs = [Run(Configuration({"x": i}), Status.OK, {"latency": v * level["rows"]}, level)
            for i, v in enumerate(TEN) for level in levels]  # fmt: skip
    goals = resolve_goals([LATENCY], [], runs, FAULT, levels)
    assert {g.label: g.threshold for g in goals} == {"latency@rows=10": 100.0, "latency@rows=1000": 10_000.0}


def test_a_design_without_a_value_is_an_error_that_says_what_to_do():
    runs = [Run(Configuration({"x": 1}), Status.FAILED, message="no such file")]
    with pytest.raises(MeasurementError, match=r"the last one said: no such file\), .* --goal"):
        goal(LATENCY, [*runs, Run(FAULT, Status.OK, {"latency": 1.0}, purpose=Purpose.FAULT)])
    with pytest.raises(MeasurementError, match=r"every run failed \(1 failed\); the last one said: no such file$"):
        goal(LATENCY, runs)


@pytest.mark.parametrize(("values", "is_fault"), [([1.0, 1.0, 3.0], False), ([1.0, 3.0, 3.0], True)])
def test_the_typical_run_decides_whether_the_fault_reproduces(values, is_fault):
    runs = [Run(FAULT, Status.OK, {"latency": v}) for v in values]
    assert fault_reproduces([Goal(LATENCY, 2.0)], measurements(runs)) is is_fault


def test_a_fault_that_times_out_is_a_fault():
    runs = [Run(FAULT, Status.TIMED_OUT, timeout_s=1.0)] * 3
    assert fault_reproduces([Goal(LATENCY, 2.0)], measurements(runs))
