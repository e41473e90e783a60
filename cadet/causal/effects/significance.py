"""Has any option an effect at all? Permutation tests that know how the design was made.

Under the null hypothesis an objective is unrelated to how the options were set, so the outcomes of the units may be
exchanged (Fisher 1935). A unit is a configuration, with its repetitions averaged; options that were set together for
whole groups of configurations are tested between the groups, all others within them (split-plot design). Ranks make
the tests indifferent to heavy tails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import f as f_distribution
from scipy.stats import norm, rankdata
from scipy.stats import t as t_distribution

from cadet.causal.effects.axis import Array
from cadet.causal.effects.units import Units, units, whole_plots
from cadet.model.dataset import Dataset, Role

PERMUTATIONS = 999
_BINS = 4  # groups of about equal size that a quantity's values are put in
_POWER = 0.8
_LEVEL = 0.05
_LEAST_UNITS = 8  # with fewer random units every row is used

Groups = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Stratum:
    """Units that may be exchanged: the groups of each option tested here, and the block each unit stays in."""

    groups: dict[str, Groups]
    outcome: Array
    block: Groups


def effect_test(
    dataset: Dataset, objective: str, rng: np.random.Generator, *, permutations: int = PERMUTATIONS
) -> float:
    """Return the p-value of the null hypothesis that no option has any effect on `objective`.

    The statistic is the smallest p-value of a rank F test over the options; its distribution is that of the outcomes
    exchanged between units. Two strata (whole plots and within them) share the level evenly.
    """
    p_values = [float(_scan(stratum, rng, permutations)[1].min()) for stratum in _strata(dataset, objective)]
    return min([1.0, *(p * len(p_values) for p in p_values)])


def option_tests(
    dataset: Dataset, objective: str, rng: np.random.Generator, *, permutations: int = PERMUTATIONS
) -> dict[str, float]:
    """Return a p-value per option for "it has no effect on `objective`", adjusted for the number of options.

    Westfall and Young's (1993) step-down of the smallest p-value: at least as powerful as Holm's, and exact where
    options are correlated under the hypothesis that none has an effect. Options that were never varied have p = 1.
    """
    strata = _strata(dataset, objective)
    adjusted = dict.fromkeys(sorted(dataset.names(Role.OPTION)), 1.0)
    for stratum in strata:
        names, p_values = _scan(stratum, rng, permutations)
        adjusted |= {n: min(1.0, float(p) * len(strata)) for n, p in zip(names, p_values, strict=True) if n in adjusted}
    return adjusted


def smallest_detectable_effect(dataset: Dataset, objective: str) -> float | None:
    """Return the smallest relative effect seen with 80 % power at 5 %: 0.07 is 7 % of the objective.

    (t[.975, n - 2] + t[.8, n - 2]) · s · 2 / sqrt(n), for a two-valued option that splits the n configurations (or
    whole plots) evenly; s is the standard deviation of the configurations' mean logarithms, relative to the mean where
    the objective is not positive. None with fewer than four configurations.
    """
    rows = _random(units(dataset, objective))
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


def _random(rows: Units) -> Units:
    """Keep the random design: what an optimiser or a user chose is not exchangeable with it."""
    return rows.only(rows.sample) if rows.sample.sum() >= _LEAST_UNITS else rows


def _strata(dataset: Dataset, objective: str) -> list[_Stratum]:
    rows = _random(units(dataset, objective))
    together, plot = whole_plots(rows.settings)
    apart = [axis.name for axis in rows.axes if axis.name not in together]
    scores = _scores(rows.outcome)
    if not together:
        return [_Stratum(_groups(rows.settings, apart), scores, np.zeros(len(scores), dtype=np.int64))]
    first = np.unique(plot, return_index=True)[1]
    means = np.asarray(pd.Series(rows.outcome).groupby(plot).mean(), dtype=float)
    between = _Stratum(
        _groups(rows.settings.iloc[first], together), _scores(means), np.zeros(len(first), dtype=np.int64)
    )
    centred = scores - pd.Series(scores).groupby(plot).transform("mean").to_numpy(dtype=float)
    within = _Stratum(_groups(rows.settings, apart), centred, plot)
    return [stratum for stratum in (between, within) if stratum.groups]


def _scores(outcome: Array) -> Array:
    return np.asarray(norm.ppf((rankdata(outcome) - 0.5) / len(outcome)))


def _groups(settings: pd.DataFrame, names: Sequence[str]) -> dict[str, Groups]:
    """Return each option's values as group labels; quantities with many values in bins."""
    labels = {name: pd.factorize(settings[name], sort=True)[0].astype(np.int64) for name in sorted(names)}
    crowded = {name for name, label in labels.items() if label.max() >= len(label) / 4 and _numeric(settings[name])}
    for name in crowded:
        labels[name] = (rankdata(settings[name], method="ordinal") - 1).astype(np.int64) * _BINS // len(settings)
    return {name: label for name, label in labels.items() if label.max() > 0}


def _numeric(column: pd.Series) -> bool:
    return bool(column.map(lambda value: isinstance(value, int | float) and not isinstance(value, bool)).all())


def _scan(stratum: _Stratum, rng: np.random.Generator, permutations: int) -> tuple[list[str], Array]:
    """Return the options and their step-down adjusted p-values."""
    names = list(stratum.groups)
    outcomes = np.column_stack([stratum.outcome, _exchanged(stratum, rng, permutations)])
    nominal = np.vstack([_nominal(stratum.groups[name], outcomes) for name in names])
    order = np.argsort(nominal[:, 0], kind="stable")
    adjusted, floor = np.ones(len(names)), 0.0
    for rank, option in enumerate(order):
        smallest = nominal[order[rank:], 1:].min(axis=0)
        p_value = (1 + np.sum(smallest <= nominal[option, 0] + 1e-12)) / (1 + permutations)
        adjusted[option] = floor = max(floor, float(p_value))
    return names, adjusted


def _exchanged(stratum: _Stratum, rng: np.random.Generator, permutations: int) -> Array:
    """Return the outcomes with the units exchanged within blocks, (units, permutations)."""
    order = np.argsort(stratum.block, kind="stable")
    keys = stratum.block[order][:, None] + rng.random((len(order), permutations))
    shuffled = np.empty((len(order), permutations))
    shuffled[order] = stratum.outcome[order][np.argsort(keys, axis=0)]
    return shuffled


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
