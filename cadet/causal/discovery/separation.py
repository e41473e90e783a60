"""Whether what separates two variables contains a third: always, never, or depending on the set: then nothing follows.

With few rows one separating set is an accident of the order of tests. The conservative rule (Ramsey, Zhang & Spirtes
2006) asks all sets of about the size of the one that was found; with a perfect test they agree.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from cadet.causal.discovery.skeleton import Search, Skeleton, subsets

BEYOND = 1  # sets are asked that are larger than the one found by so much

Separates = Callable[[str, str, str], bool | None]
"""Called as separates(b, a, c) on a pair a, c that is not adjacent: is b in what separates them? None: ambiguous."""


class Separations:
    """Answers from every separating set among the neighbours of either end; remembers by pair."""

    def __init__(self, search: Search, skeleton: Skeleton):
        """Take the final skeleton."""
        self._search = search
        self._skeleton = skeleton
        self._sets: dict[frozenset[str], tuple[frozenset[str], ...]] = {}

    def __call__(self, b: str, a: str, c: str) -> bool | None:
        """Tell whether b is in all (True), none (False) or some (None) of the sets that separate a and c."""
        pair = frozenset((a, c))
        if pair in self._skeleton.untested:
            return None
        if pair not in self._sets:
            self._sets[pair] = self._separating(*sorted(pair))
        members = {b in separator for separator in self._sets[pair]}
        return members.pop() if len(members) == 1 else None

    def _separating(self, a: str, c: str) -> tuple[frozenset[str], ...]:
        found = self._skeleton.separators[frozenset((a, c))]
        if not self._search.joins(a, c):
            return (found,)
        neighbours, how = self._skeleton.neighbours, self._search
        pools = [how.candidates(neighbours[a], a, c), how.candidates(neighbours[c], a, c)]
        largest = len(found) + BEYOND if how.largest is None else min(len(found) + BEYOND, how.largest)
        asked = chain.from_iterable(subsets(pools, size) for size in range(largest + 1))
        return (found, *(frozenset(given) for given in asked if how.independent(a, c, given)))


def first_found(skeleton: Skeleton) -> Separates:
    """Answer from the one set that was found, as plain FCI does."""
    return lambda b, a, c: b in skeleton.separators[frozenset((a, c))]
