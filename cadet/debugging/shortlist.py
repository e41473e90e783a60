"""Which of the configurations measured so far to verify: what seems to meet the goals, the smallest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from cadet.debugging.belief import Belief
from cadet.debugging.bystanders import Bystanders
from cadet.debugging.cost import Floats
from cadet.debugging.detect import meets
from cadet.debugging.neighbourhood import Search
from cadet.debugging.notebook import Notebook
from cadet.debugging.verify import Trial
from cadet.model.measurement import Status
from cadet.model.objective import Goal
from cadet.model.option import Configuration

LIKELY = 0.3  # probability from which a measured configuration counts as confirmable
CONFIDENT = 0.8  # the same once two candidates were tried in vain, where one is as probable as this
IN_VAIN = 2  # candidates tried in vain after which the choice is another one
_FORLORN = 0.03  # probability below which nothing is verified, not even for want of anything better
_SURE = 0.8  # probability from which configurations are as good as each other, so that other objectives choose


@dataclass(frozen=True)
class Shortlist:
    """The choice among what was measured; trials: what was verified so far, and how it ended."""

    notebook: Notebook
    search: Search
    goals: tuple[Goal, ...]
    others: Bystanders
    trials: list[Trial] = field(default_factory=list)

    def untried(self) -> list[Configuration]:
        """Return what was measured, ended well and was not verified."""
        tried = {t.fix for t in self.trials} | {self.search.fault}
        fine = {m.configuration for m in self.notebook.measurements() if m.status is Status.OK}
        measured = dict.fromkeys(run.configuration for run in self.notebook.runs)
        return [c for c in measured if c in fine and c not in tried and self._permitted(c)]

    def promising(self, belief: Belief) -> list[Configuration]:
        """Return the same, the most probable first."""
        return [c for c, _ in self._by_probability(belief)]

    def incumbent(self, belief: Belief) -> Configuration | None:
        """Return the smallest change that was measured, seems to be confirmable, and was not tried yet."""
        open_ones = self.untried()
        if not open_ones:
            return None
        log_p = belief.log_confirmable(open_ones)
        if self.notebook.noiseless:
            good = [i for i, c in enumerate(open_ones) if meets(self.goals, self.notebook.of(c))]
        else:
            wanted = LIKELY if len(self.trials) < IN_VAIN else CONFIDENT
            good = _at_least(wanted, log_p) or _at_least(LIKELY, log_p)
        return min((open_ones[i] for i in good), default=None, key=self._preference(open_ones, log_p))

    def successes(self, belief: Belief, beyond: int) -> list[Configuration]:
        """Return what seems to meet the goals with more than `beyond` changes: what is likely, the smallest first.

        Then what was seen to, the most probable first: where runs differ much next to nothing is likely.
        """
        large = [c for c in self.untried() if self.search.distance(c) > beyond]
        if not large:
            return []
        log_p = belief.log_confirmable(large)
        likely = sorted((large[i] for i in _at_least(LIKELY, log_p)), key=lambda c: (self.search.distance(c), c.key))
        seen = [large[i] for i in np.argsort(-log_p, kind="stable") if meets(self.goals, self.notebook.of(large[i]))]
        return list(dict.fromkeys([*likely, *seen]))

    def smaller(self, belief: Belief, confirmed: Configuration) -> Configuration | None:
        """Return what saves most of the changes of a confirmed fix, by its odds; None where nothing is likely to.

        It was measured already, so it costs runs and no configuration.
        """
        size = self.search.distance(confirmed)
        open_ones = [c for c in self.untried() if self.search.distance(c) < size]
        if not open_ones or self.notebook.noiseless:
            return None
        log_p = belief.log_confirmable(open_ones)
        saved = {
            i: float(log_p[i]) + np.log(size - self.search.distance(open_ones[i])) for i in _at_least(LIKELY, log_p)
        }
        return open_ones[max(saved, key=lambda i: saved[i])] if saved else None

    def last_hope(self, belief: Belief) -> Configuration | None:
        """Return the most probable configuration where none seems to meet the goals: it may still be confirmed."""
        if self.notebook.noiseless or len(self.trials) >= IN_VAIN:
            return None
        ranked = self._by_probability(belief)
        for threshold in (LIKELY, _FORLORN):
            good = [i for i, (_, log_p) in enumerate(ranked) if log_p >= np.log(threshold)]
            if good:
                return ranked[min(good, key=lambda i: (self.search.distance(ranked[i][0]), i))][0]
        return None

    def harm(self, configuration: Configuration) -> int:
        """Return how much worse than under the fault the objectives are that are not in question."""
        return self.others.harm(self.notebook.of(configuration))

    def _by_probability(self, belief: Belief) -> list[tuple[Configuration, float]]:
        open_ones = self.untried()
        log_p = belief.log_probability(open_ones) if open_ones else np.zeros(0)
        return [(open_ones[i], float(log_p[i])) for i in np.argsort(-log_p, kind="stable")]

    def _preference(self, some: list[Configuration], log_p: Floats) -> Callable[[Configuration], tuple[object, ...]]:
        """Return by what to choose: fewest changes; of those that are sure, least harm to the others; most probable."""
        place = {c: i for i, c in enumerate(some)}

        def key(c: Configuration) -> tuple[object, ...]:
            log = float(log_p[place[c]])
            sure = bool(self.others.goals) and (self.notebook.noiseless or log >= np.log(_SURE))
            return self.search.distance(c), not sure, self.harm(c) if sure else 0, -log, c.key

        return key

    def _permitted(self, configuration: Configuration) -> bool:
        """Tell whether a fix may be this; what an earlier session was allowed to measure may not be allowed now."""
        return configuration in self.notebook.asked or self.search.space.permits(configuration, self.search.allowed)


def _at_least(probability: float, log_p: Floats) -> list[int]:
    return [i for i, p in enumerate(log_p) if p >= np.log(probability)]
