"""Has any option an effect at all, and which? Permutation tests that know how the design was made.

Under the null hypothesis an objective is unrelated to how the options were set, so the outcomes of the units may be
exchanged (Fisher 1935). A unit is a configuration, with its repetitions averaged; options that were set together for
whole groups of configurations are tested between the groups, all others within them (split-plot design). Ranks make
the tests indifferent to heavy tails.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import f as f_distribution
from scipy.stats import rankdata
from scipy.stats import t as t_distribution

from cadet.causal.effects.axis import Array
from cadet.causal.effects.conditional import nominal_p_values
from cadet.causal.effects.strata import Stratum, random_units, strata
from cadet.causal.effects.units import whole_plots
from cadet.model.dataset import Dataset, Role

PERMUTATIONS = 999
_BINS = 4  # groups of about equal size that a quantity's values are put in
_POWER = 0.8
_LEVEL = 0.05
_ROWS = 1000  # a conditional test costs rows³; a larger table is subsampled

Groups = npt.NDArray[np.int64]


def effect_test(
    dataset: Dataset, objective: str, rng: np.random.Generator, *, permutations: int = PERMUTATIONS
) -> float:
    """Return the p-value of the null hypothesis that no option has any effect on `objective`.

    The statistic is the smallest p-value of a rank F test over the options; its distribution is that of the outcomes
    exchanged between units. Two strata (whole plots and within them) share the level evenly.
    """
    parts = strata(dataset, objective)
    return min([1.0, *(len(parts) * _smallest(part, rng, permutations) for part in parts)])


def option_tests(
    dataset: Dataset, objective: str, rng: np.random.Generator, *, permutations: int = PERMUTATIONS
) -> dict[str, float]:
    """Return a p-value per option for "it has no effect on `objective`, given all the others".

    Adjusted for the number of options by Westfall and Young's (1993) step-down of the smallest p-value. The test of
    one option is exact where it was drawn independently of the others (see `conditional`). Options that were never
    varied have p = 1, and so has one whose values follow from those of the others.
    """
    parts = strata(dataset, objective)
    adjusted = dict.fromkeys(sorted(dataset.names(Role.OPTION)), 1.0)
    for part in parts:
        thinned = _thinned(part, rng)
        nominal = nominal_p_values(thinned, thinned.orders(rng, permutations), rng)
        for axis, p_value in zip(thinned.axes, _step_down(nominal), strict=True):
            if axis.name in adjusted:
                adjusted[axis.name] = min(1.0, float(p_value) * len(parts))
    return adjusted


def smallest_detectable_effect(dataset: Dataset, objective: str) -> float | None:
    """Return the smallest relative effect seen with 80 % power at 5 %: 0.07 is 7 % of the objective.

    (t[.975, n - 2] + t[.8, n - 2]) · s · 2 / sqrt(n), for a two-valued option that splits the n configurations (or
    whole plots) evenly; s is the standard deviation of the configurations' mean logarithms, relative to the mean where
    the objective is not positive. None with fewer than four configurations.
    """
    rows = random_units(dataset, objective)
    n = len(np.unique(whole_plots(rows.settings)[1]))
    if n < 4:
        return None
    positive = bool((rows.outcome > 0).all())
    centre = abs(float(rows.outcome.mean()))
    if not positive and centre == 0:
        return None
    deviation = float(np.std(np.log(rows.outcome) if positive else rows.outcome / centre, ddof=1))
    quantiles = float(t_distribution.ppf(1 - _LEVEL / 2, n - 2)) + float(t_distribution.ppf(_POWER, n - 2))
    size = quantiles * deviation * 2 / np.sqrt(n)
    return float(np.expm1(size)) if positive else float(size)


def _smallest(stratum: Stratum, rng: np.random.Generator, permutations: int) -> float:
    """Return the p-value of the smallest p-value of the options."""
    orders = stratum.orders(rng, permutations)
    outcomes = np.column_stack([stratum.scores, stratum.scores[orders]])
    groups = _groups(stratum.settings)
    nominal = np.vstack([_nominal(group, outcomes) for group in groups])
    return float(_step_down(nominal).min())


def _step_down(nominal: Array) -> Array:
    """Return adjusted p-values from nominal ones, (options, 1 + permutations), the observed ones first."""
    order = np.argsort(nominal[:, 0], kind="stable")
    adjusted, floor = np.ones(len(nominal)), 0.0
    for rank, option in enumerate(order):
        smallest = nominal[order[rank:], 1:].min(axis=0)
        p_value = (1 + np.sum(smallest <= nominal[option, 0] + 1e-12)) / nominal.shape[1]
        adjusted[option] = floor = max(floor, float(p_value))
    return adjusted


def _thinned(stratum: Stratum, rng: np.random.Generator) -> Stratum:
    """Return the stratum with as many units as a conditional test can have."""
    count = len(stratum.scores)
    return stratum if count <= _ROWS else stratum.only(np.sort(rng.choice(count, _ROWS, replace=False)))


def _groups(settings: pd.DataFrame) -> list[Groups]:
    """Return each option's values as group labels; quantities with many values in bins."""
    labels = {str(name): pd.factorize(settings[name], sort=True)[0].astype(np.int64) for name in settings}
    crowded = {name for name, label in labels.items() if label.max() >= len(label) / 4 and _numeric(settings[name])}
    for name in crowded:
        labels[name] = (rankdata(settings[name], method="ordinal") - 1).astype(np.int64) * _BINS // len(settings)
    return list(labels.values())


def _numeric(column: pd.Series) -> bool:
    return bool(column.map(lambda value: isinstance(value, int | float) and not isinstance(value, bool)).all())


def _nominal(group: Groups, outcomes: Array) -> Array:
    """Return the p-value of the one-way F test for each column of `outcomes`: comparable between options."""
    count = np.bincount(group)
    member = np.zeros((len(count), len(group)))
    member[group, np.arange(len(group))] = 1
    deviations = outcomes - outcomes.mean(axis=0)
    total = (deviations**2).sum(axis=0)
    between = ((member @ deviations) ** 2 / count[:, None]).sum(axis=0)
    freedom = len(group) - len(count)
    if freedom < 1:
        return np.ones(outcomes.shape[1])
    within = np.maximum(total - between, 1e-12 * np.maximum(total, 1e-300))
    return np.asarray(f_distribution.sf(between / (len(count) - 1) / (within / freedom), len(count) - 1, freedom))
