"""Which undecided trials are gone on with at the end of a search, and how far: what is at stake is known by then.

Before anything is confirmed a candidate that is hard to tell from its goal is not worth hundreds of runs. Once the
alternative is a fix with many changes more, or none at all, it may be.
"""

from __future__ import annotations

from collections.abc import Iterable

from cadet.debugging.neighbourhood import Search
from cadet.debugging.sequential import LATER, LOOKS
from cadet.debugging.verify import Trial, latest
from cadet.model.option import Configuration

WORTH = LOOKS[-1]  # pairs that a change is worth that a fix would save


def most_pairs(search: Search, trial: Trial, found: Configuration | None) -> int:
    """Return how many pairs a trial may have, of all: so many for each change that its fix has fewer than `found`."""
    if found is None:
        return LATER[-1]
    return min(WORTH * (search.distance(found) - search.distance(trial.fix)), LATER[-1])


def undecided(trials: Iterable[Trial], search: Search, found: Configuration | None) -> Trial | None:
    """Return the trial to go on with, that of the smallest fix; None where none is worth it.

    A fix that saves one change had what it is worth already.
    """
    open_ones = [t for t in latest(trials) if _worth_it(t, most_pairs(search, t, found))]
    return min(open_ones, key=lambda t: (search.distance(t.fix), t.runs_to_decide or 0, t.fix.key), default=None)


def _worth_it(trial: Trial, most: int) -> bool:
    if most <= WORTH or trial.unkept or not trial.promising(most):
        return False
    return any(trial.comparison.pairs < look <= most for look in LATER)
