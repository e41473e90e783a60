"""A baseline is a method of finding fixes; minimising and verifying what it finds are added to it, the same for all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cadet.bench.baselines.delta import minimised
from cadet.bench.baselines.exploration import Exploration
from cadet.bench.baselines.finding import Finder, Finding
from cadet.bench.engine import Timed
from cadet.bench.strategy import Claim, initial_sample
from cadet.debugging.detect import missed, resolve_goals
from cadet.debugging.notebook import Notebook
from cadet.debugging.question import Question
from cadet.debugging.verify import verify
from cadet.model.diagnosis import Verdict
from cadet.model.measurement import Purpose
from cadet.model.option import Configuration
from cadet.protocols import Laboratory

_SMALLER = 3  # results of minimising that come before the fix they were made of
TRIALS = 5  # candidates that are verified at most, as many as our engine may
RESERVE = 10  # configurations that a search leaves for minimising: a third of what comes after the initial design


@dataclass(frozen=True)
class Baseline:
    """A strategy of the benchmark: find, then perhaps minimise, then perhaps verify.

    Plain, it claims what it measured. `minimise` takes back changes by delta debugging within the same budget, for
    which the search leaves a reserve. `verify` claims only what fresh ABBA pairs confirm, by the rule of our engine.
    """

    find: Finder
    minimise: bool = False
    verify: bool = False

    def __call__(self, laboratory: Laboratory, question: Question, rng: np.random.Generator) -> Claim:
        """Debug from the fault and the shared random sample; raises MeasurementError where no goal can be resolved."""
        timed = Timed(laboratory)
        exploration = begin(timed, question, rng)
        if not exploration.reproduces():
            return Claim(None, claimed=False, seconds=tuple(timed.seconds))
        exploration.kept = min(RESERVE, exploration.left // 2) if self.minimise else 0
        finding = self.find(exploration, rng)
        exploration.kept = 0
        fix, claimed = self._decided(exploration, finding)
        # what is minimised is named by what is left of it, not by what the method thought
        causes = None if self.minimise else finding.causes
        promises, seconds = tuple(exploration.promises), tuple(timed.seconds)
        return Claim(fix, claimed, causes, finding.paths, promises, seconds=seconds)

    def _decided(self, exploration: Exploration, finding: Finding) -> tuple[Configuration | None, bool]:
        candidates = list(finding.candidates)
        if self.minimise and candidates and exploration.meets(candidates[0]):
            smaller = minimised(exploration, candidates[0])[:_SMALLER]
            candidates = list(dict.fromkeys([*smaller, *candidates]))
        if self.verify:
            fix = confirmed(exploration, candidates)
            return fix, fix is not None
        fix = next(iter(candidates), None)
        return fix, fix is not None and exploration.meets(fix)


def begin(laboratory: Laboratory, question: Question, rng: np.random.Generator) -> Exploration:
    """Measure the fault and the random sample that all baselines share."""
    notebook = Notebook(laboratory, question.fault)
    notebook.measure([question.fault], Purpose.FAULT)
    sample = initial_sample(question, laboratory.space, rng)
    notebook.measure(sample, Purpose.DESIGN)
    notebook.initial = notebook.spent
    goals = resolve_goals(question.objectives, question.goals, notebook.runs, question.fault, notebook.levels)
    return Exploration(notebook, question, goals, sample)


def confirmed(exploration: Exploration, candidates: Iterable[Configuration]) -> Configuration | None:
    """Return the first candidate that fresh pairs confirm, within five trials that share the error."""
    goals, notebook, fault = exploration.goals, exploration.notebook, exploration.fault
    failing = frozenset(g.label for g in missed(goals, notebook.of(fault)))
    for i, candidate in enumerate(list(candidates)[:TRIALS], start=1):
        trial = verify(notebook, fault, candidate, goals, failing, i)
        if trial.verdict is Verdict.CONFIRMED:
            return candidate
        if trial.fault_is_fine:
            return None
    return None
