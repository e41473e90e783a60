"""A world: a space of options, the true causal graph, runs, and the noiseless expectation of every configuration."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.stats import norm, qmc

from cadet.model.domain import Choice, Domain, Value
from cadet.model.graph import ADMG
from cadet.model.objective import Objective
from cadet.model.space import Space
from cadet.testing.worlds.mechanism import Array, Node

SHOCK_PROBABILITY = 0.05
SHOCK = (0.15, 1.0)  # a shocked run takes 15 to 100 % longer
_POINTS = 512  # of the quadrature over event noise and hidden causes


@dataclass(frozen=True)
class World:
    """A system with known truth; `nodes` are its events and objectives, causes first."""

    family: str
    seed: int
    space: Space
    objectives: tuple[Objective, ...]
    nodes: tuple[Node, ...]
    shocks: bool = False

    @cached_property
    def events(self) -> tuple[str, ...]:
        """The names of the observed variables between options and objectives."""
        goals = {objective.name for objective in self.objectives}
        return tuple(node.name for node in self.nodes if node.name not in goals)

    @cached_property
    def graph(self) -> ADMG:
        """The true graph over options, events and objectives; hidden causes appear as bidirected edges."""
        names = (*self.space.names, *(node.name for node in self.nodes))
        directed = frozenset((parent, node.name) for node in self.nodes for parent in node.parents)
        hidden = {node.name: set(node.hidden or ()) for node in self.nodes}
        pairs = ((a, b) for a in hidden for b in hidden if a < b and hidden[a] & hidden[b])
        return ADMG(names, directed, frozenset(frozenset(pair) for pair in pairs))

    def simulate(self, configuration: Mapping[str, Value], rng: np.random.Generator) -> dict[str, float]:
        """Run once: return every event and objective."""
        draws = rng.standard_normal((1, len(self._sources)))
        values = {name: float(value[0, 0]) for name, value in self._propagate([configuration], draws).items()}
        if self.shocks and rng.random() < SHOCK_PROBABILITY:
            factor = 1 + rng.uniform(*SHOCK)
            values |= {objective.name: factor * values[objective.name] for objective in self.objectives}
        return values

    def expected(self, configuration: Mapping[str, Value], objective: str) -> float:
        """Return E[objective | do(configuration)]: by quadrature over the events' noise, exact over the objective's."""
        return float(self.expectations([configuration], objective)[0])

    def expectations(self, configurations: Sequence[Mapping[str, Value]], objective: str) -> Array:
        """Return E[objective | do(configuration)] for each configuration; shape (configurations,)."""
        node = next(node for node in self.nodes if node.name == objective)
        shock = 1 + SHOCK_PROBABILITY * sum(SHOCK) / 2 if self.shocks else 1.0
        own_noise = math.exp(node.sd**2 / 2)
        values = self._propagate(configurations, self._quadrature)[objective]
        means = np.broadcast_to(values, (len(configurations), values.shape[1])).mean(axis=1)
        return np.asarray(means * own_noise * shock)

    @cached_property
    def _sources(self) -> tuple[str, ...]:
        """Every independent source of randomness: the nodes' own noise, then the hidden causes."""
        hidden = sorted({cause for node in self.nodes for cause in node.hidden or ()})
        return (*(node.name for node in self.nodes), *hidden)

    @cached_property
    def _quadrature(self) -> Array:
        """Standard normal points (points, sources); an objective's own noise is left to the closed form."""
        cube = qmc.Sobol(len(self._sources), scramble=True, rng=0).random(_POINTS)
        points = np.asarray(norm.ppf(np.clip(cube, 1e-6, 1 - 1e-6)))
        for objective in self.objectives:
            points[:, self._sources.index(objective.name)] = 0.0
        return points

    def _propagate(self, configurations: Sequence[Mapping[str, Value]], draws: Array) -> dict[str, Array]:
        """Return every node's values, (configurations, draws) or broadcastable to it."""
        source = {name: draws[None, :, i] for i, name in enumerate(self._sources)}
        inputs = {o.name: np.array([[_place(o.domain, c[o.name])] for c in configurations]) for o in self.space.options}
        values: dict[str, Array] = {}
        for node in self.nodes:
            noise = node.sd * source[node.name]
            for cause, loading in (node.hidden or {}).items():
                noise = noise + loading * source[cause]
            inputs[node.name] = node.log_value(inputs, noise)
            values[node.name] = node.base * np.exp(inputs[node.name])
        return values


def _place(domain: Domain, value: Value) -> float:
    if isinstance(domain, Choice) and not domain.ordered:
        return float(domain.values.index(value))
    return domain.position(value)
