"""How good an answer is: pure functions of what was claimed and what is true.

Sets are of options. Costs are better when smaller; infinite where a run fails or times out.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cadet.model.graph import ADMG

Floats = npt.NDArray[np.float64]
Options = frozenset[str]


def precision(named: Options, true: Options) -> float:
    """Return the share of the named causes that are true; 0 where none is named."""
    return len(named & true) / len(named) if named else 0.0


def recall(named: Options, true: Options) -> float:
    """Return the share of the true causes that are named."""
    return len(named & true) / len(true)


def f1(named: Options, true: Options) -> float:
    """Return the harmonic mean of precision and recall: 2 |A ∩ B| / (|A| + |B|)."""
    return 2 * len(named & true) / (len(named) + len(true))


def best_match(named: Options, minimal: Sequence[Options]) -> Options:
    """Return the true minimal set that the named causes resemble most (F1): any of them is a right answer."""
    return max(minimal, key=lambda true: (f1(named, true), sorted(true)))


def weighted_jaccard(named: Options, true: Options, weights: Mapping[str, float]) -> float:
    """Return Σ weights(A ∩ B) / Σ weights(A ∪ B), the accuracy of the CADET papers with ACEs as weights.

    0 where no weight is in either.
    """
    union = math.fsum(weights.get(o, 0.0) for o in named | true)
    return math.fsum(weights.get(o, 0.0) for o in named & true) / union if union else 0.0


def gain(fault: float, fix: float) -> float:
    """Return 1 - fix/fault of a cost to be minimised, 1 - fault/fix (of the values) of one to be maximised.

    Costs to be maximised are negative values, so that both are the same quotient the other way round. A fix that does
    not run has gained nothing.
    """
    if not math.isfinite(fix):
        return 0.0
    return 1 - fix / fault if fault > 0 else 1 - fault / fix


def share_of_possible(gained: float, possible: float) -> float:
    """Return the gain as a share of the largest possible one."""
    return gained / possible if possible > 0 else 0.0


def regret(fix: float, best: float) -> float:
    """Return by which fraction the cost is worse than the best possible: 0 is the best."""
    return fix / best - 1 if best > 0 else best / fix - 1


def irreducible(meets: bool, reduced: Collection[bool]) -> bool:
    """Tell whether a fix meets the goals and no fix with one change less does; reduced: whether each of those does."""
    return meets and not any(reduced)


def first(good: Sequence[bool], initial: int) -> int | None:
    """Return how many measurements after the `initial` ones it took to see the first good configuration.

    0: it was among the initial ones; None: it never was.
    """
    place = next((i for i, g in enumerate(good) if g), None)
    return None if place is None else max(place + 1 - initial, 0)


def calibration(promises: Sequence[tuple[float, bool]], bins: int = 10) -> tuple[tuple[float, float, int], ...]:
    """Return, by decile of stated probability, (mean stated, share that came true, cases); empty ones left out."""
    told = np.array([p for p, _ in promises], dtype=float)
    came = np.array([t for _, t in promises], dtype=float)
    which = np.minimum((told * bins).astype(int), bins - 1)
    cells = [which == k for k in range(bins)]
    return tuple((float(told[c].mean()), float(came[c].mean()), int(c.sum())) for c in cells if c.any())


def covered(intervals: Sequence[tuple[float, float]], truths: Sequence[float]) -> list[bool]:
    """Tell of each interval whether it holds the truth."""
    return [bool(low <= truth <= high) for (low, high), truth in zip(intervals, truths, strict=True)]


def path_exists(path: Sequence[str], graph: ADMG) -> bool:
    """Tell whether every step of a reported path is a directed edge of the true graph."""
    return len(path) > 1 and all(step in graph.directed for step in pairwise(path))


def path_precision(paths: Sequence[Sequence[str]], graph: ADMG) -> float | None:
    """Return the share of the reported paths that exist; None where none is reported."""
    return sum(path_exists(p, graph) for p in paths) / len(paths) if paths else None


def among_first(main: Sequence[str], paths: Sequence[Sequence[str]], first_ones: int = 3) -> bool:
    """Tell whether the main mediating path is among the first ones that are reported for its option."""
    of_option = [tuple(p) for p in paths if p and p[0] == main[0]]
    return tuple(main) in of_option[:first_ones]
