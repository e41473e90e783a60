"""The published loop of CADET and Unicorn: graph, causal paths, causal effects, change one option, measure, repeat.

Krishna, Iqbal, Javidian, Ray, Jamshidi, CADET: Debugging and fixing misconfigurations using counterfactual reasoning,
2020; Iqbal, Krishna, Javidian, Ray, Jamshidi, Unicorn: Reasoning about configurable system performance through the
lens of causality, EuroSys 2022. Stages: (I) FCI at alpha .05 with the tiers of options, events and objectives, edges
that stay open resolved by entropy; (II) paths backwards from the objectives, the 25 best by the mean of the average
causal effects of their edges (P_ACE); (III) of every option on them the value with the largest individual treatment
effect, the probability of the goal given that value; (IV) make the best change, measure, learn again, until the goal is
met.

Left open, and how it is read here. Which test: the papers say Fisher z or mutual information; our default is fit for
categories and for non-monotone options. No path found: the papers say nothing, the published program adds edges that
nothing supports; here every option counts as a path of one edge. Adjustment: options are set at random, so none is
needed. How effects are estimated from 25 rows: a kernel over the option's values. In its favour, a change that made
things worse is undone (the program goes on from there), no configuration is run twice, effects are on a logarithmic
scale, and of several goals the one that is missed most counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise

import numpy as np

from cadet.bench.baselines.baseline import Baseline
from cadet.bench.baselines.exploration import Exploration
from cadet.bench.baselines.finding import Finding, fewest_changes
from cadet.bench.baselines.options import expected
from cadet.bench.baselines.seen import Floats
from cadet.causal.dataset import build
from cadet.causal.discovery import learn
from cadet.causal.effects.paths import causal_paths
from cadet.model.dataset import Dataset
from cadet.model.domain import Interval, Value
from cadet.model.option import Configuration, Option

PATHS = 25  # of the highest P_ACE; the number in the published program
_TURNS = 3  # changes per measurement that is left: some turn out to be infeasible, which costs nothing
_LEVELS = 5  # quantiles that stand for the values of an event

Path = tuple[str, ...]


def find(exploration: Exploration, rng: np.random.Generator) -> Finding:
    """Change one option after the other to its best value by the graph, as long as the goals are missed."""
    current, paths = exploration.fault, tuple[Path, ...]()
    for _ in range(_TURNS * max(exploration.left, 0)):
        if exploration.left <= 0:
            break
        paths = ranked_paths(exploration, rng)
        change = best_change(exploration, current, paths)
        if change is None:
            break
        changed = exploration.space.change(current, dict([change]))
        if not exploration.measure(changed):
            continue
        if exploration.meets(changed):
            break
        if exploration.shortfall(changed) < exploration.shortfall(current):
            current = changed
    return Finding(fewest_changes(exploration).candidates, paths=paths)


def ranked_paths(exploration: Exploration, rng: np.random.Generator) -> tuple[Path, ...]:
    """Return causal paths from options to objectives, the highest P_ACE first (stages I and II)."""
    objectives = exploration.question.objectives
    dataset = build(exploration.notebook.runs, exploration.space, objectives)
    graph = learn(dataset, rng, subsamples=0).admg
    options = exploration.space.names
    found = [p for o in objectives for p in causal_paths(graph, o.name, options)]
    columns = _columns(exploration, dataset)
    scores = {path: p_ace(exploration.space.by_name, columns, path) for path in found}
    return tuple(sorted(found, key=lambda path: (-scores[path], len(path), path))[:PATHS])


def p_ace(options: Mapping[str, Option], columns: Mapping[str, Sequence[Value]], path: Path) -> float:
    """Return the mean over the edges of the mean absolute difference that two values of the cause make.

    Effects are in standard deviations of the edge's end.
    """
    return float(np.mean([_ace(options, columns, cause, effect) for cause, effect in pairwise(path)]))


def _ace(options: Mapping[str, Option], columns: Mapping[str, Sequence[Value]], cause: str, effect: str) -> float:
    if cause not in columns or effect not in columns:
        return 0.0
    results = np.array(columns[effect], dtype=float)
    known = np.isfinite(results)
    taken = [v for v, k in zip(columns[cause], known, strict=True) if k]
    results = results[known]
    if len(results) < 2 or not results.std() > 0:
        return 0.0
    values: Sequence[Value] = options[cause].levels if cause in options else list(
        np.quantile(np.array(taken, dtype=float), np.linspace(0, 1, _LEVELS))
    )  # fmt: skip
    option = options[cause] if cause in options else _measured(cause, taken)
    means = [expected(option, v, taken, results) for v in dict.fromkeys(values)] if option else []
    pairs = [abs(a - b) for a, b in combinations(means, 2)]
    return float(np.mean(pairs) / results.std()) if pairs else 0.0


def _measured(name: str, values: Sequence[Value]) -> Option | None:
    """Return a stand-in for an event as a cause: a number between the least and the most that was seen."""
    numbers = np.array(values, dtype=float)
    low, high = float(numbers.min()), float(numbers.max())
    return Option(name, Interval(low, high), low) if low < high else None


def _columns(exploration: Exploration, dataset: Dataset) -> dict[str, list[Value]]:
    """Return options as they are, events as ranks, objectives as logarithms where they are positive; by run."""
    columns: dict[str, list[Value]] = {}
    for name in dataset.names():
        column = dataset.frame[name]
        if name in exploration.space.by_name:
            columns[name] = list(column)
        elif name in {o.name for o in exploration.question.objectives}:
            columns[name] = list(np.log(column) if (column.dropna() > 0).all() else column)
        elif column.notna().all():
            columns[name] = list(column.rank())
    return columns


def best_change(exploration: Exploration, current: Configuration, paths: Sequence[Path]) -> tuple[str, Value] | None:
    """Return the option on a path, and its value, with the largest individual treatment effect (stage III).

    That is P(goals met | value) less the same for the present value; None when nothing is left to try.
    """
    configurations, shortfall = exploration.table()
    space = exploration.space
    named = list(dict.fromkeys(path[0] for path in paths))
    for options in ([n for n in named if n in space.active(current)], sorted(space.active(current))):
        effects: dict[tuple[str, Value], tuple[float, float]] = {}
        for name in options:
            taken = [c[name] for c in configurations]
            for value in space.by_name[name].levels:
                if exploration.open(space.change(current, {name: value})):
                    effects[name, value] = effect(space.by_name[name], current[name], value, taken, shortfall)
        if effects:
            return max(effects, key=lambda change: effects[change])
    return None


def effect(
    option: Option, before: Value, after: Value, taken: Sequence[Value], shortfall: Floats
) -> tuple[float, float]:
    """Return the change of P(goals met), and for ties that of the mean shortfall, negated."""
    met = (shortfall <= 0).astype(float)
    gain = expected(option, after, taken, met) - expected(option, before, taken, met)
    saved = expected(option, before, taken, shortfall) - expected(option, after, taken, shortfall)
    return gain, saved


strategy = Baseline(find)
