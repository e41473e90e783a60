"""The neighbourhood of the fault in which a fix is sought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from cadet.model.option import Configuration
from cadet.model.space import Space

_RECORDED = 6000  # recorded configurations that are scored all together


@dataclass(frozen=True)
class Search:
    """The neighbourhood of the fault in which a fix is sought; `allowed` is what a fix may give up."""

    space: Space
    fault: Configuration
    allowed: frozenset[str]
    _distances: dict[Configuration, int] = field(default_factory=dict, repr=False)

    def distance(self, configuration: Configuration) -> int:
        """Return how many options must be changed to get there from the fault."""
        if configuration not in self._distances:
            self._distances[configuration] = len(self.space.changes(self.fault, configuration))
        return self._distances[configuration]

    def in_words(self, configuration: Configuration) -> str:
        """Return how many options of the fault are changed, in words."""
        number = self.distance(configuration)
        return f"{number} change{'s' if number != 1 else ''}"

    @cached_property
    def singles(self) -> tuple[Configuration, ...]:
        """Every permitted single change of the fault."""
        return tuple(dict.fromkeys(self.space.neighbours(self.fault, self.allowed)))

    @cached_property
    def steps(self) -> tuple[tuple[str, object], ...]:
        """Every option with every value other than the fault's."""
        return tuple((o.name, v) for o in self.space.options for v in o.levels if v != self.fault[o.name])

    @cached_property
    def recorded(self) -> tuple[Configuration, ...]:
        """On a recorded device: every permitted configuration, the nearest first."""
        permitted = [c for c in self.space.recorded or () if c != self.fault and self.space.permits(c, self.allowed)]
        return tuple(sorted(permitted, key=lambda c: (self.distance(c), c.key))[:_RECORDED])

    def between(self, configuration: Configuration) -> Iterator[Configuration]:
        """Yield the ablations: `configuration` with one of its changes taken back."""
        for change in self.space.changes(self.fault, configuration):
            without = self.space.change(configuration, {change.option: self.fault[change.option]})
            if without not in (self.fault, configuration) and self.space.permits(without, self.allowed):
                yield without
