"""Cooperative bug isolation: which predicates on the options are true when runs fail, and not because all runs fail.

Liblit, Naik, Zheng, Aiken, Jordan, Scalable statistical bug isolation, PLDI 2005: Failure, Context, Increase,
Importance (sections 3.1 and 3.4) and elimination (section 3.4). Song and Lu, Statistical debugging for real-world
performance problems, OOPSLA 2014, use it on performance: a run that misses its goal is a failure.

Left open: how to fix. Here the options of the best predicates that hold in the fault are changed to the values that did
best among those for which the predicate is false, first one by one, then together, and everything is counted again
after each measurement. Deviation: predicates with Increase > 0 stay, not only those where that is certain at 95 %,
which of 25 runs would leave next to none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cadet.bench.baselines.baseline import Baseline
from cadet.bench.baselines.escape import tried
from cadet.bench.baselines.exploration import Exploration
from cadet.bench.baselines.finding import Finding, fewest_changes
from cadet.bench.baselines.options import promising_values, unordered
from cadet.model.domain import Value
from cadet.model.option import Configuration, Option
from cadet.model.space import Space

_SUSPECTS = 8  # predicates that are acted upon


@dataclass(frozen=True)
class Predicate:
    """Something that is true or false of an option where it exists: equal to, above or at most a value."""

    option: Option
    relation: str
    value: Value

    def holds(self, value: Value) -> bool:
        """Tell whether it is true of a value."""
        if self.relation == "==":
            return value == self.value
        above = self.option.domain.position(value) > self.option.domain.position(self.value)
        return above if self.relation == ">" else not above


@dataclass(frozen=True)
class Ran:
    """A configuration, and whether it failed to meet the goals."""

    configuration: Configuration
    failed: bool


def predicates(space: Space) -> list[Predicate]:
    """Return what can be asked: equal to each category; above, and at most, each level of an order but the last."""
    found: list[Predicate] = []
    for option in space.options:
        if unordered(option) or len(option.levels) == 2:
            found += [Predicate(option, "==", value) for value in option.levels]
        else:
            ordered = sorted(option.levels, key=option.domain.position)
            found += [Predicate(option, relation, value) for value in ordered[:-1] for relation in (">", "<=")]
    return found


def importance(space: Space, predicate: Predicate, ran: Sequence[Ran]) -> float:
    """Return the harmonic mean of Increase and log F(P) / log NumF; 0 where Increase is not positive.

    Increase is F(P) / (S(P) + F(P)) less the same among the runs in which the option exists at all.
    """
    name = predicate.option.name
    observed = [r for r in ran if name in space.active(r.configuration)]
    true = [r for r in observed if predicate.holds(r.configuration[name])]
    failing, everything = sum(r.failed for r in true), sum(r.failed for r in ran)
    if not failing:
        return 0.0
    increase = failing / len(true) - sum(r.failed for r in observed) / len(observed)
    sensitivity = math.log(failing) / math.log(everything) if everything > 1 else 1.0
    if increase <= 0 or sensitivity <= 0:
        return 0.0
    return 2 / (1 / increase + 1 / sensitivity)


def ranked(space: Space, ran: Sequence[Ran]) -> list[Predicate]:
    """Return predicates by elimination: the most important one, then the best of the runs it does not explain, ..."""
    found: list[Predicate] = []
    asked, rest = predicates(space), list(ran)
    while any(r.failed for r in rest):
        scores = [importance(space, p, rest) for p in asked]
        at = int(np.argmax(scores)) if asked else 0
        if not asked or scores[at] <= 0:
            break
        best = asked.pop(at)
        found.append(best)
        rest = [r for r in rest if not _true(space, best, r)]
    # what elimination left over, by importance among all runs
    scored = sorted(((-importance(space, p, ran), i) for i, p in enumerate(asked)))
    return found + [asked[i] for score, i in scored if score < 0]


def _true(space: Space, predicate: Predicate, run: Ran) -> bool:
    name = predicate.option.name
    return name in space.active(run.configuration) and predicate.holds(run.configuration[name])


def find(exploration: Exploration, rng: np.random.Generator) -> Finding:
    """Change what the most important predicates of the fault are about, until the goals are met."""
    while exploration.left > 0:
        met = tried(exploration, _suspects(exploration))
        if met is None or met:
            break
    return fewest_changes(exploration)


def _suspects(exploration: Exploration) -> list[tuple[str, list[Value]]]:
    """Return the options of the predicates that hold in the fault, with the values for which they do not."""
    space, fault = exploration.space, exploration.fault
    ran = [Ran(c, not exploration.meets(c)) for c in exploration.measured]
    suspects: dict[str, list[Value]] = {}
    for predicate in ranked(space, ran):
        name = predicate.option.name
        if name not in suspects and _true(space, predicate, Ran(fault, failed=True)):
            suspects[name] = [v for v in promising_values(exploration, name) if not predicate.holds(v)]
    return [(name, values) for name, values in suspects.items() if values][:_SUSPECTS]


strategy = Baseline(find)
