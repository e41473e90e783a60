"""The measured ways to meet the goals that none other beats: in no objective, and not with fewer changes either."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cadet.debugging.bystanders import Bystanders
from cadet.debugging.cost import cost_of, costs
from cadet.debugging.detect import meets
from cadet.debugging.neighbourhood import Search
from cadet.debugging.notebook import Notebook
from cadet.debugging.verify import Trial
from cadet.model.diagnosis import Estimates, Fix, Verdict
from cadet.model.measurement import Measurement
from cadet.model.objective import Goal
from cadet.model.option import Configuration

MOST = 6
_ALIKE = 0.02  # costs that differ by less are the same: two medians of a few runs do not tell them apart


def pareto(
    notebook: Notebook,
    search: Search,
    goals: Sequence[Goal],
    others: Bystanders,
    trials: Sequence[Trial],
    told: dict[Configuration, Estimates],
) -> tuple[Fix, ...]:
    """Return what was measured, meets every goal and is beaten by none, the fewest changes first.

    There is nothing to trade where a single objective is declared. A candidate that fresh runs did not confirm is left
    out. told: by configuration its values by goal label, those of `others` included.
    """
    judged = (*goals, *others.goals)
    if len({goal.objective.name for goal in judged}) < 2:
        return ()
    verdicts = {trial.fix: trial.verdict for trial in trials}
    fine = [c for c in told if c != search.fault and verdicts.get(c, Verdict.CONFIRMED) is Verdict.CONFIRMED
            and search.space.permits(c, search.allowed) and meets(goals, notebook.of(c))]  # fmt: skip
    marks = {c: _marks(search, judged, c, notebook) for c in fine}
    best = [c for c in fine if not any(_beats(marks[other], marks[c]) for other in fine)]
    best.sort(key=lambda c: (marks[c], c.key))
    return tuple(
        Fix(
            search.space.changes(search.fault, c),
            c,
            measured=told[c],
            verdict=verdicts.get(c),
            reason="" if c in verdicts else "measured, not verified",
        )
        for c in best[:MOST]
    )


def _marks(search: Search, goals: Sequence[Goal], configuration: Configuration, notebook: Notebook) -> tuple[int, ...]:
    cells = notebook.of(configuration)
    return (search.distance(configuration), *(_cost(goal, cells, notebook) for goal in goals))


def _cost(goal: Goal, cells: Sequence[Measurement], notebook: Notebook) -> int:
    """Return the median cost in steps that can be told apart; what has no value is worse than all that have."""
    runs = [run for cell in cells if cell.level == goal.level for run in cell.runs]
    scale = cost_of(goal.objective, notebook.runs, goal.threshold)
    middle = float(np.median(costs(scale, runs)[0])) if runs else np.inf
    if not np.isfinite(middle):
        return 10**9
    return round(middle / (_ALIKE if scale.logarithmic else _ALIKE * (abs(goal.threshold) or 1.0)))


def _beats(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))
