"""Small sessions: an exploration of a system with a known answer, and a laboratory that remembers what was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from cadet.bench.baselines.baseline import begin
from cadet.bench.baselines.exploration import Exploration
from cadet.debugging.notebook import Notebook
from cadet.debugging.question import Question
from cadet.model.domain import Value
from cadet.model.measurement import Measurement, Purpose, Run, Status
from cadet.model.objective import Goal
from cadet.model.option import Configuration, Level
from cadet.model.space import Space
from cadet.protocols import Laboratory
from cadet.testing.laboratory import FunctionLaboratory
from tests.debugging.systems import LATENCY, noisy


def question(space: Space, threshold: float, fault: Configuration | None = None, **more: int) -> Question:
    """Latency must be at most `threshold`; the fault is the default unless another is given."""
    return Question("target", (LATENCY,), fault or space.default, (Goal(LATENCY, threshold),), **more)


def exact(space: Space, cost: Callable[[Mapping[str, Value]], float]) -> FunctionLaboratory:
    """A device without noise that is measured once."""
    return noisy(space, cost, 0.0, 0, repeats=1)


def explored(laboratory: Laboratory, asked: Question, seed: int = 0) -> Exploration:
    """The fault and the shared sample are measured."""
    return begin(laboratory, asked, np.random.default_rng(seed))


def only(laboratory: Laboratory, asked: Question, configurations: Sequence[Configuration]) -> Exploration:
    """The fault and just these configurations are measured."""
    notebook = Notebook(laboratory, asked.fault)
    notebook.measure([asked.fault], Purpose.FAULT)
    notebook.measure(configurations, Purpose.DESIGN)
    return Exploration(notebook, asked, asked.goals, tuple(configurations))


def ran(laboratory: Laboratory, fault: Configuration) -> list[Configuration]:
    """Return the distinct feasible configurations that were run besides the fault, in order."""
    runs = (r for r in laboratory.runs() if r.status is not Status.INFEASIBLE)
    return [c for c in dict.fromkeys(r.configuration for r in runs) if c != fault]


class Strict:
    """A laboratory that refuses what a space does not permit, and in which some of what it permits cannot be run."""

    def __init__(self, inner: FunctionLaboratory, refuses: Callable[[Configuration], bool] = lambda _: False) -> None:
        self.space, self.levels, self.noiseless = inner.space, inner.levels, inner.noiseless
        self.inner, self.refuses = inner, refuses
        self.refused: list[Run] = []

    def measure(self, configurations: Sequence[Configuration], purpose: Purpose) -> Sequence[Measurement]:
        assert all(self.space.permits(c, frozenset()) for c in configurations)
        return [self._one(c, purpose) for c in configurations]

    def pair(self, first: Configuration, second: Configuration, level: Level, purpose: Purpose) -> tuple[Run, Run]:
        assert not self.refuses(first) and not self.refuses(second)
        return self.inner.pair(first, second, level, purpose)

    def runs(self) -> Sequence[Run]:
        return (*self.inner.runs(), *self.refused)

    def _one(self, configuration: Configuration, purpose: Purpose) -> Measurement:
        if not self.refuses(configuration):
            return self.inner.measure([configuration], purpose)[0]
        self.refused.append(Run(configuration, Status.INFEASIBLE, purpose=purpose))
        return Measurement(configuration, (self.refused[-1],))
