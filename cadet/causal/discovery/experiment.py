"""What a randomised design shows without any graph: which settings have a clear effect."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cadet.protocols import IndependenceTest


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
    sets = [(), *((other,) for other in settings if other != x)]
    results = [test(x, y, given) for given in sets]
    if results[0] is None:
        return 1.0
    return max(result.p_value for result in results if result is not None)
