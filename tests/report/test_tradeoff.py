"""The front: nothing on it is beaten, everything else is, whatever is minimised or maximised."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadet.model.objective import Objective
from cadet.report import tradeoff
from cadet.report.tradeoff_chart import tradeoff_chart
from tests.report import stories

VALUES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30)


def better(one: float, other: float, objective: Objective) -> bool:
    return one < other if objective.direction == "min" else one > other


@pytest.mark.parametrize(("x", "y"), [*product((Objective("a"), Objective("b", direction="max")), repeat=2)])
@given(values=VALUES)
def test_the_front_is_what_nothing_beats(x: Objective, y: Objective, values: list[tuple[float, float]]) -> None:
    front = tradeoff.nondominated(values, x, y)

    def beaten(i: int) -> bool:
        return any(
            not better(values[i][0], a, x)
            and not better(values[i][1], b, y)
            and (better(a, values[i][0], x) or better(b, values[i][1], y))
            for a, b in values
        )

    assert set(front) == {i for i in range(len(values)) if not beaten(i)}
    assert [values[i][0] for i in front] == sorted(values[i][0] for i in front)


def test_every_pair_of_objectives_has_its_chart_with_fault_and_fix_named() -> None:
    shown = tradeoff.tradeoffs(stories.several_objectives())
    named = {(t.x.label, t.y.label) for t in shown}
    assert ("size", "throughput") in named and ("latency@rows=1000", "latency@rows=10000") not in named
    drawn = tradeoff_chart(next(t for t in shown if (t.x.label, t.y.label) == ("size", "throughput")))
    assert 'class="label fault"' in drawn.plot and 'class="label fix"' in drawn.plot
    assert "less is better" in drawn.footer and "more is better" in drawn.axis_name


def test_one_objective_has_no_tradeoff() -> None:
    assert tradeoff.tradeoffs(stories.story()) == ()


def test_a_run_that_was_cut_off_has_no_place_on_the_front() -> None:
    story = stories.several_objectives()
    for shown in tradeoff.tradeoffs(story):
        assert all(c.x < 20 or shown.x.objective.name != "latency" for c in shown.candidates)


def test_what_was_only_measured_is_traded_without_a_goal_of_its_own() -> None:
    told = stories.story()
    runs = tuple(replace(run, values={**run.values, "cpu": 1.0 / (1 + i)}) for i, run in enumerate(told.runs) if run.ok)
    (shown,) = tradeoff.tradeoffs(replace(told, runs=runs))
    assert (shown.x.label, shown.y.label, shown.y_aimed) == ("latency", "cpu", False)
    drawn = tradeoff_chart(shown)
    assert drawn.plot.count('class="goal"') == 1 and "nan" not in drawn.plot
