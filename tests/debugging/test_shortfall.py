from __future__ import annotations

import math

import numpy as np
import pytest

from cadet.debugging.detect import meets
from cadet.debugging.shortfall import shortfall
from cadet.model.measurement import Run, Status, measurements
from cadet.model.objective import Goal
from cadet.model.option import Configuration
from tests.debugging.systems import LATENCY, RATE


@pytest.mark.parametrize(
    ("values", "beyond"), [((2.0, 2.0), 0.0), ((4.0, 4.0), math.log(2)), ((1.0, 1.5, 9.0), math.log(0.75))]
)
def test_the_shortfall_is_the_typical_cost_beyond_the_goal(values, beyond):
    runs = [Run(Configuration({"o": 1}), Status.OK, {"latency": v}) for v in values]
    goal = Goal(LATENCY, 2.0)
    cells = measurements(runs)
    assert shortfall([goal], cells, runs) == pytest.approx(beyond)
    assert meets([goal], cells) == (shortfall([goal], cells, runs) <= 0)


def test_of_several_goals_the_one_missed_most_counts_and_what_is_unknown_is_beyond_everything():
    runs = [Run(Configuration({"o": 1}), Status.OK, {"latency": 2.0, "rate": 10.0})]
    slow, rate = Goal(LATENCY, 2.0), Goal(RATE, 20.0)
    assert shortfall([slow, rate], measurements(runs), runs) == pytest.approx(math.log(2.0))
    lost = [Run(Configuration({"o": 1}), Status.FAILED)]
    assert shortfall([slow], measurements(lost), lost) == math.inf
    assert shortfall([slow], [], runs) == math.inf


def test_where_an_objective_has_no_ratio_the_unit_is_the_spread_of_all_runs():
    values = [-1000.0, 0.0, 1000.0]
    runs = [Run(Configuration({"o": i}), Status.OK, {"latency": v}) for i, v in enumerate(values)]
    last = measurements(runs)[-1:]
    assert shortfall([Goal(LATENCY, 0.0)], last, runs) == pytest.approx(1000.0 / np.std(values))
