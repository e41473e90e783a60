"""BugDoc's debugging decision trees: grow a full tree, test the shortest path to failure, grow again.

Lourenço, Freire, Shasha, BugDoc: Algorithms to debug computational processes, SIGMOD 2020, section 4.3. The tree is not
pruned; a path to a leaf of failures only is a suspect. Configurations that satisfy it, and vary in everything else, are
measured; when all fail it is a root cause, when one passes the tree is grown again.

Left open: how to fix. Suspected is the path that the fault satisfies. The fault is changed, as little as possible, so
that it reaches a leaf in which everything meets the goals; what is measured is learned from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from cadet.bench.baselines.baseline import Baseline
from cadet.bench.baselines.exploration import Exploration
from cadet.bench.baselines.finding import Finding, fewest_changes
from cadet.bench.baselines.options import features, promising_values
from cadet.bench.baselines.seen import Floats
from cadet.debugging.design import random_configurations
from cadet.model.domain import Value
from cadet.model.option import Configuration

TESTS = 3  # configurations that must all fail before a suspect counts as a root cause
_TESTING = 0.5  # share of the budget that goes into such tests at most


@dataclass(frozen=True)
class Path:
    """Conditions on columns, (column, least, most) each, that lead to a leaf; `fails` where all of its rows do."""

    conditions: tuple[tuple[int, float, float], ...]
    fails: bool

    def satisfied(self, places: Floats) -> bool:
        """Tell whether (columns,) places satisfy every condition."""
        return all(least < places[column] <= most for column, least, most in self.conditions)

    def options(self, owners: list[str]) -> frozenset[str]:
        """Return the options that the conditions are about."""
        return frozenset(owners[column] for column, _, _ in self.conditions)


def paths(places: Floats, failed: Floats, rng: np.random.Generator) -> list[Path]:
    """Return the paths to every leaf of a full tree, the shortest first; all leaves are pure, or nothing tells them."""
    fitted = DecisionTreeClassifier(random_state=int(rng.integers(2**31))).fit(places, failed > 0)
    tree, classes = fitted.tree_, list(fitted.classes_)

    def below(node: int, limits: dict[int, tuple[float, float]]) -> Iterator[Path]:
        left, right = int(tree.children_left[node]), int(tree.children_right[node])
        if left == right:
            majority = bool(classes[int(np.argmax(tree.value[node][0]))])
            yield Path(tuple((c, low, high) for c, (low, high) in sorted(limits.items())), majority)
            return
        column, at = int(tree.feature[node]), float(tree.threshold[node])
        low, high = limits.get(column, (-np.inf, np.inf))
        yield from below(left, {**limits, column: (low, min(high, at))})
        yield from below(right, {**limits, column: (max(low, at), high)})

    return sorted(below(0, {}), key=lambda path: len(path.conditions))


def find(exploration: Exploration, rng: np.random.Generator) -> Finding:
    """Test the suspect, then leave it, and grow the tree again after each surprise."""
    tests = round(_TESTING * max(exploration.left, 0))
    causes: frozenset[str] | None = None
    while exploration.left > 0:
        grown, owners = _grown(exploration, rng)
        suspect = _suspect(exploration, grown)
        if suspect is not None and suspect.options(owners) != causes and tests > 0:
            before = exploration.left
            definitive = _all_fail(exploration, suspect, min(tests, TESTS), rng)
            tests -= before - exploration.left
            if not definitive:
                continue
            causes = suspect.options(owners)
        fix = next((c for c in _repairs(exploration, grown, owners) if exploration.measure(c)), None)
        if fix is None or exploration.meets(fix):
            break
    return fewest_changes(exploration)


def _grown(exploration: Exploration, rng: np.random.Generator) -> tuple[list[Path], list[str]]:
    measured = exploration.measured
    places, owners = features(exploration.space, exploration.fault, measured)
    failed = np.array([not exploration.meets(c) for c in measured], dtype=float)
    return (paths(places, failed, rng) if owners else []), owners


def _suspect(exploration: Exploration, grown: list[Path]) -> Path | None:
    """Return the path to failure that the fault satisfies."""
    here = features(exploration.space, exploration.fault, [exploration.fault])[0][0]
    return next((p for p in grown if p.fails and p.conditions and p.satisfied(here)), None)


def _all_fail(exploration: Exploration, suspect: Path, n: int, rng: np.random.Generator) -> bool:
    """Tell whether up to `n` new configurations that satisfy the suspect, but are random otherwise, all fail."""
    return exploration.first_good(islice(_satisfying(exploration, suspect, rng), n)) is None


def _satisfying(exploration: Exploration, suspect: Path, rng: np.random.Generator) -> Iterator[Configuration]:
    """Yield random configurations that have the fault's values in the options of the suspect."""
    search, fault = exploration.search, exploration.fault
    names = suspect.options(features(search.space, fault, [fault])[1])
    kept = {name: fault[name] for name in names}
    for drawn in random_configurations(search.space, rng, search.allowed):
        moved = search.space.change(drawn, kept)
        if suspect.satisfied(features(search.space, fault, [moved])[0][0]) and exploration.open(moved):
            yield moved


def _repairs(exploration: Exploration, grown: list[Path], owners: list[str]) -> Iterator[Configuration]:
    """Yield what reaches a good leaf from the fault, the fewest changes first."""
    distance = exploration.search.distance
    reached = [c for path in grown if not path.fails for c in _into(exploration, path, owners)]
    yield from sorted(filter(exploration.open, dict.fromkeys(reached)), key=distance)


def _into(exploration: Exploration, path: Path, owners: list[str]) -> Iterator[Configuration]:
    """Yield the fault with just those options changed that keep it from the leaf, each to a value that leads there."""
    space, fault = exploration.space, exploration.fault
    changes: dict[str, list[Value]] = {}
    for name in sorted(path.options(owners)):
        mine = Path(tuple(c for c in path.conditions if owners[c[0]] == name), path.fails)
        values = [fault[name], *promising_values(exploration, name)]
        places = features(space, fault, [Configuration({**fault, name: value}) for value in values])[0]
        fitting = [value for value, place in zip(values, places, strict=True) if mine.satisfied(place)]
        if fitting[:1] != [fault[name]]:
            changes[name] = fitting
    if changes and all(changes.values()):
        for turn in range(max(map(len, changes.values()))):
            yield space.change(fault, {n: values[min(turn, len(values) - 1)] for n, values in changes.items()})


strategy = Baseline(find)
