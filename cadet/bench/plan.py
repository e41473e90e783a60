"""What is to be run: systems, goals, seeds and strategies; every cell has a key that a record is found by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

import numpy as np

from cadet.bench.case import Case, cases
from cadet.bench.oracle import Oracle
from cadet.bench.recorded import DEVICES, device
from cadet.bench.worlds import WorldOracle
from cadet.debugging.design import random_configurations
from cadet.errors import UsageError
from cadet.model.measurement import Purpose
from cadet.testing.worlds.frozen import frozen_world
from cadet.testing.worlds.shift import shifted

FIRST = {"dev": 0, "report": 1_000_000}  # seed of the first world; below 1000 worlds the two never meet
_APART = 1000
EARLIER = 150  # rows of a related system that a strategy is given in a warm case
WARM = {"jetson_tx2_xception_800": "jetson_tx2_xception_400", "gpu_pnpoly_rtx3090": "gpu_pnpoly_rtx2080ti"}
_OTHERS = 40  # further seeds for a world in which no fault qualifies


@dataclass(frozen=True)
class System:
    """A recorded device, or the n-th world of a family.

    earlier: where the runs that a strategy is given come from: a shift of worlds, the name of another recorded device,
    or empty (it is given none). The faults to debug are those of the shifted world.
    """

    family: str
    number: int = 0
    earlier: str = ""

    @property
    def label(self) -> str:
        """Family and where it started from."""
        return f"{self.family}<{self.earlier}" if self.earlier else self.family

    @property
    def recorded(self) -> bool:
        """Whether it is a recorded device."""
        return self.family.removesuffix(":exact") in DEVICES


@dataclass(frozen=True)
class Cell:
    """One fault and one session: what is repeated by every strategy on the same noise."""

    system: System
    goal: str
    fault: int
    seed: int
    split: str
    repeats: int

    def key(self, strategy: str) -> str:
        """Return what a record of this cell is found by."""
        where = f"{self.system.label}/{self.system.number}/{self.goal}/{self.fault}"
        return f"{self.split}/{where}/seed{self.seed}/repeats{self.repeats}/{strategy}"

    @property
    def entropy(self) -> list[int]:
        """What every strategy of this cell is seeded with."""
        digest = hashlib.sha256(self.key("").encode()).digest()
        return [int.from_bytes(digest[:8], "big")]


@dataclass(frozen=True)
class Plan:
    """What is to be run. worlds: per family; faults: per recorded device; seeds: sessions of each fault.

    warm: shifts of worlds from which strategies get earlier runs, with the pairs of recorded devices in `WARM`; empty:
    strategies get none.
    """

    strategies: tuple[str, ...]
    families: tuple[str, ...]
    devices: tuple[str, ...]
    goals: tuple[str, ...] = ("median", "p10")
    worlds: int = 5
    faults: int = 10
    seeds: int = 1
    split: str = "dev"
    repeats: int = 1
    warm: tuple[str, ...] = ()

    def cells(self) -> Iterator[Cell]:
        """Yield every cell, one session of every system before the second one of any."""
        for seed in range(self.seeds):
            for number in range(max(self.worlds, self.faults)):
                for system, fault in self._systems(number):
                    yield from self._of(system, fault, seed)

    def _systems(self, number: int) -> Iterator[tuple[System, int]]:
        """Yield the number-th world of each family and the number-th fault of each device."""
        for family in self.families if number < self.worlds else ():
            for shift in self.warm or ("",):
                yield System(family, number, shift), 0
        for name in self.devices if number < self.faults else ():
            if not self.warm:
                yield System(name), number
            elif name in WARM:
                yield System(name, 0, WARM[name]), number

    def _of(self, system: System, fault: int, seed: int) -> Iterator[Cell]:
        for goal in self.goals:
            yield Cell(system, goal, fault, seed, self.split, self.repeats)


@lru_cache(maxsize=64)
def case_of(system: System, goal: str, fault: int, split: str) -> Case | None:
    """Return the case of a cell; None where a recorded device has fewer faults."""
    first = FIRST[split]
    if system.recorded:
        case = next(islice(_cases_of_device(system.family, goal, first), fault, None), None)
        rng = np.random.default_rng([first, fault])
        return _after(case, device(system.earlier), rng) if case and system.earlier else case
    for k in range(_OTHERS):
        seed = first + system.number + _APART * k
        source = frozen_world(system.family, seed)
        rng = np.random.default_rng([seed, 2])
        target = shifted(source, system.earlier, rng) if system.earlier else source
        case = next(cases(WorldOracle(target), goal, 1, seed), None)
        if case is not None:
            return _after(case, WorldOracle(source), rng) if system.earlier else case
    raise UsageError(f"no world of {system.family!r} has a fault for the goal {goal!r}")


def _after(case: Case, source: Oracle, rng: np.random.Generator) -> Case:
    """Return the case with random runs of the related system."""
    laboratory = source.laboratory(rng, 1)
    design = islice(random_configurations(source.space, rng, frozenset()), EARLIER)
    laboratory.measure(list(design), Purpose.DESIGN)
    return replace(case, earlier=tuple(laboratory.runs()))


@lru_cache(maxsize=64)
def _cases_of_device(name: str, goal: str, seed: int) -> tuple[Case, ...]:
    oracle: Oracle = device(name)
    return tuple(cases(oracle, goal, 10, seed))
