"""One factor at a time (Daniel, Technometrics 15, 1973): change one option of the fault, then the next, and compare.

What textbooks describe, made as strong as it gets: of each option the value comes first that did best in the initial
design; a first single change that meets the goals ends the search; else what improved is put together, the best first.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cadet.bench.baselines.baseline import Baseline
from cadet.bench.baselines.exploration import Exploration
from cadet.bench.baselines.finding import Finding, fewest_changes
from cadet.bench.baselines.options import promising_values
from cadet.model.domain import Value
from cadet.model.option import Configuration

_TOGETHER = 0.2  # share of the budget that is kept to put improvements together


def find(exploration: Exploration, rng: np.random.Generator) -> Finding:
    """Measure single changes of the fault, then the best of them together."""
    most = round((1 - _TOGETHER) * exploration.left)
    singles = dict[Configuration, tuple[str, Value]]()
    for (name, value), single in _singles(exploration, rng):
        if len(singles) >= most:
            break
        if exploration.measure(single):
            singles[single] = (name, value)
            if exploration.meets(single):
                return fewest_changes(exploration)
    exploration.first_good(_together(exploration, singles))
    return fewest_changes(exploration)


def _singles(exploration: Exploration, rng: np.random.Generator) -> Iterator[tuple[tuple[str, Value], Configuration]]:
    """Yield the options in random order with their most promising value, then with their second, and so on."""
    fault, space = exploration.fault, exploration.space
    active = sorted(space.active(fault))
    values = {name: promising_values(exploration, name) for name in active}
    order = [active[i] for i in rng.permutation(len(active))]
    for turn in range(max(map(len, values.values()), default=0)):
        for name in order:
            if turn < len(values[name]):
                value = values[name][turn]
                yield (name, value), space.change(fault, {name: value})


def _together(exploration: Exploration, singles: dict[Configuration, tuple[str, Value]]) -> Iterator[Configuration]:
    """Yield the two best single changes together, the three best, and so on, of each option its best value."""
    limit = exploration.shortfall(exploration.fault)
    better = sorted((c for c in singles if exploration.shortfall(c) < limit), key=exploration.shortfall)
    changes: dict[str, object] = {}
    for single in better:
        name, value = singles[single]
        if name not in changes:
            changes[name] = value
            if len(changes) > 1:
                yield exploration.space.change(exploration.fault, changes)


strategy = Baseline(find)
