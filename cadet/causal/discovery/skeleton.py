"""Which variables are adjacent: the skeleton of PC-stable (Colombo & Maathuis 2014), and its thinning for FCI."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, combinations

from cadet.causal.discovery.knowledge import may_join, may_separate
from cadet.model.knowledge import Knowledge
from cadet.protocols import IndependenceTest

Separators = dict[frozenset[str], frozenset[str]]


@dataclass
class Skeleton:
    """Neighbours by node, the set that separated each pair that is not adjacent, and what was not tried.

    refused: pairs for which the test refused some set; such a set separates nothing.
    untested: pairs that could not even be tested without conditions; no evidence, no edge.
    capped: pairs left adjacent although larger sets remained.
    """

    neighbours: dict[str, set[str]]
    separators: Separators = field(default_factory=dict)
    tests: int = 0
    refused: set[frozenset[str]] = field(default_factory=set)
    untested: set[frozenset[str]] = field(default_factory=set)
    capped: set[frozenset[str]] = field(default_factory=set)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the adjacent pairs, sorted."""
        for a in sorted(self.neighbours):
            for b in sorted(self.neighbours[a]):
                if a < b:
                    yield a, b

    def separate(self, a: str, b: str, given: Iterable[str]) -> None:
        """Take the edge away and remember why."""
        self.neighbours[a].discard(b)
        self.neighbours[b].discard(a)
        self.separators[frozenset((a, b))] = frozenset(given)

    def join(self, a: str, b: str) -> None:
        """Put an edge back."""
        self.neighbours[a].add(b)
        self.neighbours[b].add(a)
        self.separators.pop(frozenset((a, b)), None)


@dataclass(frozen=True)
class Search:
    """How to look for a separating set: the test, its level, what is known, and the largest set to try."""

    test: IndependenceTest
    knowledge: Knowledge
    alpha: float
    largest: int | None = None
    _ancestors: dict[frozenset[str], frozenset[str]] = field(default_factory=dict, init=False, repr=False)

    def separator(self, skeleton: Skeleton, a: str, b: str, sets: Iterable[tuple[str, ...]]) -> tuple[str, ...] | None:
        """Return the first of `sets` given which a and b test independent, () where no test is possible at all."""
        for given in sets:
            result = self.test(a, b, given)
            skeleton.tests += 1
            if result is None and not given:
                skeleton.untested.add(frozenset((a, b)))
                return given
            if result is None:
                skeleton.refused.add(frozenset((a, b)))
            elif result.p_value > self.alpha:
                return given
        return None

    def independent(self, a: str, b: str, given: tuple[str, ...]) -> bool:
        """Tell whether a and b test independent; a refused test shows nothing."""
        result = self.test(a, b, given)
        return result is not None and result.p_value > self.alpha

    def joins(self, a: str, b: str) -> bool:
        """Tell whether knowledge permits an edge between a and b; without one, the empty set separates them."""
        return may_join(self.knowledge, a, b)

    def candidates(self, pool: Iterable[str], a: str, b: str) -> list[str]:
        """Return the members of `pool` that may be ancestors of a or b, sorted."""
        return sorted(self._possible_ancestors(a, b).intersection(pool))

    def _possible_ancestors(self, a: str, b: str) -> frozenset[str]:
        pair = frozenset((a, b))
        if pair not in self._ancestors:
            others = set(self.test.names) - pair
            self._ancestors[pair] = frozenset(z for z in others if may_separate(self.knowledge, z, a, b))
        return self._ancestors[pair]


def learn_skeleton(search: Search) -> Skeleton:
    """Return the skeleton of PC-stable: at each size the neighbours are those of the size before."""
    names = sorted(search.test.names)
    skeleton = Skeleton({name: set() for name in names})
    for a, b in combinations(names, 2):
        if search.joins(a, b):
            skeleton.neighbours[a].add(b)
            skeleton.neighbours[b].add(a)
        else:
            skeleton.separators[frozenset((a, b))] = frozenset()
    size = 0
    while _thin(skeleton, search, size):
        size += 1
    return skeleton


def _thin(skeleton: Skeleton, search: Search, size: int) -> bool:
    """Try every set of `size` neighbours; tell whether larger ones remain to be tried."""
    frozen = {name: frozenset(neighbours) for name, neighbours in skeleton.neighbours.items()}
    larger = False
    for a, b in list(skeleton.pairs()):
        pools = [search.candidates(frozen[a], a, b), search.candidates(frozen[b], a, b)]
        separator = search.separator(skeleton, a, b, subsets(pools, size))
        if separator is not None:
            skeleton.separate(a, b, separator)
        elif max(map(len, pools)) > size:
            larger = larger or search.largest is None or size < search.largest
            if size == search.largest:
                skeleton.capped.add(frozenset((a, b)))
    return larger


def subsets(pools: list[list[str]], size: int) -> Iterator[tuple[str, ...]]:
    """Yield the sets of `size` members of the first pool, then those of the second that are not in the first."""
    first, second = pools
    yield from combinations(first, size)
    known = set(first)
    yield from (given for given in combinations(second, size) if not known.issuperset(given))


def thin_by(skeleton: Skeleton, search: Search, reachable: Callable[[str], frozenset[str]]) -> None:
    """Try every subset of `reachable(a)` and `reachable(b)` for each pair still adjacent, smallest first.

    `reachable` is Possible-D-SEP, computed once on the skeleton as it comes in (Colombo et al. 2012).
    """
    pools = {name: reachable(name) for name in sorted(skeleton.neighbours)}
    frozen = {name: frozenset(neighbours) for name, neighbours in skeleton.neighbours.items()}
    for a, b in list(skeleton.pairs()):
        both = [search.candidates(pools[a], a, b), search.candidates(pools[b], a, b)]
        tried = [search.candidates(frozen[a], a, b), search.candidates(frozen[b], a, b)]
        limit = max(map(len, both))
        if search.largest is not None and limit > search.largest:
            skeleton.capped.add(frozenset((a, b)))
            limit = search.largest
        fresh = _fresh(chain.from_iterable(subsets(both, size) for size in range(1, limit + 1)), tried)
        separator = search.separator(skeleton, a, b, fresh)
        if separator is not None:
            skeleton.separate(a, b, separator)


def _fresh(sets: Iterable[tuple[str, ...]], tried: list[list[str]]) -> Iterator[tuple[str, ...]]:
    """Leave out the sets of neighbours, which the skeleton tried before."""
    known = [set(names) for names in tried]
    return (given for given in sets if not any(names.issuperset(given) for names in known))
