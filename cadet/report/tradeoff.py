"""What improving one objective costs another: every measured configuration, and which of them nothing else beats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from cadet.model.measurement import measurements
from cadet.model.objective import Goal, Objective
from cadet.model.option import Configuration
from cadet.model.space import Space
from cadet.protocols import Story
from cadet.report import answer, sentence
from cadet.report.evidence import judged_by, most_points, value_of

MOST_CHARTS = 6


@dataclass(frozen=True)
class Candidate:
    """A configuration by the medians of two objectives; `series` is fault, fix, front or other."""

    series: str
    x: float
    y: float
    says: str


@dataclass(frozen=True)
class Tradeoff:
    """Two goals against each other; `front` holds the candidates that no other beats in both, from left to right.

    `y_aimed` is False where y was only measured: then its threshold says nothing.
    """

    x: Goal
    y: Goal
    candidates: tuple[Candidate, ...]
    front: tuple[Candidate, ...]
    left_out: int = 0
    y_aimed: bool = True


def tradeoffs(story: Story) -> tuple[Tradeoff, ...]:
    """Return a trade-off for each pair of goals at one context level, then of each goal with what was only measured.

    At most MOST_CHARTS of them.
    """
    goals = story.diagnosis.goals
    found = [_tradeoff(story, a, b) for a, b in combinations(goals, 2) if _comparable(a, b)]
    found += [replace(_tradeoff(story, goal, other), y_aimed=False) for goal in goals for other in _aside(story, goal)]
    return tuple(shown for shown in found if len(shown.candidates) > 1)[:MOST_CHARTS]


def _aside(story: Story, goal: Goal) -> list[Goal]:
    """Return the declared objectives that no goal speaks about, at the level of a goal and without a threshold."""
    aimed = {g.objective.name for g in story.diagnosis.goals}
    return [Goal(o, math.nan, "measured only", goal.level) for o in story.objectives if o.name not in aimed]


def nondominated(values: Sequence[tuple[float, float]], x: Objective, y: Objective) -> tuple[int, ...]:
    """Return the indices that no other value is at least as good as in both and better in one, in the order of x."""
    signs = [1.0 if objective.direction == "min" else -1.0 for objective in (x, y)]
    costs = [(signs[0] * a, signs[1] * b) for a, b in values]
    kept = [i for i, one in enumerate(costs) if not any(_beats(other, one) for other in costs)]
    return tuple(sorted(kept, key=lambda i: (values[i], i)))


def _comparable(a: Goal, b: Goal) -> bool:
    return a.objective.name != b.objective.name and (a.level == b.level or not a.level or not b.level)


def _beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[0] and one[1] <= other[1] and one != other


def _tradeoff(story: Story, x: Goal, y: Goal) -> Tradeoff:
    medians = [_medians(story, goal) for goal in (x, y)]
    shared = [c for c in medians[0] if c in medians[1]]
    values = [(medians[0][c], medians[1][c]) for c in shared]
    front = set(nondominated(values, x.objective, y.objective))
    fault, fix = story.diagnosis.fault.configuration, answer.best_fix(story.diagnosis)
    known = {fault: "fault"} | ({fix.configuration: "fix"} if fix else {})
    series = [known.get(c, "front" if i in front else "other") for i, c in enumerate(shared)]
    candidates = [
        Candidate(series[i], *values[i], _says(story.space, fault, c, series[i], i in front))
        for i, c in enumerate(shared)
    ]
    order = sorted(range(len(shared)), key=lambda i: series[i] == "other")[: most_points(story)]
    return Tradeoff(
        x, y, tuple(candidates[i] for i in sorted(order)),
        tuple(candidates[i] for i in nondominated(values, x.objective, y.objective)), len(shared) - len(order),
    )  # fmt: skip


def _medians(story: Story, goal: Goal) -> dict[Configuration, float]:
    """Return the median of every configuration that has any value; one that was cut off has only a bound and none."""
    seen: dict[Configuration, float] = {}
    for measured in measurements(judged_by(story.runs, goal)):
        values = [v for run in measured.runs if run.ok and (v := value_of(run, goal)) is not None]
        if values and measured.configuration not in seen:
            seen[measured.configuration] = float(np.median(values))
    return seen


def _says(space: Space, fault: Configuration, configuration: Configuration, series: str, on_front: bool) -> str:
    what = {"fault": "the fault", "fix": "the fix"}.get(series) or sentence.changes(
        space.changes(fault, configuration), 3
    )
    return f"{what}{', on the front' if on_front else ''}"
