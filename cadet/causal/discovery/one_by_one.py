"""The search for separating sets with any independence test, which is asked one question after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from cadet.protocols import Found, IndependenceTest, Pools, SearchableTest, Separating

Ints = npt.NDArray[np.int64]


def search_of(test: IndependenceTest, alpha: float) -> Separating:
    """Return the test's own search at level `alpha`, or one that asks it test by test."""
    if isinstance(test, SearchableTest):
        return test.separating(alpha)
    names = sorted(test.names)

    def search(pairs: Ints, pools: Pools, sizes: tuple[int, int], every: bool, most: int) -> Found:
        separators: list[tuple[int, tuple[int, ...]]] = []
        refused, untestable, cut = (np.zeros(len(pairs), dtype=bool) for _ in range(3))
        tests = 0
        for i, (a, b) in enumerate(pairs.tolist()):
            for looked_at, (given, fresh) in enumerate(_sets(pools, i, sizes)):
                if looked_at == most:
                    cut[i] = True
                    break
                if not fresh:
                    continue
                result = test(names[a], names[b], tuple(names[z] for z in given))
                tests += 1
                if result is None:
                    refused[i] |= bool(given)
                    untestable[i] |= not given
                elif result.p_value > alpha:
                    separators.append((i, given))
                if not every and (untestable[i] or (result is not None and result.p_value > alpha)):
                    break
        return _found(separators, sizes[1], refused, untestable, cut, tests)

    return search


def _sets(pools: Pools, i: int, sizes: tuple[int, int]) -> Iterator[tuple[tuple[int, ...], bool]]:
    """Yield the sets for pair i and whether each is to be tried, smallest first, the first pool before the second."""
    sides = [slice(pools.start[2 * i + side], pools.start[2 * i + side + 1]) for side in (0, 1)]
    flags = dict(zip(pools.member[sides[0]].tolist(), pools.flags[sides[0]].tolist(), strict=True))
    flags |= dict(zip(pools.member[sides[1]].tolist(), pools.flags[sides[1]].tolist(), strict=True))
    for size in range(sizes[0], sizes[1] + 1):
        for side, skip in ((0, 6), (1, 7)):
            if size or not side:
                yield from ((s, _fresh(s, flags, skip)) for s in combinations(pools.member[sides[side]].tolist(), size))


def _fresh(given: Sequence[int], flags: dict[int, int], skip: int) -> bool:
    """Tell whether the members share no bit of `skip`."""
    for z in given:
        skip &= flags[z]
    return not given or not skip


def _found(separators: Sequence[tuple[int, tuple[int, ...]]], largest: int, refused: npt.NDArray[np.bool_],
           untestable: npt.NDArray[np.bool_], cut: npt.NDArray[np.bool_], tests: int) -> Found:  # fmt: skip
    sets = np.full((len(separators), max(largest, 1)), -1, dtype=np.int64)
    for row, (_, given) in enumerate(separators):
        sets[row, : len(given)] = given
    of = np.array([i for i, _ in separators], dtype=np.int64)
    size = np.array([len(given) for _, given in separators], dtype=np.int64)
    return Found(of, size, sets, refused, untestable, cut, tests)
