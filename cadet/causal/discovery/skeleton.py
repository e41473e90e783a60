"""Which variables are adjacent: the skeleton of PC-stable (Colombo & Maathuis 2014), and its thinning for FCI."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cadet.causal.discovery.background import Background
from cadet.causal.discovery.one_by_one import search_of
from cadet.causal.discovery.pools import neighbour_pools, no_pools
from cadet.model.knowledge import Knowledge
from cadet.protocols import Found, IndependenceTest, Pools, Separating

UNLIMITED = 2**62
NO_SET, EMPTY_SET = -1, 0  # rows of `Skeleton.sets`

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass
class Skeleton:
    """Neighbours, the set that separated each pair that is not adjacent, and what was not tried.

    names: sorted; the matrices (names, names) are symmetric. separator: row in `sets`, which holds places in `names`
    and -1 where there are fewer. refused: pairs for which the test refused some set; such a set separates nothing.
    untested: pairs that could not even be tested without conditions; no evidence, no edge. capped: pairs left adjacent
    although sets remained.
    """

    names: tuple[str, ...]
    adjacent: Flags
    separator: npt.NDArray[np.int32]
    sets: Ints
    refused: Flags
    untested: Flags
    capped: Flags
    tests: int = 0

    @classmethod
    def of(cls, names: tuple[str, ...], adjacent: Flags) -> Skeleton:
        """Start from these edges; nothing is needed to separate the other pairs."""
        refused, untested, capped = (np.zeros_like(adjacent) for _ in range(3))
        separator = np.where(adjacent, NO_SET, EMPTY_SET).astype(np.int32)
        return cls(names, adjacent.copy(), separator, np.full((1, 1), -1, np.int64), refused, untested, capped)

    def edges(self, but: Flags | None = None) -> Ints:
        """Return the places of the adjacent pairs, (pairs, 2), sorted, without those in `but`."""
        return np.argwhere(np.triu(self.adjacent if but is None else self.adjacent & ~(but | but.T)))

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the names of the adjacent pairs, sorted."""
        for a, b in self.edges().tolist():
            yield self.names[a], self.names[b]

    def separators(self, pairs: Ints) -> Ints:
        """Return what separated each pair, (pairs, largest), -1 where there are fewer."""
        return self.sets[self.separator[pairs[:, 0], pairs[:, 1]]]

    def take(self, pairs: Ints, found: Found) -> None:
        """Take away the edges that `found` separates, and note what it could not test."""
        self.tests += found.tests
        for where, which in (
            (self.refused, found.refused), (self.untested, found.untestable), (self.capped, found.cut)
        ):  # fmt: skip
            if which.any():
                self._note(where, pairs[which])
        if found.untestable.any():
            self._separate(pairs[found.untestable], EMPTY_SET)
        if len(found.of):
            self._separate(pairs[found.of], self._keep(found))

    def _keep(self, found: Found) -> npt.NDArray[np.int32]:
        """Add the sets that were found, and return their rows."""
        if not found.size.any():
            return np.zeros(len(found.of), np.int32)
        rows = len(self.sets) + np.arange(len(found.of), dtype=np.int32)
        width = max(self.sets.shape[1], found.sets.shape[1])
        longer = np.full((len(self.sets) + len(found.sets), width), -1, np.int64)
        longer[: len(self.sets), : self.sets.shape[1]] = self.sets
        longer[len(self.sets) :, : found.sets.shape[1]] = found.sets
        self.sets = longer
        return rows

    def cap(self, pairs: Ints) -> None:
        """Note that larger sets remain for these pairs."""
        self._note(self.capped, pairs)

    def join(self, a: int, b: int) -> None:
        """Put an edge back."""
        for x, y in ((a, b), (b, a)):
            self.adjacent[x, y], self.separator[x, y] = True, NO_SET

    def _separate(self, pairs: Ints, rows: npt.NDArray[np.int32] | int) -> None:
        for a, b in ((pairs[:, 0], pairs[:, 1]), (pairs[:, 1], pairs[:, 0])):
            self.adjacent[a, b] = self.capped[a, b] = False
            self.separator[a, b] = rows

    @staticmethod
    def _note(where: Flags, pairs: Ints) -> None:
        where[pairs[:, 0], pairs[:, 1]] = where[pairs[:, 1], pairs[:, 0]] = True


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
        self.separating: Separating = search_of(test, alpha)

    def limit(self, size: int) -> int:
        """Return `size`, or the largest set to try where that is smaller."""
        return size if self.largest is None else min(size, self.largest)

    def independent_given(self, pairs: Ints, sets: Ints) -> tuple[Flags, int]:
        """Tell for each pair whether it tests independent given its own set, and how many tests that took.

        A refused test shows nothing.
        """
        sizes = (sets >= 0).sum(axis=1)
        answer, tests = np.zeros(len(pairs), dtype=bool), 0
        for size in np.unique(sizes):
            these = np.flatnonzero(sizes == size)
            found = self.separating(pairs[these], given(sets[these, :size]), (int(size), int(size)), False, UNLIMITED)
            answer[these[found.of]] = True
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
    skeleton = Skeleton.of(search.names, search.background.joins)
    pairs = skeleton.edges(search.background.required)
    skeleton.take(pairs, search.separating(pairs, no_pools(len(pairs)), (0, 0), False, UNLIMITED))
    size = 1
    while len(pairs := skeleton.edges(search.background.required)):
        pools = neighbour_pools(skeleton.adjacent, search.background.may_cause, pairs)
        wide = _widest(pools) >= size
        if search.limit(size) < size:
            skeleton.cap(pairs[wide])
            break
        if not wide.any():
            break
        skeleton.take(pairs, search.separating(pairs, pools, (size, size), False, UNLIMITED))
        size += 1
    return skeleton


def _widest(pools: Pools) -> Ints:
    """Return the size of the larger pool of each pair, (pairs,)."""
    return np.asarray(np.diff(pools.start).reshape(-1, 2).max(axis=1, initial=0))


def thin_by(skeleton: Skeleton, search: Search, pairs: Ints, pools: Pools) -> None:
    """Try every subset of each pair's pools, smallest first, but those that were tried among the neighbours."""
    largest = int(_widest(pools).max(initial=0))
    limit = search.limit(largest)
    if limit < 1:
        return
    wide = _widest(pools) > limit
    skeleton.take(pairs, search.separating(pairs, pools, (1, limit), False, search.most))
    skeleton.cap(pairs[wide & skeleton.adjacent[pairs[:, 0], pairs[:, 1]]])


def names_of(names: Sequence[str], places: Ints) -> tuple[str, ...]:
    """Return the names at `places`, without the filling."""
    return tuple(names[z] for z in places.tolist() if z >= 0)
