"""Does any option do anything: a permutation test on the initial design, and what it could have seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

from cadet.debugging.belief import evidence
from cadet.debugging.cost import Floats, cost_of
from cadet.debugging.encoding import Encoding
from cadet.model.domain import Choice
from cadet.model.measurement import Run, measurements
from cadet.model.objective import Goal

EffectTest = Callable[[Encoding, Sequence[Run], Goal, np.random.Generator], float]
"""p-value of "no option has an effect on the goal's objective", from runs whose options were set by a random design."""

LEVEL = 0.05
_PERMUTATIONS = 999
_POWER = float(stats.norm.ppf(0.975) + stats.norm.ppf(0.8))


def permutation_test(encoding: Encoding, runs: Sequence[Run], goal: Goal, rng: np.random.Generator) -> float:
    """Return the p-value of the largest correlation between the rank of the cost and any feature of any option.

    Whole configurations are permuted, so repetitions do not count as evidence and the size is exact.
    """
    cells = [m for m in measurements(runs) if m.level == goal.level and any(r.ok for r in m.runs)]
    if len(cells) < 4:
        return 1.0
    seen = evidence(goal, cost_of(goal.objective, [r for m in cells for r in m.runs], goal.threshold), cells)
    features = _features(encoding, encoding.matrix(seen.configurations))
    ranks = stats.rankdata(seen.cost) - (len(cells) + 1) / 2
    if not len(features) or not ranks.any():
        return 1.0
    observed = float(np.abs(features @ ranks).max())
    shuffled = rng.permuted(np.tile(ranks, (_PERMUTATIONS, 1)), axis=1)
    beyond = (np.abs(features @ shuffled.T).max(0) >= observed - 1e-9).sum()
    return float((beyond + 1) / (_PERMUTATIONS + 1))


def _features(encoding: Encoding, places: Floats) -> Floats:
    """Return (features, rows), standardised: position and distance from the middle, or one column per category."""
    columns: list[Floats] = []
    for i, option in enumerate(encoding.options):
        x = places[:, i]
        if isinstance(option.domain, Choice) and not option.domain.ordered:
            columns += [(x == v).astype(float) for v in np.unique(x)]
        else:
            columns += [x, np.abs(x - 0.5)]
    spread = [c for c in columns if c.std() > 0]
    return np.array([(c - c.mean()) / c.std() for c in spread]).reshape(len(spread), len(places))


def smallest_detectable(residual_sd: float, configurations: int) -> float | None:
    """Return the relative effect that would be seen with 80 % power at 5 %: 0.07 is 7 % of the objective.

    For an option at two values in half of the configurations each: (z_.975 + z_.80) · 2 sd / sqrt(n) on the log scale.
    """
    if configurations < 4 or residual_sd <= 0:
        return None
    return float(np.expm1(_POWER * 2 * residual_sd / np.sqrt(configurations)))
