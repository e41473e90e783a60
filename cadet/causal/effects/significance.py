"""Has any option an effect at all, and which? Permutation tests that know how the design was made.

Under the null hypothesis an objective is unrelated to how the options were set, so the outcomes of the units may be
exchanged (Fisher 1935). A unit is a configuration, with its repetitions averaged; options that were set together for
whole groups of configurations are tested between the groups, all others within them (split-plot design). Ranks make
the tests indifferent to heavy tails.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cadet.causal.effects.axis import Array
from cadet.causal.effects.conditional import nominal_p_values
from cadet.causal.effects.strata import Stratum, strata
from cadet.model.dataset import Dataset, Role

PERMUTATIONS = 999
_BINS = 4  # groups of about equal size that a quantity's values are put in
_POWER = 0.8
_LEVEL = 0.05
_ROWS = 1000  # a conditional test costs rows³; a larger table is subsampled

Groups = npt.NDArray[np.int64]


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
