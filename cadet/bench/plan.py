"""What is to be run: systems, goals, seeds and strategies; every cell has a key that a record is found by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from cadet.bench.case import Case, cases
from cadet.bench.oracle import Oracle
from cadet.bench.recorded import DEVICES, device
from cadet.bench.worlds import WorldOracle
from cadet.errors import UsageError
from cadet.testing.worlds.frozen import frozen_world

FIRST = {"dev": 0, "report": 1_000_000}  # seed of the first world; below 1000 worlds the two never meet
_APART = 1000
_OTHERS = 40  # further seeds for a world in which no fault qualifies


@dataclass(frozen=True)
class System:
    """A recorded device, or the n-th world of a family."""

    family: str
    number: int = 0

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
        where = f"{self.system.family}/{self.system.number}/{self.goal}/{self.fault}"
        return f"{self.split}/{where}/seed{self.seed}/repeats{self.repeats}/{strategy}"

    @property
    def entropy(self) -> list[int]:
        """What every strategy of this cell is seeded with."""
        digest = hashlib.sha256(self.key("").encode()).digest()
        return [int.from_bytes(digest[:8], "big")]


@dataclass(frozen=True)
class Plan:
    """What is to be run. worlds: per family; faults: per recorded device; seeds: sessions of each fault."""

    strategies: tuple[str, ...]
    families: tuple[str, ...]
    devices: tuple[str, ...]
    goals: tuple[str, ...] = ("median", "p10")
    worlds: int = 5
    faults: int = 10
    seeds: int = 1
    split: str = "dev"
    repeats: int = 1

    def cells(self) -> Iterator[Cell]:
        """Yield every cell, one session of every system before the second one of any."""
        for seed in range(self.seeds):
            for number in range(max(self.worlds, self.faults)):
                for family in self.families if number < self.worlds else ():
                    yield from self._of(System(family, number), 0, seed)
                for name in self.devices if number < self.faults else ():
                    yield from self._of(System(name), number, seed)

    def _of(self, system: System, fault: int, seed: int) -> Iterator[Cell]:
        for goal in self.goals:
            yield Cell(system, goal, fault, seed, self.split, self.repeats)


@lru_cache(maxsize=64)
def case_of(system: System, goal: str, fault: int, split: str) -> Case | None:
    """Return the case of a cell; None where a recorded device has fewer faults."""
    first = FIRST[split]
    if system.recorded:
        return next(islice(_cases_of_device(system.family, goal, first), fault, None), None)
    for k in range(_OTHERS):
        seed = first + system.number + _APART * k
        case = next(cases(WorldOracle(frozen_world(system.family, seed)), goal, 1, seed), None)
        if case is not None:
            return case
    raise UsageError(f"no world of {system.family!r} has a fault for the goal {goal!r}")


@lru_cache(maxsize=64)
def _cases_of_device(name: str, goal: str, seed: int) -> tuple[Case, ...]:
    oracle: Oracle = device(name)
    return tuple(cases(oracle, goal, 10, seed))
