"""Units that may be exchanged: a random design, split into whole plots and what varies within them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm, rankdata

from cadet.causal.effects.axis import Array, Axis
from cadet.causal.effects.units import Units, units, whole_plots
from cadet.model.dataset import Dataset

_LEAST_UNITS = 8  # with fewer random units every row is used


@dataclass(frozen=True)
class Stratum:
    """Exchangeable units: the settings tested here, (units, axes), and the block that each unit stays in.

    scores: (units,), normal scores of the outcome's ranks, so that heavy tails do not matter.
    """

    settings: pd.DataFrame
    axes: tuple[Axis, ...]
    inputs: Array
    scores: Array
    block: npt.NDArray[np.int64]

    def centred(self, values: Array) -> Array:
        """Return `values` (units, columns) less the mean of their block."""
        count = np.bincount(self.block)
        member = np.zeros((len(count), len(self.block)))
        member[self.block, np.arange(len(self.block))] = 1
        means: Array = (member @ values) / count[:, None]
        return np.asarray(values - means[self.block])

    def orders(self, rng: np.random.Generator, permutations: int) -> npt.NDArray[np.int64]:
        """Return random orders of the units that keep each in its block, (units, permutations)."""
        order = np.argsort(self.block, kind="stable")
        keys = self.block[order][:, None] + rng.random((len(order), permutations))
        shuffled = np.empty((len(order), permutations), dtype=np.int64)
        shuffled[order] = order[np.argsort(keys, axis=0)]
        return shuffled

    def only(self, chosen: npt.NDArray[np.int64]) -> Stratum:
        """Return the stratum with some of its units."""
        block = np.unique(self.block[chosen], return_inverse=True)[1].astype(np.int64)
        settings = self.settings.iloc[chosen].reset_index(drop=True)
        return Stratum(settings, self.axes, self.inputs[chosen], self.scores[chosen], block)


def strata(dataset: Dataset, objective: str) -> list[Stratum]:
    """Return the strata of the random design: one, or the whole plots and the units within them."""
    rows = random_units(dataset, objective)
    together, plot = whole_plots(rows.settings)
    apart = [axis.name for axis in rows.axes if axis.name not in together]
    scores = _scores(rows.outcome)
    if not together:
        return [_stratum(rows, apart, np.arange(len(scores)), scores, np.zeros(len(scores), dtype=np.int64))]
    _, first, block = np.unique(plot, return_index=True, return_inverse=True)
    means = np.asarray(pd.Series(rows.outcome).groupby(plot).mean(), dtype=float)
    between = _stratum(rows, together, first, _scores(means), np.zeros(len(first), dtype=np.int64))
    centred = scores - pd.Series(scores).groupby(plot).transform("mean").to_numpy(dtype=float)
    within = _stratum(rows, apart, np.arange(len(scores)), centred, block.astype(np.int64))
    return [stratum for stratum in (between, within) if stratum.axes]


def random_units(dataset: Dataset, objective: str) -> Units:
    """Return the random design: what an optimiser or a user chose is not exchangeable with it."""
    rows = units(dataset, objective)
    return rows.only(rows.sample) if rows.sample.sum() >= _LEAST_UNITS else rows


def _stratum(
    rows: Units, names: Sequence[str], chosen: npt.NDArray[np.int64], scores: Array, block: npt.NDArray[np.int64]
) -> Stratum:
    varied = [j for j, axis in enumerate(rows.axes) if axis.name in names and _varies(rows.settings, axis, chosen)]
    axes = tuple(rows.axes[j] for j in varied)
    settings = rows.settings.iloc[chosen][[axis.name for axis in axes]].reset_index(drop=True)
    return Stratum(settings, axes, rows.inputs[chosen][:, varied], scores, block)


def _varies(settings: pd.DataFrame, axis: Axis, chosen: npt.NDArray[np.int64]) -> bool:
    return bool(settings[axis.name].iloc[chosen].nunique() > 1)


def _scores(outcome: Array) -> Array:
    return np.asarray(norm.ppf((rankdata(outcome) - 0.5) / len(outcome)))
