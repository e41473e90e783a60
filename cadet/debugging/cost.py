"""Objectives as costs: one number per run that is better when smaller, on a scale where a difference is a ratio."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cadet.model.measurement import Run, Status
from cadet.model.objective import Goal, Objective

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cost:
    """The cost of an objective's value: its logarithm, negated for `max`.

    Objectives that are not positive everywhere have no ratio: `logarithmic` is False, and a difference is a difference.
    """

    objective: Objective
    logarithmic: bool = True

    @property
    def sign(self) -> int:
        """-1 where larger values are better."""
        return 1 if self.objective.direction == "min" else -1

    def of(self, value: float) -> float:
        """Return the cost of `value`."""
        return self.sign * (math.log(value) if self.logarithmic else value)

    def value(self, cost: float) -> float:
        """Return the value that has this cost."""
        if not self.logarithmic:
            return self.sign * cost
        return float(
            f"{math.exp(min(max(self.sign * cost, -700.0), 700.0)):.12g}"
        )  # the logarithm took the last digits

    def worsening(self, difference: float) -> float:
        """Return the relative worsening that a cost difference means: 0.5 is half as much again; 0 is no change."""
        return math.expm1(min(difference, 700.0)) if self.logarithmic else difference

    def gain(self, difference: float) -> float:
        """Return the gain that a reduction of a logarithmic cost means."""
        return self.objective.gain(self.value(difference), self.value(0.0))


def cost_of(objective: Objective, runs: Iterable[Run], threshold: float) -> Cost:
    """Return the scale for an objective: logarithmic where the threshold and every value seen are positive."""
    values = [r.values[objective.name] for r in runs if r.ok and objective.name in r.values]
    return Cost(objective, threshold > 0 and all(v > 0 for v in values))


def costs(cost: Cost, runs: Sequence[Run]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the cost of each run, and which of them were lost: timed out, failed, or not reported.

    A lost run counts with its time limit where the objective is bounded by time, a lower bound. Any other has no value:
    its cost is infinite, so that it is worse than every run with one and no number is made up for it.
    """
    name = cost.objective.name
    seen = [r.ok and name in r.values for r in runs]
    values = [cost.of(r.values[name]) if s else _limit(cost, r) for r, s in zip(runs, seen, strict=True)]
    return np.array(values, dtype=float), ~np.array(seen, dtype=bool)


def _limit(cost: Cost, run: Run) -> float:
    cut_off = run.status is Status.TIMED_OUT and cost.objective.bounded_by_time
    return cost.of(run.timeout_s) if cut_off and run.timeout_s else math.inf


def worst_cost(cost: Cost, runs: Iterable[Run], goal: Goal) -> float:
    """Return the largest cost observed for a goal, and in any case one that misses it."""
    name = cost.objective.name
    return max(
        [
            math.nextafter(cost.of(goal.threshold), math.inf),
            *(cost.of(r.values[name]) for r in runs if r.ok and name in r.values),
        ]
    )
