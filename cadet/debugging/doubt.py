"""Where a single run contradicts what is believed: it is run again, before the run or the belief is given up.

One run may be an accident (a shock, a cache that was warm), and an accident and a discovery look the same: both are
outliers of the model. Two runs that agree are a discovery.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cadet.debugging.belief import Belief
from cadet.debugging.detect import meets
from cadet.debugging.notebook import Notebook
from cadet.model.measurement import Purpose
from cadet.model.objective import Goal
from cadet.model.option import Configuration

MOST = 6  # runs made again in a session
_ENOUGH = 3  # runs of a configuration that say what it does, whatever is believed
_UNLIKELY = 0.3  # probability below which meeting the goals is a surprise
_EXPECTED = 0.5  # promise from which missing them is one


@dataclass
class Doubts:
    """What was run again so far, and whether something should be."""

    notebook: Notebook
    goals: tuple[Goal, ...]
    looks: int = 0

    def better_than_believed(self, belief: Belief, configurations: Sequence[Configuration]) -> Configuration | None:
        """Return what was seen to meet the goals and is not believed to, the most probable; None where nothing is."""
        open_ones = [c for c in configurations if self._may_be_accident(c) and self._meets(c)]
        if not open_ones:
            return None
        log_p = belief.log_probability(open_ones)
        unlikely = [i for i in np.argsort(-log_p, kind="stable") if log_p[i] < np.log(_UNLIKELY)]
        return open_ones[unlikely[0]] if unlikely else None

    def worse_than_promised(self, promise: float, configuration: Configuration) -> bool:
        """Tell whether what was probably going to meet the goals was seen to miss one."""
        return promise >= _EXPECTED and self._may_be_accident(configuration) and not self._meets(configuration)

    def look_again(self, configuration: Configuration) -> None:
        """Run it once more, beside the fault: that tells at the same time how much runs differ."""
        self.looks += 1
        for level in dict.fromkeys(goal.level for goal in self.goals):
            self.notebook.pair(self.notebook.fault, configuration, level, Purpose.PROPOSAL)

    def _meets(self, configuration: Configuration) -> bool:
        return meets(self.goals, self.notebook.of(configuration))

    def _may_be_accident(self, configuration: Configuration) -> bool:
        runs = min((len(m.runs) for m in self.notebook.of(configuration)), default=0)
        return not self.notebook.noiseless and self.looks < MOST and runs < _ENOUGH
