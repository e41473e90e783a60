"""How much of a graph comes back when half of the configurations are relearned (Meinshausen & Bühlmann 2010)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from cadet.model.graph import PAG, EdgeStability, Mark
from cadet.protocols import Progress

Relearn = Callable[[npt.NDArray[np.int64]], PAG]


def stability(
    units: npt.NDArray[np.int64],
    relearn: Relearn,
    rng: np.random.Generator,
    *,
    subsamples: int,
    progress: Progress | None = None,
) -> tuple[EdgeStability, ...]:
    """Relearn `subsamples` random halves of the units and count what comes back.

    units: (rows,) label of what is independent: configurations, or the plots of a crossed design, never repetitions.
    Halves without replacement: the doubled rows of a bootstrap look like dependence.
    """
    distinct = np.unique(units)
    halves = [np.sort(rng.choice(distinct, size=len(distinct) // 2, replace=False)) for _ in range(subsamples)]
    return frequencies(_all(relearn, halves, progress))


def _all(relearn: Relearn, halves: Sequence[npt.NDArray[np.int64]], progress: Progress | None) -> list[PAG]:
    """Relearn on every core; what is compiled runs beside the interpreter. The halves are drawn, so order is kept."""
    graphs: list[PAG] = []
    pool = ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0)))
    try:
        learned = pool.map(relearn, halves)
        if progress is not None:
            progress("stability", 0, len(halves), "")
        for graph in learned:
            graphs.append(graph)
            if progress is not None:
                progress("stability", len(graphs), len(halves), "")
    finally:
        pool.shutdown(cancel_futures=True)
    return graphs


def frequencies(graphs: Iterable[PAG]) -> tuple[EdgeStability, ...]:
    """Return for every pair that is ever adjacent how often it is, and how often each mark is seen."""
    graphs = tuple(graphs)
    marks: dict[tuple[str, str], tuple[Counter[Mark], Counter[Mark]]] = {}
    for graph in graphs:
        for a, b, at_a, at_b in graph.edges():
            seen_a, seen_b = marks.setdefault((a, b), (Counter(), Counter()))
            seen_a[at_a] += 1
            seen_b[at_b] += 1
    return tuple(
        EdgeStability(a, b, seen_a.total() / len(graphs), _share(seen_a, len(graphs)), _share(seen_b, len(graphs)))
        for (a, b), (seen_a, seen_b) in sorted(marks.items())
    )


def _share(seen: Counter[Mark], graphs: int) -> dict[Mark, float]:
    return {mark: seen[mark] / graphs for mark in Mark if seen[mark]}
