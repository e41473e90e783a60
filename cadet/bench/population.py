"""What is usual in a system: quantiles over all configurations, goals and faults from them, effects of the options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cadet.bench.grid import Codes, Mask
from cadet.bench.oracle import Floats, Oracle

SIZE = 20_000  # configurations that stand for the whole space
FAULTY = 0.99  # quantile beyond which a configuration is a fault
SHARE = {"median": 0.5, "p10": 0.1}  # of the population that meets the goals


@dataclass(frozen=True)
class Population:
    """Random feasible configurations (all there are, on a recorded device) and their noiseless costs."""

    oracle: Oracle
    codes: Codes
    costs: Floats

    @cached_property
    def runs(self) -> Mask:
        """Where every objective has a value."""
        return np.asarray(np.isfinite(self.costs).all(axis=1))

    @cached_property
    def ranks(self) -> Floats:
        """The share of the population that is at least as good, (configurations, columns)."""
        ordered = np.sort(self.costs, axis=0)
        return np.stack([np.searchsorted(o, c, side="right") for o, c in zip(ordered.T, self.costs.T, strict=True)],
                        axis=1) / len(self.costs)  # fmt: skip

    def thresholds(self, goal: str) -> Floats:
        """Return (columns,) the costs that a share of the population reaches together: half of it, or a tenth.

        With one column that is its quantile; with several the same quantile of each, so that the share meets all.
        A goal lies half-way to the next larger cost that occurs: exactly at a cost that many configurations share,
        no measurement could tell whether it is met.
        """
        worst = self.ranks.max(axis=1)
        reached = self.costs[worst <= np.quantile(worst, SHARE[goal], method="higher")].max(axis=0)
        beyond = np.where(self.costs > reached, self.costs, np.inf).min(axis=0)
        return np.asarray(np.where(np.isfinite(beyond), (reached + beyond) / 2, reached))

    def faults(self) -> Codes:
        """Return the configurations that run and are no better than the 99th percentile of those that do.

        With several columns it is the percentile of their mean rank.
        """
        badness = np.where(
            self.runs, self.costs[:, 0] if self.costs.shape[1] == 1 else self.ranks.mean(axis=1), -np.inf
        )
        return np.asarray(self.codes[badness >= np.quantile(badness[self.runs], FAULTY)], np.int16)

    @property
    def best(self) -> Floats:
        """The least cost of each column, (columns,)."""
        return np.asarray(self.costs.min(axis=0))

    def weights(self) -> Mapping[str, float]:
        """Return the ACE of each option: E|E[Z | do(X=b)] - E[Z | do(X=a)]| over pairs of its levels.

        Iqbal et al. (2021), CADET. Costs are divided by their standard deviation and summed over the columns; options
        that cannot move an objective have 0.
        """
        costs = self.costs[self.runs] / np.maximum(self.costs[self.runs].std(axis=0), 1e-12)
        codes = self.codes[self.runs]
        names = self.oracle.space.names
        return {n: _ace(codes[:, j], costs) if n in self.oracle.relevant else 0.0 for j, n in enumerate(names)}


def population(oracle: Oracle, seed: int, size: int = SIZE) -> Population:
    """Return what is usual in a system."""
    rng = np.random.default_rng([seed, size])
    codes = oracle.recorded if oracle.recorded is not None else oracle.grid.random(size, rng)
    return Population(oracle, codes, oracle.costs(codes))


def _ace(code: Codes, costs: Floats) -> float:
    means = np.stack([costs[code == level].mean(axis=0) for level in np.unique(code)])
    a, b = np.triu_indices(len(means), 1)
    return float(np.abs(means[a] - means[b]).mean(axis=0).sum()) if len(a) else 0.0
