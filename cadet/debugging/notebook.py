"""Everything a session asked and was told: the only memory of the engine.

The engine learns from these answers and not from `Laboratory.runs()`: a session that is resumed asks the same
questions in the same order, and must not see answers that it has not asked for yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cadet.model.diagnosis import Counts
from cadet.model.measurement import Measurement, Purpose, Run, Status, Tag, measurements
from cadet.model.option import Configuration, Level
from cadet.model.space import Space
from cadet.protocols import Laboratory


@dataclass
class Notebook:
    """A laboratory whose answers are written down, and whose cost is counted.

    before: how many runs are of earlier sessions. initial, probes: how many of the configurations that were spent
    belong to the first design, and to the tests of what acts only together.
    """

    laboratory: Laboratory
    fault: Configuration
    runs: list[Run] = field(default_factory=list)
    before: int = 0
    initial: int = 0
    probes: int = 0
    asked: set[Configuration] = field(default_factory=set)

    @property
    def space(self) -> Space:
        """The space of the laboratory."""
        return self.laboratory.space

    @property
    def noiseless(self) -> bool:
        """Whether repetitions say nothing."""
        return self.laboratory.noiseless

    @property
    def levels(self) -> Sequence[Level]:
        """The context levels."""
        return self.laboratory.levels

    def measure(self, configurations: Sequence[Configuration], purpose: Purpose) -> Sequence[Measurement]:
        """Measure and remember."""
        self.asked.update(configurations)
        answers = self.laboratory.measure(configurations, purpose)
        self.write(run for answer in answers for run in answer.runs)
        return answers

    def pair(self, first: Configuration, second: Configuration, level: Level, purpose: Purpose) -> tuple[Run, Run]:
        """Run a pair and remember."""
        self.asked.update((first, second))
        answer = self.laboratory.pair(first, second, level, purpose)
        self.write(answer)
        return answer

    def write(self, runs: Iterable[Run]) -> None:
        """Write runs down, each once: a laboratory may answer from its store."""
        known = {run.slot for run in self.runs if run.slot}
        self.runs.extend(run for run in runs if run.slot not in known)

    def measurements(self) -> list[Measurement]:
        """Return everything known, by configuration and level."""
        return measurements(self.runs)

    def of(self, configuration: Configuration) -> list[Measurement]:
        """Return what is known about one configuration, by level."""
        return measurements([run for run in self.runs if run.configuration == configuration])

    def known(self) -> frozenset[Configuration]:
        """Return every configuration that was asked for, feasible or not."""
        return frozenset(run.configuration for run in self.runs)

    @property
    def sampled(self) -> int:
        """How many distinct configurations of a random design are known."""
        return len({run.configuration for run in self.runs if run.purpose is Purpose.DESIGN} - {self.fault})

    @property
    def spent(self) -> int:
        """How many distinct feasible configurations were run besides the fault, and asked for in this session."""
        feasible = {run.configuration for run in self._mine if run.status is not Status.INFEASIBLE}
        return len(feasible - {self.fault})

    @property
    def _mine(self) -> list[Run]:
        return [run for run in self.runs if run.configuration in self.asked]

    def counts(self) -> Counts:
        """Return what the session cost."""
        mine = self._mine
        status = [run.status for run in mine]
        return Counts(
            initial=self.initial,
            probes=self.probes,
            total=self.spent,
            runs=len(mine) - status.count(Status.INFEASIBLE),
            infeasible=status.count(Status.INFEASIBLE),
            failed=status.count(Status.FAILED) + status.count(Status.APPLY_FAILED),
            contended=sum(Tag.CONTENDED in run.tags for run in mine),
            reused=len(self.known() - self.asked),
        )
