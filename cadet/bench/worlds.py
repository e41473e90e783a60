"""A world with known truth as an oracle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

import numpy as np

from cadet.bench.grid import Codes, Grid
from cadet.bench.mediation import main_path
from cadet.bench.oracle import Column, Floats
from cadet.model.domain import Value
from cadet.model.graph import ADMG
from cadet.model.objective import Objective
from cadet.model.option import Configuration
from cadet.model.space import Space
from cadet.protocols import Laboratory
from cadet.testing.laboratory import FunctionLaboratory
from cadet.testing.worlds.world import World, place


@dataclass(frozen=True)
class WorldOracle:
    """What is true in a world: its runs without any disturbance."""

    world: World
    recorded: Codes | None = field(default=None, init=False)

    @property
    def family(self) -> str:
        """The family of the world."""
        return self.world.family

    @property
    def name(self) -> str:
        """Family and seed."""
        return f"{self.world.family}-{self.world.seed}"

    @property
    def space(self) -> Space:
        """The options."""
        return self.world.space

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """The objectives."""
        return self.world.objectives

    @property
    def graph(self) -> ADMG:
        """The true graph."""
        return self.world.graph

    @cached_property
    def grid(self) -> Grid:
        """The options as numbers."""
        return Grid(self.space)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every objective at every context level."""
        return tuple(Column(o, level) for o in self.objectives for level in self.space.levels())

    @cached_property
    def relevant(self) -> frozenset[str]:
        """The options that are ancestors of an objective or of a limit."""
        ends = [*(o.name for o in self.objectives), *(limit.event for limit in self.world.limits)]
        ancestors = frozenset().union(*(self.graph.ancestors(name) for name in ends))
        return ancestors & frozenset(self.space.names)

    def costs(self, codes: Codes) -> Floats:
        """Return the noiseless costs, (configurations, columns)."""
        return self._costs({o.name: self._places[j][codes[:, j]] for j, o in enumerate(self.space.options)}, len(codes))

    def truth(self, configurations: Sequence[Configuration]) -> Floats:
        """Return the noiseless costs of configurations on or off the grid."""
        places = {o.name: np.array([place(o.domain, c[o.name]) for c in configurations]) for o in self.space.options}
        return self._costs(places, len(configurations))

    def main_path(self, fault: Configuration, fix: Configuration) -> tuple[str, ...] | None:
        """Return the path through events that carries most of what the fix does; None where none carries 2 %."""
        return main_path(self.world, fault, fix)

    def laboratory(self, rng: np.random.Generator, repeats: int) -> Laboratory:
        """Return the world as a laboratory; its runs are counted, so that drift goes on over the session."""
        sequence = count()

        def respond(values: Mapping[str, Value], chance: np.random.Generator) -> Mapping[str, float]:
            return self.world.simulate(values, chance, next(sequence))

        return FunctionLaboratory(self.space, respond, rng, repeats=repeats, timeout_s=self.world.timeout_s)

    @cached_property
    def _places(self) -> tuple[Floats, ...]:
        return tuple(np.array([place(o.domain, v) for v in o.levels]) for o in self.space.options)

    def _costs(self, places: dict[str, Floats], n: int) -> Floats:
        costs = np.empty((n, len(self.columns)))
        for level in self.space.levels():
            given = {c.name: np.full(n, place(c.domain, level[c.name])) for c in self.space.context}
            values = self.world.typical(places | given)
            for k, column in enumerate(self.columns):
                if column.level == level:
                    costs[:, k] = column.cost(values[column.objective.name])
        return costs
