"""What the runs of a session say so far, each thing worked out at most once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cadet.debugging.detect import meets
from cadet.debugging.notebook import Notebook
from cadet.debugging.shortfall import shortfall
from cadet.model.measurement import Status
from cadet.model.objective import Goal
from cadet.model.option import Configuration

Floats = npt.NDArray[np.float64]

_FAR = 1.0  # how much worse than the worst value a lost run is taken to be, in standard deviations of all others


@dataclass(frozen=True)
class Seen:
    """What is known after `runs` runs; after the next one all of it is out of date, as units are those of all runs."""

    notebook: Notebook
    goals: tuple[Goal, ...]
    runs: int
    _shortfalls: dict[Configuration, float] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def known(self) -> frozenset[Configuration]:
        """Every configuration that was asked for, feasible or not."""
        return self.notebook.known()

    @cached_property
    def measured(self) -> tuple[Configuration, ...]:
        """Every configuration that was run, in the order of its first run, whether the runs ended well or not."""
        runs = (r for r in self.notebook.runs if r.status not in (Status.INFEASIBLE, Status.APPLY_FAILED))
        return tuple(dict.fromkeys(r.configuration for r in runs))

    @cached_property
    def meeting(self) -> tuple[Configuration, ...]:
        """Of what was run, what meets every goal."""
        return tuple(c for c in self.measured if meets(self.goals, self.notebook.of(c)))

    def shortfall(self, configuration: Configuration) -> float:
        """Return how far a configuration is from its goals (`cadet.debugging.shortfall`)."""
        if configuration not in self._shortfalls:
            cells = self.notebook.of(configuration)
            self._shortfalls[configuration] = shortfall(self.goals, cells, self.notebook.runs)
        return self._shortfalls[configuration]

    @cached_property
    def shortfalls(self) -> Floats:
        """(measured,) how far each is from its goals, lost ones a little worse than the worst."""
        far = np.array([self.shortfall(c) for c in self.measured])
        seen = far[np.isfinite(far)]
        worst = float(seen.max()) + _FAR * float(seen.std()) if len(seen) else _FAR
        told = np.where(np.isfinite(far), far, worst)
        told.flags.writeable = False
        return told
