"""How far a configuration is from its goals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from cadet.debugging.cost import cost_of, costs
from cadet.model.measurement import Measurement, Run
from cadet.model.objective import Goal


def shortfall(goals: Iterable[Goal], cells: Iterable[Measurement], runs: Sequence[Run]) -> float:
    """Return the largest distance of one configuration to a goal, at most 0 where all are met; infinite where lost.

    A distance is a log-ratio, or for objectives that have no ratio a difference in standard deviations. cells: what was
    measured of the configuration; runs: of all of them, which tell the unit.
    """
    by_level = {m.level: m for m in cells}
    return max(_beyond(g, by_level[g.level], runs) if g.level in by_level else math.inf for g in goals)


def _beyond(goal: Goal, cell: Measurement, runs: Sequence[Run]) -> float:
    scale = cost_of(goal.objective, runs, goal.threshold)
    name = goal.objective.name
    seen = [r.values[name] for r in runs if r.ok and name in r.values]
    unit = 1.0 if scale.logarithmic or len(set(seen)) < 2 else float(np.std(seen))
    values, lost = costs(scale, cell.runs)
    values[lost] = np.inf
    return (float(np.median(values)) - scale.of(goal.threshold)) / unit
