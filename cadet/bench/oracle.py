"""What the benchmark knows and the strategies do not: the noiseless truth of every configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cadet.bench.grid import Codes, Grid
from cadet.model.graph import ADMG
from cadet.model.objective import Goal, Objective
from cadet.model.option import Configuration, Level
from cadet.model.space import Space
from cadet.protocols import Laboratory

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Noise:
    """What disturbs the runs of a recorded table: log-normal noise, and shocks that make a run longer."""

    sd: float = 0.03
    shock_probability: float = 0.05
    shock: tuple[float, float] = (0.15, 1.0)


@dataclass(frozen=True)
class Column:
    """One quantity that goals speak about: an objective at a context level."""

    objective: Objective
    level: Level

    def cost(self, values: Floats) -> Floats:
        """Return the values so that less is better; NaN (it did not run) becomes infinite."""
        return np.where(np.isnan(values), np.inf, values if self.objective.direction == "min" else -values)

    def goal(self, cost: float, source: str) -> Goal:
        """Return the goal to reach this cost."""
        return Goal(self.objective, cost if self.objective.direction == "min" else -cost, source, self.level)


class Oracle(Protocol):
    """A system with known truth."""

    @property
    def family(self) -> str:
        """What clusters of families are made of."""
        ...

    @property
    def name(self) -> str:
        """What clusters of intervals are made of."""
        ...

    @property
    def space(self) -> Space:
        """The options."""
        ...

    @property
    def grid(self) -> Grid:
        """The options as numbers."""
        ...

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """The objectives."""
        ...

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every objective at every context level."""
        ...

    @property
    def relevant(self) -> frozenset[str]:
        """The options that can move an objective."""
        ...

    @property
    def graph(self) -> ADMG | None:
        """The true graph, None where nobody knows it."""
        ...

    @property
    def recorded(self) -> Codes | None:
        """The only configurations there are, None for all."""
        ...

    def costs(self, codes: Codes) -> Floats:
        """Return the noiseless costs, (configurations, columns): infinite where a run fails or times out."""
        ...

    def truth(self, configurations: Sequence[Configuration]) -> Floats:
        """Return the same of configurations that need not lie on the grid."""
        ...

    def main_path(self, fault: Configuration, fix: Configuration) -> tuple[str, ...] | None:
        """Return the path through events that carries most of what the fix does; None where none does or is known."""
        ...

    def laboratory(self, rng: np.random.Generator, repeats: int) -> Laboratory:
        """Return a laboratory that answers with noise."""
        ...
