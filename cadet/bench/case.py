"""A case: one fault of one system, its goals, and what would have been the right answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cadet.bench.grid import Codes
from cadet.bench.minimal import Minimal, minimal_fixes
from cadet.bench.oracle import Floats, Oracle
from cadet.bench.population import Population, population
from cadet.debugging.question import Question
from cadet.model.measurement import Run
from cadet.model.option import Configuration

VISIBLE = 0.15  # by how much a fault is worse than its goals, at least: nobody reports less
UNREACHABLE = 0.3  # of what is usual: the goal where no option has any effect
_TRIES = 20  # faults tried for one case


@dataclass(frozen=True)
class Case:
    """A fault, its goals, and the truth about them. `earlier`: runs of another, related system, for warm starts."""

    oracle: Oracle
    question: Question
    goal: str
    thresholds: Floats
    best: Floats
    weights: Mapping[str, float]
    minimal: Minimal | None
    earlier: tuple[Run, ...] = ()

    @property
    def name(self) -> str:
        """What a record of results is found by."""
        return f"{self.oracle.name}/{self.goal}/{self.question.fault.digest}"

    @cached_property
    def fault_costs(self) -> Floats:
        """The noiseless costs of the fault, (columns,)."""
        return np.asarray(self.oracle.truth([self.question.fault])[0])

    @cached_property
    def margin(self) -> float | None:
        """By which fraction of a goal the best minimal fix meets the one that it meets most narrowly."""
        if self.minimal is None:
            return None
        gaps = (self.thresholds - self.oracle.costs(self.minimal.codes)) / np.abs(self.thresholds)
        return float(gaps.min(axis=1).max())

    def meets(self, configurations: Sequence[Configuration]) -> list[bool]:
        """Tell of each configuration whether it truly meets every goal, within the constraints."""
        if not configurations:
            return []
        good = np.asarray((self.oracle.truth(configurations) <= self.thresholds).all(axis=1))
        return [bool(g) and self.oracle.space.feasible(c) for g, c in zip(good, configurations, strict=True)]


def cases(oracle: Oracle, goal: str, number: int, seed: int) -> Iterator[Case]:
    """Yield up to `number` cases of a system.

    Faults are drawn from beyond the 99th percentile; those that no affordable search can fix, and those that miss no
    goal by 15 %, are passed over. Where no option has an effect, any configuration is a fault and the goal is
    out of reach: the right answer is that there is no fix. A world whose objective has no value has no case.
    """
    people = population(oracle, seed)
    rng = np.random.default_rng([seed, 1])
    if not oracle.relevant:
        if np.isfinite(np.median(people.costs, axis=0)).all():
            yield _without_fix(people, goal, rng)
        return
    thresholds = people.thresholds(goal)
    faults = people.faults()
    found = 0
    for i in rng.permutation(len(faults))[: _TRIES * number]:
        case = _case(people, faults[i], goal, thresholds)
        if case is not None:
            yield case
            found += 1
        if found == number:
            return


def _case(people: Population, fault: Codes, goal: str, thresholds: Floats) -> Case | None:
    oracle = people.oracle
    costs = oracle.costs(fault[None])[0]
    visible = costs - thresholds >= VISIBLE * np.abs(thresholds)
    if not visible.any():
        return None
    minimal = minimal_fixes(oracle, fault, thresholds)
    if minimal is None or (oracle.family == "twofold" and minimal.size < 2):
        return None
    best = np.minimum(people.best, oracle.costs(minimal.codes).min(axis=0))
    return Case(oracle, _question(oracle, fault, goal, thresholds), goal, thresholds, best, people.weights(), minimal)


def _without_fix(people: Population, goal: str, rng: np.random.Generator) -> Case:
    fault = people.codes[int(rng.integers(len(people.codes)))]
    usual = np.median(people.costs, axis=0)
    thresholds = usual - UNREACHABLE * np.abs(usual)
    question = _question(people.oracle, fault, goal, thresholds)
    return Case(people.oracle, question, goal, thresholds, people.best, people.weights(), None)


def _question(oracle: Oracle, fault: Codes, goal: str, thresholds: Floats) -> Question:
    goals = tuple(column.goal(float(t), goal) for column, t in zip(oracle.columns, thresholds, strict=True))
    return Question(oracle.name, oracle.objectives, oracle.grid.decode(fault[None])[0], goals)
