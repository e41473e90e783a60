"""The measurements of one baseline: a budget, what was measured, and how far each configuration is from the goals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cadet.bench.baselines.seen import Floats, Seen
from cadet.debugging.detect import meets
from cadet.debugging.neighbourhood import Search
from cadet.debugging.notebook import Notebook
from cadet.debugging.question import Question
from cadet.model.measurement import Purpose
from cadet.model.objective import Goal
from cadet.model.option import Configuration
from cadet.model.space import Space


@dataclass
class Exploration:
    """A fault, its goals, and the laboratory as far as the budget reaches.

    initial: the random configurations that every baseline starts from. kept: configurations that a search leaves in the
    budget, for those who minimise what it finds.
    """

    notebook: Notebook
    question: Question
    goals: tuple[Goal, ...]
    initial: tuple[Configuration, ...] = ()
    kept: int = 0
    promises: list[tuple[float, Configuration]] = field(default_factory=list)
    _latest: Seen | None = field(default=None, init=False, repr=False)

    @property
    def space(self) -> Space:
        """The space of the laboratory."""
        return self.notebook.space

    @property
    def fault(self) -> Configuration:
        """The configuration to be fixed."""
        return self.question.fault

    @cached_property
    def search(self) -> Search:
        """The neighbourhood of the fault: its distance, its single changes, what may be given up."""
        return Search(self.space, self.fault, self.question.accepted | self.space.given_up(self.fault))

    @property
    def left(self) -> int:
        """How many new configurations the search may still measure."""
        return self.question.budget - self.notebook.spent - self.kept

    def reproduces(self) -> bool:
        """Tell whether the fault misses a goal; one that seems fine is looked at a second time."""
        if self.meets(self.fault) and not self.notebook.noiseless:
            for level in self.notebook.levels:
                self.notebook.pair(self.fault, self.fault, level, Purpose.FAULT)
        return not self.meets(self.fault)

    @property
    def seen(self) -> Seen:
        """What all runs so far say."""
        if self._latest is None or self._latest.runs != len(self.notebook.runs):
            self._latest = Seen(self.notebook, self.goals, len(self.notebook.runs))
        return self._latest

    def open(self, configuration: Configuration) -> bool:
        """Tell whether a configuration may be measured and was not yet."""
        return configuration not in self.seen.known and self.space.permits(configuration, self.search.allowed)

    def measure(self, configuration: Configuration) -> bool:
        """Measure a new configuration; tell whether it is measured now, which needs a permit, budget, and a device.

        One that turns out to be infeasible costs nothing. Failed and timed-out ones are measured: they miss the goals.
        """
        if self.left > 0 and self.open(configuration):
            self.notebook.measure([configuration], Purpose.PROPOSAL)
        return configuration in self.measured

    def first_good(self, candidates: Iterable[Configuration]) -> Configuration | None:
        """Measure candidates until one meets the goals or the budget is used up, and return that one."""
        for candidate in candidates:
            if self.measure(candidate) and self.meets(candidate):
                return candidate
            if self.left <= 0:
                return None
        return None

    def meets(self, configuration: Configuration) -> bool:
        """Tell whether a measured configuration meets every goal, by the median of its runs."""
        return meets(self.goals, self.notebook.of(configuration))

    @property
    def measured(self) -> list[Configuration]:
        """Every configuration that was run, the fault first, whether the runs ended well or not."""
        return list(self.seen.measured)

    @property
    def good(self) -> list[Configuration]:
        """Every measured configuration that meets the goals."""
        return [c for c in self.seen.meeting if c != self.fault]

    def shortfall(self, configuration: Configuration) -> float:
        """Return how far a configuration is from its goals (`cadet.debugging.shortfall`)."""
        return self.seen.shortfall(configuration)

    def table(self) -> tuple[list[Configuration], Floats]:
        """Return what was measured and its shortfalls, (configurations,), lost ones a little worse than the worst."""
        return self.measured, self.seen.shortfalls


def by_changes(exploration: Exploration, configurations: Sequence[Configuration]) -> list[Configuration]:
    """Return configurations with the fewest changes first, the better of equals first."""
    return sorted(configurations, key=lambda c: (exploration.search.distance(c), exploration.shortfall(c), c.key))


def by_value(exploration: Exploration, configurations: Sequence[Configuration]) -> list[Configuration]:
    """Return the best configurations first."""
    return sorted(configurations, key=lambda c: (exploration.shortfall(c), c.key))
