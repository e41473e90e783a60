"""What to measure next, and when to try something else than the model's favourites."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cadet.debugging.belief import Belief, learn
from cadet.debugging.descent import WayDown
from cadet.debugging.neighbourhood import Search
from cadet.debugging.notebook import Notebook
from cadet.debugging.propose import DEPTH, Proposal, candidates, propose
from cadet.debugging.shortlist import LIKELY, Shortlist
from cadet.model.option import Configuration

_ANCHORS = 3  # best configurations whose surroundings are searched
_RESERVE = 2  # configurations kept for ablations while nothing meets the goals
_KINDER = 4  # configurations measured at most to find a fix of the same size that spares the other objectives
_STUCK = 3  # proposals in vain after which every other one changes many options at once


@dataclass
class NextRun:
    """The choice of the next configuration to run.

    budget: distinct configurations in all. vain: proposals since there was a success of few changes. sparing: proposals
    that were to spare other objectives. down: how much of which success was taken back at once.
    """

    notebook: Notebook
    search: Search
    shortlist: Shortlist
    budget: int
    vain: int = 0
    sparing: int = 0
    down: WayDown = field(default_factory=WayDown)

    def after(self, incumbent: Configuration | None) -> None:
        """Count a proposal that was made with this as the best so far."""
        self.vain = 0 if incumbent and self.search.distance(incumbent) <= DEPTH else self.vain + 1

    @property
    def _stuck(self) -> bool:
        """Whether it is time to try something else than the model's favourites: every other time after some in vain."""
        return self.vain >= _STUCK and (self.vain - _STUCK) % 2 == 0

    def proposal(self, belief: Belief, incumbent: Configuration | None, *, likeliest: bool) -> Proposal | None:
        """Return what to measure next while the budget lasts, keeping enough of it for the ablations."""
        known = self.notebook.known()
        needed = [a for a in self.search.between(incumbent) if a not in known] if incumbent else []
        reserve = min(len(needed), DEPTH) if incumbent else _RESERVE  # one of many changes is first made smaller
        if self.notebook.spent + reserve >= self.budget:
            return None
        smaller = self._made_smaller(belief, incumbent) if self._stuck else None
        anchors = self.shortlist.promising(belief)[:_ANCHORS]
        return smaller or propose(self.search, belief, known, incumbent, anchors, bold=self._stuck, likeliest=likeliest)

    def _made_smaller(self, belief: Belief, incumbent: Configuration | None) -> Proposal | None:
        """Return the incumbent, or else a large success, without many of its changes; None where that failed of all."""
        known = self.notebook.known()
        large = [*([incumbent] if incumbent else []), *self.shortlist.successes(belief, beyond=DEPTH)]
        steps = (self.down.step(self.search, belief, success, known) for success in dict.fromkeys(large))
        smaller = next((step for step in steps if step is not None), None)
        if smaller is None:
            return None
        return Proposal(smaller, float(np.exp(belief.log_confirmable([smaller])[0])), self.search.distance(smaller))

    def kinder(self, belief: Belief, incumbent: Configuration | None) -> Proposal | None:
        """Return a configuration no larger than the incumbent that probably does not pay with other objectives."""
        full = self.notebook.spent + len(list(self.search.between(incumbent))) if incumbent else np.inf
        if incumbent is None or self.sparing >= _KINDER or full >= self.budget or self.shortlist.harm(incumbent) <= 0:
            return None
        most, known = self.search.distance(incumbent), self.notebook.known()
        pool = [c for c in candidates(self.search, belief, [incumbent], min(most, DEPTH))
                if c not in known and self.search.distance(c) <= most]  # fmt: skip
        if not pool:
            return None
        spared = learn(belief.encoding, self.shortlist.others.goals, self.notebook.measurements(),
                       noiseless=self.notebook.noiseless)  # fmt: skip
        log_p = belief.log_confirmable(pool) + spared.log_probability(pool)
        at = int(np.argmax(log_p))
        if log_p[at] < np.log(LIKELY):
            return None
        self.sparing += 1
        return Proposal(pool[at], float(np.exp(log_p[at])), self.search.distance(pool[at]))
