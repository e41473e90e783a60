"""Does any option matter at all, and how large would an effect have to be to be seen: one test, and its own size.

The test is that of every option given all the others (`causes.significance`), on the random design alone: what was
chosen by hand or by a model is not exchangeable with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from cadet.causal.dataset import build
from cadet.causal.effects.strata import Stratum, random_units, strata
from cadet.causal.effects.surface import fit
from cadet.causal.effects.units import Units
from cadet.debugging.causes import LEVEL, PValues, at_level, significance
from cadet.debugging.design import LEAST
from cadet.errors import TableError
from cadet.model.dataset import Dataset, Role
from cadet.model.measurement import Purpose, Run
from cadet.model.objective import Goal
from cadet.model.space import Space

POWER = 0.8


@dataclass(frozen=True)
class Influence:
    """Whether options matter. p_value: the smallest, adjusted for the number of options and goals; level: its limit.

    detectable: by goal label the smallest relative effect that is seen with 80 % power. blind: why no effect, however
    large, would have been seen; empty where one would.
    """

    p_value: float
    level: float
    detectable: Mapping[str, float | None]
    blind: str = ""

    @property
    def seen(self) -> bool:
        """Whether some option matters."""
        return self.p_value <= self.level


def of_design(runs: Sequence[Run], space: Space, goals: Sequence[Goal], rng: np.random.Generator) -> Influence:
    """Return the influence of the options on the goals in the random design of a session."""
    design = [run for run in runs if run.purpose in (Purpose.DESIGN, Purpose.IMPORTED)]
    objectives = list(dict.fromkeys(goal.objective for goal in goals))
    try:
        dataset = build(design, space, objectives)
        return influence(dataset, goals, significance(dataset, goals, rng), LEVEL)
    except TableError as error:
        return Influence(1.0, LEVEL, {goal.label: None for goal in goals}, str(error))


def influence(dataset: Dataset, goals: Sequence[Goal], p_values: PValues, level: float) -> Influence:
    """Return the influence of the options on the goals from the p-values of every option for each goal."""
    smallest = min((p for tests in p_values.values() for p in tests.values()), default=1.0)
    blind = [reason for goal in goals if (reason := _blind(dataset, goal, level / len(goals)))]
    sizes = {goal.label: None if blind else _detectable(dataset, goal, level / len(goals)) for goal in goals}
    return Influence(min(1.0, smallest * len(goals)), level, sizes, blind[0] if blind else "")


def _blind(dataset: Dataset, goal: Goal, level: float) -> str:
    """Tell why the test cannot see any effect; empty where it can."""
    here, name = at_level(dataset, goal.level), goal.objective.name
    if not dataset.names(Role.OPTION):
        return "no option was varied, so none can be seen to matter"
    if name not in dataset.by_name:
        return ""  # the same value everywhere: nothing to see, and nothing hidden
    count = int(random_units(here, name).sample.sum())
    if count < LEAST:
        return f"{count} configurations of the random design have a {goal.label}: too few to rule out an effect"
    parts = strata(here, name)
    tests = len(parts) * sum(len(part.axes) for part in parts)
    least = min((_least_p_value(part) for part in parts), default=1.0)
    if tests * least > level:
        return f"{count} configurations cannot show what one of {tests} options does to {goal.label}, however much"
    return ""


def _least_p_value(stratum: Stratum) -> float:
    """Return the smallest p-value that exchanging the units can have for any one option: two of all arrangements."""
    blocks = np.bincount(stratum.block)
    every = special.gammaln(blocks + 1).sum()
    alike = [
        special.gammaln(stratum.settings.groupby([stratum.block, name]).size().to_numpy() + 1).sum()
        for name in stratum.settings
    ]
    return min((2 * math.exp(same - every) for same in alike), default=1.0)


def _detectable(dataset: Dataset, goal: Goal, level: float) -> float | None:
    """Return the smallest relative effect that the test finds with 80 % power: 0.07 is 7 % of the objective.

    (t[1 - a/2] + t[.8]) · s · 2 / sqrt(n), t with n - 2 degrees of freedom, for a two-valued option that splits the n
    configurations (or whole plots) evenly. a is the level shared over options and goals, s what the other options
    leave unexplained of the configurations' mean logarithms, relative to the mean where an objective is not positive.
    """
    name = goal.objective.name
    if name not in dataset.by_name:
        return None
    here = at_level(dataset, goal.level)
    parts = strata(here, name)
    n = min(len(part.scores) for part in parts)
    alpha = level / (len(parts) * sum(len(part.axes) for part in parts))
    deviation, positive = _spread(random_units(here, name))
    quantiles = float(stats.t.ppf(1 - alpha / 2, n - 2) + stats.t.ppf(POWER, n - 2))
    size = quantiles * deviation * 2 / math.sqrt(n)
    return math.expm1(size) if positive else size


def _spread(rows: Units) -> tuple[float, bool]:
    """Return what a surface over all options leaves of held-out outcomes: one option is tested given all others.

    It is never more than their standard deviation, which holds where no option matters.
    """
    positive = bool((rows.outcome > 0).all())
    centre = abs(float(rows.outcome.mean())) or 1.0
    outcome = np.log(rows.outcome) if positive else rows.outcome / centre
    left = outcome - fit(rows.axes, rows.inputs, outcome).left_out()
    return min(float(np.std(outcome, ddof=1)), float(np.sqrt(np.mean(left**2)))), positive
