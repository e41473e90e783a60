"""Studies of worlds: random designs, repetitions, and rows that an optimiser added near the best one."""

from collections.abc import Mapping

import numpy as np
from scipy.stats import qmc

from cadet.causal.dataset import build
from cadet.model.dataset import Dataset
from cadet.model.domain import Value
from cadet.model.measurement import Purpose, Run, Status
from cadet.model.option import Configuration
from cadet.model.space import Space
from cadet.testing.worlds import World

_POPULATION = 1024


def drawn(space: Space, units: np.ndarray) -> list[Configuration]:
    """Configurations at points of the unit cube, (configurations, options)."""
    return [
        space.configuration({o.name: o.domain.from_unit(u) for o, u in zip(space.options, row, strict=True)})
        for row in units
    ]


def runs_of(
    world: World, configurations: list[Configuration], repetitions: int, purpose: Purpose, rng: np.random.Generator
) -> list[Run]:
    return [
        Run(c, Status.OK, world.simulate(c, rng), purpose=purpose) for c in configurations for _ in range(repetitions)
    ]


def study(world: World, n: int, rng: np.random.Generator, *, repetitions: int = 2, adaptive: int = 0) -> Dataset:
    """Measure a Latin hypercube of `n`, then `adaptive` mutations of the best configuration so far."""
    space = world.space
    runs = runs_of(world, drawn(space, qmc.LatinHypercube(len(space.options), rng=rng).random(n)), repetitions,
                   Purpose.DESIGN, rng)  # fmt: skip
    for _ in range(adaptive):
        best = min(runs, key=lambda run: run.values["latency"]).configuration
        mutated = rng.choice(len(space.options), int(rng.integers(1, 3)), replace=False)
        changes = {space.options[i].name: space.options[i].domain.from_unit(rng.random()) for i in mutated}
        runs += runs_of(world, [space.change(best, changes)], repetitions, Purpose.PROPOSAL, rng)
    return build(runs, space, world.objectives)


def true_effect(world: World, option: str, reference: Value, alternative: Value, objective: str = "latency") -> float:
    """The total effect over the population of the design."""
    population = drawn(world.space, qmc.Sobol(len(world.space.options), rng=7).random(_POPULATION))
    return _mean(world, population, {option: alternative}, objective) - _mean(
        world, population, {option: reference}, objective
    )


def spread(world: World, objective: str = "latency") -> float:
    """The standard deviation of the objective over the population: the scale of effects."""
    population = drawn(world.space, qmc.Sobol(len(world.space.options), rng=7).random(_POPULATION))
    return float(world.expectations(population, objective).std())


def _mean(world: World, population: list[Configuration], changes: Mapping[str, Value], objective: str) -> float:
    changed = [world.space.change(c, changes) for c in population]
    return float(world.expectations(changed, objective).mean())
