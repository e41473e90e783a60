"""When is it good enough, and is there a fault at all."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from cadet.debugging.cost import cost_of, costs
from cadet.debugging.ending import ending
from cadet.errors import MeasurementError
from cadet.model.measurement import Measurement, Purpose, Run, Status, measurements
from cadet.model.objective import Goal, Objective
from cadet.model.option import Configuration, Level

HARD = 0.10  # quantile of the initial design that is asked for where the fault already reaches the median


def resolve_goals(
    objectives: Sequence[Objective],
    given: Sequence[Goal],
    runs: Sequence[Run],
    fault: Configuration,
    levels: Sequence[Level],
) -> tuple[Goal, ...]:
    """Return one goal per objective and level: the user's; else the SLO; else from the initial design.

    That is the median of the design, or its best tenth where the fault already reaches the median; `Goal.source` says
    which. Raises MeasurementError where the design has no value to take a goal from.
    """
    return tuple(_goal(o, level, given, runs, fault) for o in objectives for level in levels)


def _goal(objective: Objective, level: Level, given: Sequence[Goal], runs: Sequence[Run], fault: Configuration) -> Goal:
    for goal in given:
        if goal.objective.name == objective.name and goal.level.items() <= level.items():
            return Goal(goal.objective, goal.threshold, goal.source, level)
    if objective.slo is not None:
        return Goal(objective, objective.slo, "slo", level)
    here = [r for r in runs if r.level == level]
    design = [r for r in here if r.purpose in (Purpose.DESIGN, Purpose.IMPORTED) and r.configuration != fault]
    typical = typical_values(objective, design)
    if not len(typical):
        raise MeasurementError(_no_goal(objective, here, design))
    goal = Goal(objective, _quantile(objective, typical, 0.5), "median", level)
    if _reaches(goal, [r for r in here if r.configuration == fault]):
        return Goal(objective, _quantile(objective, typical, HARD), "p10", level)
    return goal


def _no_goal(objective: Objective, here: Sequence[Run], design: Sequence[Run]) -> str:
    if not any(r.ok for r in here):
        return f"no run reported {objective.name!r}: {ending(here)}"
    return (f"no run of the initial design reported {objective.name!r} ({ending(design)}), so there is nothing to take "
            f"a goal from; give one: --goal '{objective.name}...'")  # fmt: skip


def typical_values(objective: Objective, runs: Sequence[Run]) -> list[float]:
    """Return the median value of each configuration; one that never ended well counts as infinitely bad."""
    worst = np.inf if objective.direction == "min" else -np.inf
    cells = [(m, m.values(objective.name)) for m in measurements(runs)]
    if not any(len(values) for _, values in cells):
        return []
    return [float(np.median(values)) if len(values) else worst for _, values in cells]


def _quantile(objective: Objective, values: Sequence[float], q: float) -> float:
    """Return the value that a share `q` of the configurations reaches or betters, or all that ended well if fewer."""
    ordered = sorted(values, reverse=objective.direction == "max")
    known = sum(map(math.isfinite, ordered))
    return ordered[min(max(math.ceil(q * len(ordered)), 1), known) - 1]


def _reaches(goal: Goal, runs: Sequence[Run]) -> bool:
    typical = typical_values(goal.objective, runs)
    return bool(typical) and goal.met_by(typical[0])


def meets(goals: Iterable[Goal], cells: Iterable[Measurement]) -> bool:
    """Tell whether the typical value of one configuration's measurements meets every goal (timeouts count as worst)."""
    by_level = {m.level: m for m in cells}
    return all(goal.level in by_level and goal_met(goal, by_level[goal.level]) for goal in goals)


def goal_met(goal: Goal, measurement: Measurement) -> bool:
    """Tell whether the median run meets the goal; runs that did not end well lie beyond it."""
    if measurement.status is not Status.OK:
        return False
    scale = cost_of(goal.objective, measurement.runs, goal.threshold)
    values, lost = costs(scale, measurement.runs)
    values[lost] = np.inf
    return bool(np.median(values) <= scale.of(goal.threshold))


def missed(goals: Iterable[Goal], cells: Iterable[Measurement]) -> tuple[Goal, ...]:
    """Return the goals that a configuration's typical value does not meet; none: the fault does not reproduce."""
    by_level = {m.level: m for m in cells}
    return tuple(g for g in goals if g.level not in by_level or not goal_met(g, by_level[g.level]))


def fault_reproduces(goals: Sequence[Goal], cells: Sequence[Measurement]) -> bool:
    """Tell whether the fault, as measured here, misses a goal."""
    return bool(missed(goals, cells))
