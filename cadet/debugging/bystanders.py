"""Objectives that are declared but not in question: of equally small fixes, one that does not pay with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cadet.debugging.cost import cost_of
from cadet.debugging.notebook import Notebook
from cadet.model.measurement import Measurement
from cadet.model.objective import Goal, Objective
from cadet.model.option import Configuration

WORSE = 0.1  # relative worsening of another objective that counts; smaller ones may be noise


@dataclass(frozen=True)
class Bystanders:
    """The other objectives, each as a goal: not more than WORSE worse than under the fault."""

    goals: tuple[Goal, ...]
    fault: tuple[Measurement, ...]

    def harm(self, cells: Sequence[Measurement]) -> int:
        """Return how much worse than under the fault the worst of them is, in steps of WORSE; negative: all are better.

        What was not reported counts as one step worse.
        """
        return max((self._step(goal, cells) for goal in self.goals), default=0)

    def _step(self, goal: Goal, cells: Sequence[Measurement]) -> int:
        before, after = (_typical(goal, of) for of in (self.fault, cells))
        if before is None or after is None:
            return 1
        runs = [run for cell in (*self.fault, *cells) for run in cell.runs]
        scale = cost_of(goal.objective, runs, goal.threshold)
        return round(scale.worsening(scale.of(after) - scale.of(before)) / WORSE)


def bystanders(objectives: Sequence[Objective], notebook: Notebook, fault: Configuration) -> Bystanders:
    """Return the objectives that the fault reports, at each context level."""
    cells = tuple(notebook.of(fault))
    known = [(o, cell.level, value) for o in objectives for cell in cells
             if (value := _typical(Goal(o, 0.0, level=cell.level), cells)) is not None]  # fmt: skip
    return Bystanders(tuple(Goal(o, _limit(o, value), "fault", level) for o, level, value in known), cells)


def _limit(objective: Objective, value: float) -> float:
    worse = 1 if objective.direction == "min" else -1
    return value + worse * WORSE * abs(value)


def _typical(goal: Goal, cells: Sequence[Measurement]) -> float | None:
    values = [cell.values(goal.objective.name) for cell in cells if cell.level == goal.level]
    return float(np.median(values[0])) if values and len(values[0]) else None
