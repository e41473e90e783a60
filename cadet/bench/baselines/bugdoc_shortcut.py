"""BugDoc's Shortcut and Stacked Shortcut: copy a good configuration into the fault as far as it keeps failing.

Lourenço, Freire, Shasha, BugDoc: Algorithms to debug computational processes, SIGMOD 2020, algorithms 1 and 2. What
cannot be copied is the root cause D, a conjunction: whoever has these values fails. It is withdrawn when somebody with
all of D is known to be good. Stacked Shortcut does so with several good configurations that differ from each other and
asserts the union.

Left open: how to fix. As D fails as a conjunction, its options are set to the good configuration's values one by one,
then together. Where no measured configuration is disjoint from the fault, as the paper asks, the one that differs most
is taken; a change that turns out infeasible is skipped. The copying leaves a share of the budget for the fix.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from cadet.bench.baselines.baseline import Baseline
from cadet.bench.baselines.escape import Suspects, tried
from cadet.bench.baselines.exploration import Exploration, by_changes
from cadet.bench.baselines.finding import Finding, fewest_changes
from cadet.debugging.design import random_configurations
from cadet.model.domain import Value
from cadet.model.option import Configuration

STACKED = 4  # good configurations, the default of the authors' program
_FIXING = 0.25  # share of the budget that copying leaves


def find(exploration: Exploration, rng: np.random.Generator, *, stacked: int = 1) -> Finding:
    """Find D from `stacked` good configurations, then change its options until the goals are met."""
    search = exploration.search
    if not exploration.good:
        exploration.first_good(random_configurations(search.space, rng, search.allowed, exploration.notebook.known()))
    reserve = round(_FIXING * max(exploration.left, 0))
    asserted: dict[str, list[Value]] = {}
    for good in disjoint(exploration, stacked):
        if asserted and exploration.left <= reserve:
            break
        for name in shortcut(exploration, good, reserve):
            asserted.setdefault(name, []).append(good[name])
    while exploration.left > 0:
        met = tried(exploration, _suspects(asserted))
        if met is None or met:
            break
    definitive = frozenset(asserted) if asserted and not _refuted(exploration, frozenset(asserted)) else None
    return fewest_changes(exploration, definitive)


def disjoint(exploration: Exploration, n: int) -> list[Configuration]:
    """Return up to `n` good configurations that differ as much as possible from the fault and from each other."""
    chosen: list[Configuration] = []
    rest = list(reversed(by_changes(exploration, exploration.good)))
    while rest and len(chosen) < n:
        others = [exploration.fault, *chosen]
        best = max(rest, key=lambda c: min(sum(c[o] != other[o] for o in c) for other in others))
        rest.remove(best)
        chosen.append(best)
    return chosen


def shortcut(exploration: Exploration, good: Configuration, reserve: int = 0) -> list[str]:
    """Return the options in which the fault could not take the value of `good` and still fail (algorithm 1)."""
    space, fault = exploration.space, exploration.fault
    current = fault
    for change in space.changes(fault, good):
        copied = space.change(current, {change.option: change.after})
        if exploration.left <= reserve and copied not in exploration.notebook.known():
            break
        if copied != current and exploration.measure(copied) and not exploration.meets(copied):
            current = copied
    return [c.option for c in space.changes(fault, good) if current[c.option] == fault[c.option]]


def _refuted(exploration: Exploration, options: frozenset[str]) -> bool:
    """Tell whether a good configuration has the fault's value in every one of `options`."""
    return any(all(c[o] == exploration.fault[o] for o in options) for c in exploration.good)


def _suspects(asserted: dict[str, list[Value]]) -> Suspects:
    """Return the options of the cause, those first that more good configurations could not be copied into."""
    order: Sequence[str] = sorted(asserted, key=lambda name: -len(asserted[name]))
    return [(name, list(dict.fromkeys(asserted[name]))) for name in order]


shortcut_strategy = Baseline(find)
stacked_strategy = Baseline(partial(find, stacked=STACKED))
