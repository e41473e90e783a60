"""A laboratory that counts: what was measured in which order, and no more than the budget."""

from __future__ import annotations

from collections.abc import Sequence

from cadet.bench.strategy import Claim
from cadet.debugging.question import Question
from cadet.errors import BudgetSpent
from cadet.model.measurement import Measurement, Purpose, Run, Status
from cadet.model.option import Configuration, Level
from cadet.protocols import Laboratory


class Counting:
    """Passes everything on; `order` holds the distinct feasible configurations besides the fault, as they came.

    `earlier` holds the runs of a related system, where a case has some.
    """

    def __init__(self, inner: Laboratory, question: Question, earlier: Sequence[Run] = ()) -> None:
        self.earlier = tuple(earlier)
        self.space, self.levels, self.noiseless = inner.space, inner.levels, inner.noiseless
        self.inner, self.question = inner, question
        self.order: list[Configuration] = []
        self.measured = self.paired = self.infeasible = 0  # runs
        self._seen = {question.fault}

    def measure(self, configurations: Sequence[Configuration], purpose: Purpose) -> Sequence[Measurement]:
        """Measure; raises BudgetSpent, before anything is run, where that would be too many."""
        self._require(configurations)
        answers = self.inner.measure(configurations, purpose)
        runs = [run for answer in answers for run in answer.runs]
        self._note(runs)
        self.measured += len(runs)
        return answers

    def pair(self, first: Configuration, second: Configuration, level: Level, purpose: Purpose) -> tuple[Run, Run]:
        """Run a pair; raises BudgetSpent where it holds one configuration too many."""
        self._require([first, second])
        runs = self.inner.pair(first, second, level, purpose)
        self._note(runs)
        self.paired += 2
        return runs

    def runs(self) -> Sequence[Run]:
        """Return every run so far."""
        return self.inner.runs()

    def _require(self, configurations: Sequence[Configuration]) -> None:
        new = {c for c in configurations if c not in self._seen and self.space.feasible(c)}
        if len(self.order) + len(new) > self.question.budget:
            raise BudgetSpent(f"{len(self.order)} configurations were measured and {len(new)} more are asked for; "
                              f"the budget is {self.question.budget}")  # fmt: skip

    def _note(self, runs: Sequence[Run]) -> None:
        self.infeasible += sum(run.status is Status.INFEASIBLE for run in runs)
        for run in runs:
            if run.configuration not in self._seen and run.status is not Status.INFEASIBLE:
                self._seen.add(run.configuration)
                self.order.append(run.configuration)


NOTHING = Claim(None, claimed=False)
