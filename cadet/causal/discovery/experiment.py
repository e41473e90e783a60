"""What a randomised design shows without any graph: which settings have a clear effect."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from cadet.protocols import IndependenceTest, SearchableTest


def effects(
    test: IndependenceTest, causes: Collection[str], outcomes: Collection[str], alpha: float
) -> frozenset[tuple[str, str]]:
    """Return the pairs (cause, outcome) that clearly go together, at family-wise level `alpha` (Holm 1979).

    Where the causes were randomised these are total effects. Few rows are never balanced, so the dependence must also
    hold given each other cause.
    """
    known = set(test.names)
    settings = sorted(known & set(causes))
    worst = {(x, y): _worst(test, x, y, settings) for x in settings for y in sorted(known & set(outcomes))}
    clear: set[tuple[str, str]] = set()
    for tested, (pair, p_value) in enumerate(sorted(worst.items(), key=lambda item: (item[1], item[0]))):
        if p_value > alpha / (len(worst) - tested):
            break
        clear.add(pair)
    return frozenset(clear)


def _worst(test: IndependenceTest, x: str, y: str, settings: Sequence[str]) -> float:
    others = [name for name in settings if name != x]
    if isinstance(test, SearchableTest):
        return _largest_p_value(test, x, y, others)
    results = [test(x, y, given) for given in ((), *((other,) for other in others))]
    if results[0] is None:
        return 1.0
    return max(result.p_value for result in results if result is not None)


def _largest_p_value(test: SearchableTest, x: str, y: str, others: Sequence[str]) -> float:
    at = {name: i for i, name in enumerate(test.names)}
    given = np.array([-1, *(at[name] for name in others)], dtype=np.int64)[:, None]
    pairs = np.tile(np.sort([at[x], at[y]]), (len(given), 1))
    p_values = test.many(pairs, given)[1]
    return 1.0 if np.isnan(p_values[0]) else float(np.nanmax(p_values))
