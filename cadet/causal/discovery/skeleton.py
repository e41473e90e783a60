"""Which variables are adjacent: the skeleton of PC-stable (Colombo & Maathuis 2014), and its thinning for FCI."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cadet.causal.discovery.background import Background
from cadet.causal.discovery.levels import UNLIMITED, pc_stable, pc_stable_by
from cadet.causal.discovery.of_singles import pc_stable_of_singles
from cadet.causal.discovery.one_by_one import search_of
from cadet.causal.discovery.pairs import NO_SET, Pairs, edges, start, take
from cadet.causal.discovery.pools import widest
from cadet.causal.independence.second_moments import SecondMoments
from cadet.model.knowledge import Knowledge
from cadet.protocols import Found, IndependenceTest, Pools, Separating

PREPARED = 8  # conditions for which critical values are tabulated at a time

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass
class Skeleton:
    """Neighbours, the set that separated each pair that is not adjacent, and what was not tried.

    names: sorted; `at` says more about them.
    """

    names: tuple[str, ...]
    at: Pairs
    tests: int = 0

    @classmethod
    def of(cls, names: tuple[str, ...], adjacent: Flags) -> Skeleton:
        """Start from these edges; nothing is needed to separate the other pairs."""
        return cls(names, start(adjacent))

    @property
    def adjacent(self) -> Flags:
        """Return (names, names): which have an edge."""
        return self.at.adjacent

    @property
    def refused(self) -> Flags:
        """Return for which pairs the test refused some set."""
        return self.at.refused

    @property
    def untested(self) -> Flags:
        """Return which pairs could not even be tested without conditions."""
        return self.at.untested

    @property
    def capped(self) -> Flags:
        """Return for which adjacent pairs sets remained."""
        return self.at.capped

    def edges(self, but: Flags) -> Ints:
        """Return the places of the adjacent pairs, (pairs, 2), sorted, without those in `but`."""
        return edges(self.at, but)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the names of the adjacent pairs, sorted."""
        for a, b in np.argwhere(np.triu(self.adjacent)).tolist():
            yield self.names[a], self.names[b]

    def separators(self, pairs: Ints) -> Ints:
        """Return what separated each pair, (pairs, largest), -1 where there are fewer."""
        return self.at.sets[self.at.separator[pairs[:, 0], pairs[:, 1]]]

    def take(self, pairs: Ints, found: Found) -> None:
        """Take away the edges that `found` separates, and note what it could not test."""
        self.tests += found.tests
        self.at = take(self.at, pairs, found)

    def cap(self, pairs: Ints) -> None:
        """Note that larger sets remain for these pairs."""
        self.capped[pairs[:, 0], pairs[:, 1]] = self.capped[pairs[:, 1], pairs[:, 0]] = True

    def join(self, a: int, b: int) -> None:
        """Put an edge back."""
        for x, y in ((a, b), (b, a)):
            self.adjacent[x, y], self.at.separator[x, y] = True, NO_SET


class Search:
    """How to look for a separating set: the test, its level, what is known, and the largest set to try."""

    def __init__(
        self, test: IndependenceTest, knowledge: Knowledge, alpha: float, largest: int | None = None,
        most: int | None = None,
    ):  # fmt: skip
        """`most` sets are tried for a pair in Possible-D-SEP; no limits by default."""
        self.test, self.knowledge, self.alpha, self.largest = test, knowledge, alpha, largest
        self.most = UNLIMITED if most is None else most
        self.names = tuple(sorted(test.names))
        self.background = Background.of(knowledge, self.names)

    @cached_property
    def separating(self) -> Separating:
        """Return the search for separating sets."""
        return search_of(self.test, self.alpha)

    def limit(self, size: int) -> int:
        """Return `size`, or the largest set to try where that is smaller."""
        return size if self.largest is None else min(size, self.largest)

    def dependent_given(self, pairs: Ints, sets: Ints) -> tuple[Flags, int]:
        """Tell for each pair whether it tests dependent given its own set, and how many tests that took.

        A refused test shows no dependence.
        """
        sizes = (sets >= 0).sum(axis=1)
        answer, tests = np.ones(len(pairs), dtype=bool), 0
        for size in np.unique(sizes):
            these = np.flatnonzero(sizes == size)
            found = self.separating(pairs[these], given(sets[these, :size]), (int(size), int(size)), False, UNLIMITED)
            answer[these[found.of]] = False
            answer[these[found.refused | found.untestable]] = False
            tests += found.tests
        return answer, tests


def given(sets: Ints) -> Pools:
    """Return pools that hold exactly one set of the full size for each pair."""
    count, size = sets.shape
    start = np.repeat(np.arange(count + 1) * size, 2)[: 2 * count + 1]
    start[1::2] = np.arange(1, count + 1) * size
    return Pools(start.astype(np.int64), sets.reshape(-1).astype(np.int64), np.zeros(sets.size, np.int64))


def learn_skeleton(search: Search) -> Skeleton:
    """Return the skeleton of PC-stable: at each size the neighbours are those of the size before."""
    known, largest, test = search.background, UNLIMITED if search.largest is None else search.largest, search.test
    if isinstance(test, SecondMoments) and test.of_singles:
        critical = test.critical_by_rank(search.alpha)
        return Skeleton(
            search.names,
            *pc_stable_of_singles(test.correlation(), critical, known.joins, known.may_cause, known.required, largest),
        )
    skeleton, size, done = Skeleton.of(search.names, known.joins), 0, False
    if not isinstance(test, SecondMoments):
        skeleton.at, skeleton.tests = pc_stable_by(
            search.separating, skeleton.at, known.may_cause, known.required, largest
        )
        return skeleton
    while not done:
        prepared = min(size + PREPARED, largest)
        how = test.at_level(search.alpha, prepared)
        skeleton.at, size, done, tests = pc_stable(
            how, skeleton.at, known.may_cause, known.required, size, prepared, largest
        )
        skeleton.tests += tests
    return skeleton


def thin_by(skeleton: Skeleton, search: Search, pairs: Ints, pools: Pools) -> None:
    """Try every subset of each pair's pools, smallest first, but those that were tried among the neighbours."""
    wide = widest(pools)
    largest = int(wide.max(initial=0))
    limit = search.limit(largest)
    if limit < 1:
        return
    skeleton.take(pairs, search.separating(pairs, pools, (1, limit), False, search.most))
    skeleton.cap(pairs[(wide > limit) & skeleton.adjacent[pairs[:, 0], pairs[:, 1]]])


def names_of(names: Sequence[str], places: Ints) -> tuple[str, ...]:
    """Return the names at `places`, without the filling."""
    return tuple(names[z] for z in places.tolist() if z >= 0)
