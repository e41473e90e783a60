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
class Shocks:
    """With this probability a run takes longer, by a share that is uniform between `low` and `high`."""

    probability: float = SHOCK_PROBABILITY
    low: float = SHOCK[0]
    high: float = SHOCK[1]


@dataclass(frozen=True)
class Limit:
    """A run fails where the logarithm of `event` over its base exceeds `at` (memory is used up)."""

    event: str
    at: float


@dataclass(frozen=True)
class Drift:
    """A slow change of the device that all objectives feel: waves of the log, (amplitude, period in runs, phase)."""

    waves: tuple[tuple[float, float, float], ...] = ()

    def at(self, sequence: int) -> float:
        """Return the shift of the logarithm in the run number `sequence`; zero in the mean over time."""
        return sum(a * math.sin(2 * math.pi * (sequence / period + phase)) for a, period, phase in self.waves)


@dataclass(frozen=True)
class World:
    """A system with known truth; `nodes` are its events and objectives, causes first.

    shocks: whether runs are shocked, by `shock`. A run fails beyond a limit, and times out where the first objective
    exceeds `timeout_s`.
    """

    family: str
    seed: int
    space: Space
    objectives: tuple[Objective, ...]
    nodes: tuple[Node, ...]
    shocks: bool = False
    shock: Shocks = Shocks()
    limits: tuple[Limit, ...] = ()
    drift: Drift = Drift()
    timeout_s: float | None = None

    @cached_property
    def events(self) -> tuple[str, ...]:
        """The names of the observed variables between options and objectives."""
        goals = {objective.name for objective in self.objectives}
        return tuple(node.name for node in self.nodes if node.name not in goals)

    @cached_property
    def graph(self) -> ADMG:
        """The true graph over options, context, events and objectives; hidden causes appear as bidirected edges."""
        names = (*self.space.names, *(c.name for c in self.space.context), *(node.name for node in self.nodes))
        directed = frozenset((parent, node.name) for node in self.nodes for parent in node.parents)
        hidden = {node.name: set(node.hidden or ()) for node in self.nodes}
        pairs = ((a, b) for a in hidden for b in hidden if a < b and hidden[a] & hidden[b])
        return ADMG(names, directed, frozenset(frozenset(pair) for pair in pairs))

    def simulate(
        self, configuration: Mapping[str, Value], rng: np.random.Generator, sequence: int = 0
    ) -> dict[str, float]:
        """Run once, as run number `sequence`, at a configuration (and context): return every event and objective.

        Raises RuntimeError where a limit is exceeded, TimeoutError where the time is.
        """
        draws = rng.standard_normal((1, len(self._sources)))
        values = {n: float(v[0, 0]) for n, v in self._propagate(self.inputs([configuration]), draws).items()}
        for limit in self.limits:
            if math.log(values[limit.event] / self._by_name[limit.event].base) > limit.at:
                raise RuntimeError(f"out of memory: {limit.event} = {values[limit.event]:.4g}")
        factor = math.exp(self.drift.at(sequence))
        if self.shocks and rng.random() < self.shock.probability:
            factor *= 1 + rng.uniform(self.shock.low, self.shock.high)
        values |= {o.name: values[o.name] * (factor if o.direction == "min" else 1 / factor) for o in self.objectives}
        for node in self.nodes:
            if node.reading:
                values[node.name] *= math.exp(node.reading * rng.standard_normal())
        if self.timeout_s is not None and values[self.objectives[0].name] > self.timeout_s:
            raise TimeoutError(f"no end after {self.timeout_s:.4g} s")
        return values

    def typical(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return every event and objective of runs that nothing disturbs; NaN where the run fails or times out.

        inputs: for every option and context variable the places of its values (`place`), shape (configurations,).
        """
        undisturbed = np.zeros((1, len(self._sources)))
        rows = {name: x[:, None] for name, x in inputs.items()}
        n = len(next(iter(inputs.values())))
        values = self._propagate(rows, undisturbed)
        answer = {name: np.broadcast_to(v, (n, 1))[:, 0].copy() for name, v in values.items()}
        lost = np.zeros(n, dtype=bool)
        for limit in self.limits:
            lost |= np.log(answer[limit.event] / self._by_name[limit.event].base) > limit.at
        if self.timeout_s is not None:
            lost |= answer[self.objectives[0].name] > self.timeout_s
        for objective in self.objectives:
            answer[objective.name][lost] = np.nan
        return answer

    def expected(self, configuration: Mapping[str, Value], objective: str) -> float:
        """Return E[objective | do(configuration)]: by quadrature over the events' noise, exact over the objective's."""
        return float(self.expectations([configuration], objective)[0])

    def expectations(self, configurations: Sequence[Mapping[str, Value]], objective: str) -> Array:
        """Return E[objective | do(configuration)] for each configuration; shape (configurations,)."""
        node = self._by_name[objective]
        shock = 1 + self.shock.probability * (self.shock.low + self.shock.high) / 2 if self.shocks else 1.0
        inputs = self.inputs(configurations)
        own_noise = np.exp(np.square(np.ravel(node.noise_sd(inputs))) / 2)
        values = self._propagate(inputs, self._quadrature)[objective]
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

    @cached_property
    def _by_name(self) -> Mapping[str, Node]:
        return {node.name: node for node in self.nodes}

    def inputs(self, configurations: Sequence[Mapping[str, Value]]) -> dict[str, Array]:
        """Return the places of all options and context variables, (configurations, 1) each."""
        given: dict[str, Domain] = {o.name: o.domain for o in self.space.options}
        given |= {c.name: c.domain for c in self.space.context}
        return {n: np.array([[place(domain, c[n])] for c in configurations]) for n, domain in given.items()}

    def _propagate(self, given: Mapping[str, Array], draws: Array) -> dict[str, Array]:
        """Return every node's values, (configurations, draws) or broadcastable to it."""
        source = {name: draws[None, :, i] for i, name in enumerate(self._sources)}
        inputs = dict(given)
        values: dict[str, Array] = {}
        for node in self.nodes:
            noise = node.noise_sd(inputs) * source[node.name]
            for cause, loading in (node.hidden or {}).items():
                noise = noise + loading * source[cause]
            inputs[node.name] = node.log_value(inputs, noise)
            values[node.name] = node.base * np.exp(inputs[node.name])
        return values


def place(domain: Domain, value: Value) -> float:
    """Return where a value lies: its index where values have no order, else its position in [0, 1]."""
    if isinstance(domain, Choice) and not domain.ordered:
        return float(domain.values.index(value))
    return domain.position(value)
