"""Whether what separates two variables contains a third: always, never, or depending on the set: then nothing follows.

With few rows one separating set is an accident of the order of tests. The conservative rule (Ramsey, Zhang & Spirtes
2006) asks all sets of about the size of the one that was found; with a perfect test they agree.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from cadet.causal.discovery.pools import neighbour_pools
from cadet.causal.discovery.skeleton import Search, Skeleton

BEYOND = 1  # sets are asked that are larger than the one found by so much
OUT, IN, AMBIGUOUS = 0, 1, -1
NOT_ALL = -1

Ints = npt.NDArray[np.int64]

Separates = Callable[[Ints, Ints], npt.NDArray[np.int8]]
"""Called as separates(pairs, nodes) on (pairs, 2) that are not adjacent: is the node IN what separates them, or OUT?"""


class Separations:
    """Answers from every separating set among the neighbours of either end; remembers by pair."""

    def __init__(self, search: Search, skeleton: Skeleton):
        """Take the final skeleton."""
        self._search, self._skeleton = search, skeleton
        self._counts: dict[int, npt.NDArray[np.int32]] = {}  # by pair: sets that hold each node; their number last

    def __call__(self, pairs: Ints, nodes: Ints) -> npt.NDArray[np.int8]:
        """Tell whether each node is in all (IN), none (OUT) or some (AMBIGUOUS) of the sets that separate its pair."""
        size = len(self._skeleton.names)
        ends = np.sort(pairs, axis=1)
        codes = ends[:, 0] * size + ends[:, 1]
        new = np.array([code for code in np.unique(codes).tolist() if code not in self._counts], dtype=np.int64)
        counts = self._count(np.column_stack([new // size, new % size]))
        self._counts |= dict(zip(new.tolist(), counts, strict=True))
        if not len(codes):
            return np.empty(0, np.int8)
        known, place = np.unique(codes, return_inverse=True)
        table = np.array([self._counts[code] for code in known.tolist()])[place]
        inside, total = table[np.arange(len(nodes)), nodes], table[:, -1]
        answer = np.where(inside == total, IN, np.where(inside == 0, OUT, AMBIGUOUS))
        answer[total == NOT_ALL] = AMBIGUOUS
        answer[self._skeleton.untested[pairs[:, 0], pairs[:, 1]]] = AMBIGUOUS
        return answer.astype(np.int8)

    def _count(self, pairs: Ints) -> npt.NDArray[np.int32]:
        """Return (pairs, nodes + 1): how many separating sets hold each node, then their number or NOT_ALL."""
        nodes = len(self._skeleton.names)
        counts = np.zeros((len(pairs), nodes + 1), np.int32)
        first = self._skeleton.separators(pairs)
        _add(counts, np.arange(len(pairs)), first)
        sizes = (first >= 0).sum(axis=1)
        background = self._search.background
        open_ = background.joins[pairs[:, 0], pairs[:, 1]] & ~self._skeleton.untested[pairs[:, 0], pairs[:, 1]]
        for size in np.unique(sizes):
            these = np.flatnonzero((sizes == size) & open_)
            largest = self._search.limit(int(size) + BEYOND)
            pools = neighbour_pools(self._skeleton.adjacent, background.may_cause, pairs[these])
            found = self._search.separating(pairs[these], pools, (0, largest), True, self._search.most)
            self._skeleton.tests += found.tests
            _add(counts, these[found.of], found.sets)
            counts[these[found.cut], -1] = NOT_ALL
        return counts


def _add(counts: npt.NDArray[np.int32], rows: Ints, sets: Ints) -> None:
    nodes = counts.shape[1]
    held = sets >= 0
    cells = np.concatenate([np.repeat(rows, held.sum(axis=1)) * nodes + sets[held], rows * nodes + nodes - 1])
    counts += np.bincount(cells, minlength=counts.size).reshape(counts.shape).astype(np.int32)


def first_found(skeleton: Skeleton) -> Separates:
    """Answer from the one set that was found, as plain FCI does."""
    return lambda pairs, nodes: (skeleton.separators(pairs) == nodes[:, None]).any(axis=1).astype(np.int8)
