"""Causal paths ranked by how much they move the objective.

The score of a path sums the average causal effects of its neighbouring pairs, ACE(Z, X) = the mean over pairs of values
a, b of |E[Z | do(X=b)] - E[Z | do(X=a)]| (CADET; the mean over the edges, P_ACE of the paper, is the score divided by
their number). Edges have different units, so each is measured in standard deviations of Z on its mechanism's scale. The
path's effect in the objective's unit is what travels along this path alone, with an interval over resampled
configurations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise

import numpy as np

from cadet.causal.effects.axis import Array
from cadet.causal.effects.mechanisms import Mechanism, Predictor, Rows, Table, mechanism, table
from cadet.causal.effects.paths import causal_paths
from cadet.model.dataset import Dataset, Role
from cadet.model.effect import CausalPath, Estimate
from cadet.model.graph import CausalGraph

_RESAMPLES = 40
_QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)  # stand for the values of an event, and of an option with many
_LEVELS = 9
_TAILS = (0.025, 0.975)


def rank_paths(
    dataset: Dataset,
    graph: CausalGraph,
    objectives: Sequence[str],
    rng: np.random.Generator,
    *,
    limit: int = 10,
    carried: Mapping[tuple[str, ...], float] | None = None,
) -> tuple[CausalPath, ...]:
    """Return the `limit` strongest causal paths of all objectives, the strongest first.

    `ace` is the change of the objective along the path between those two values of its option that differ most, later
    value minus earlier in the order of the domain; None with the reason where an edge's hidden cause leaves it
    unidentified. `stability` is that of the path's weakest edge. `carried`: paths to tell besides those of the graph,
    whatever their score, and the share of subsamples that select each, which is their stability.
    """
    carried = carried or {}
    data = table(dataset)
    options = [name for name in dataset.names(Role.OPTION) if name in data.axes]
    known = {*data.axes, *objectives}
    also = [path for path in sorted(carried) if known >= set(path)]
    paths = [p for o in sorted(set(objectives)) for p in causal_paths(graph.admg, o, options) if known >= set(p)]
    paths = list(dict.fromkeys([*paths, *also]))
    into: dict[str, set[str]] = {node: set(graph.admg.parents(node)) for path in paths for node in path[1:]}
    for cause, node in (edge for path in also for edge in pairwise(path)):
        into[node].add(cause)
    nodes = sorted({node for path in paths for node in path[1:]})
    models = {n: mechanism(data, n, [p for p in sorted(into[n]) if p in data.axes], rng) for n in nodes}
    everything = np.arange(len(data.frame))
    fitted = {node: model.refit(data, everything) for node, model in models.items()}
    edges = {edge for path in paths for edge in pairwise(path)}
    ace = {edge: _neighbour_ace(data, models[edge[1]], fitted[edge[1]], edge[0]) for edge in sorted(edges)}
    strengths = {path: tuple(ace[edge] for edge in pairwise(path)) for path in paths}
    scores = {path: sum(strengths[path]) for path in paths}
    ranked = sorted(paths, key=lambda path: (-scores[path], len(path), path))
    best = [path for rank, path in enumerate(ranked) if rank < limit or path in carried]
    resamples = [_resample(data, models, best, rng) for _ in range(_RESAMPLES)] if best else []
    return tuple(
        CausalPath(path, scores[path], _along(data, graph, models, fitted, resamples, path),
                   carried[path] if path in carried else _stability(graph, path),
                   strengths[path])
        for path in best
    )  # fmt: skip


Resample = tuple[Rows, Mapping[str, Predictor]]


def _resample(
    data: Table, models: Mapping[str, Mechanism], paths: Sequence[tuple[str, ...]], rng: np.random.Generator
) -> Resample:
    labels = np.unique(data.configuration)
    drawn = rng.choice(labels, len(labels))
    rows = np.concatenate([np.flatnonzero(data.configuration == label) for label in drawn])
    needed = sorted({node for path in paths for node in path[1:]})
    return rows, {node: models[node].refit(data, rows) for node in needed}


def _neighbour_ace(data: Table, model: Mechanism, fitted: Predictor, cause: str) -> float:
    """Return the mean absolute difference over pairs of values of `cause`, in standard deviations of the node."""
    inputs = data.positions(model.parents)
    means = []
    for value in _values(data, cause):
        inputs[:, model.parents.index(cause)] = value
        means.append(float(fitted(inputs).mean()))
    deviation = float(np.nanstd(data.values(model.node)))
    pairs = [abs(a - b) for a, b in combinations(means, 2)]
    return float(np.mean(pairs)) / deviation if pairs and deviation > 0 else 0.0


def _values(data: Table, name: str) -> Array:
    places = np.unique(data.positions([name])[:, 0])
    return places if len(places) <= _LEVELS else np.quantile(data.positions([name])[:, 0], _QUANTILES)


def _along(
    data: Table, graph: CausalGraph, models: Mapping[str, Mechanism], fitted: Mapping[str, Predictor],
    resamples: Sequence[Resample], path: tuple[str, ...],
) -> Estimate:  # fmt: skip
    """Estimate the effect that travels along `path`, between the option's values that differ most along it."""
    for a, b in pairwise(path):
        if frozenset((a, b)) in graph.admg.bidirected:
            return Estimate(None, reason=f"a hidden cause of {a} and {b} leaves the path's effect unidentified")
    values = _values(data, path[0])
    everything = np.arange(len(data.frame))
    effects = {pair: _travelled(data, models, fitted, path, pair, everything) for pair in combinations(values, 2)}
    if not effects:
        return Estimate(None, reason=f"{path[0]} was never varied")
    pair = max(effects, key=lambda p: abs(effects[p]))
    draws = [_travelled(data, models, refitted, path, pair, rows) for rows, refitted in resamples]
    low, high = np.quantile(draws, _TAILS)
    return Estimate(float(np.median(draws)), float(low), float(high))  # the median, because refits shrink alike


def _travelled(
    data: Table, models: Mapping[str, Mechanism], fitted: Mapping[str, Predictor], path: tuple[str, ...],
    pair: tuple[float, float], rows: Rows,
) -> float:  # fmt: skip
    """Return the mean change of the objective when the option changes and only this path hands it on."""
    first, second = (np.full(len(rows), value) for value in pair)
    for cause, node in pairwise(path):
        model, axis = models[node], data.axes.get(node)
        inputs = data.positions(model.parents)[rows]
        at = model.parents.index(cause)
        ends = []
        for value in (first, second):
            inputs[:, at] = value
            ends.append(fitted[node](inputs))
        first, second = (axis.place(end) for end in ends) if axis is not None else ends
    if path[-1] in data.logarithmic:
        first, second = np.exp(first), np.exp(second)
    return float(np.mean(second - first))


def _stability(graph: CausalGraph, path: tuple[str, ...]) -> float | None:
    known = [s for a, b in pairwise(path) if (s := graph.stability_of(a, b)) is not None]
    return min(known) if known else None
