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
import numpy.typing as npt

from cadet.bench.baselines.baseline import Baseline
from cadet.bench.baselines.escape import tried
from cadet.bench.baselines.exploration import Exploration
from cadet.bench.baselines.finding import Finding, fewest_changes
from cadet.bench.baselines.options import promising_values, unordered
from cadet.model.domain import Value
from cadet.model.option import Configuration, Option
from cadet.model.space import Space

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

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


@dataclass(frozen=True)
class Answers:
    """What each predicate says of each run, (predicates, runs): whether its option exists there, and whether it holds.

    failed: (runs,) which runs failed.
    """

    observed: Truths
    true: Truths
    failed: Truths

    @classmethod
    def of(cls, space: Space, asked: Sequence[Predicate], ran: Sequence[Ran]) -> Answers:
        """Ask every predicate of every run."""
        active = [space.active(r.configuration) for r in ran]
        observed = np.array([[p.option.name in names for names in active] for p in asked], dtype=bool)
        true = np.array([[p.holds(r.configuration[p.option.name]) for r in ran] for p in asked], dtype=bool)
        shape = (len(asked), len(ran))
        return cls(observed.reshape(shape), (observed & true).reshape(shape), np.array([r.failed for r in ran], bool))

    def importance(self, chosen: Truths) -> Floats:
        """Return (predicates,) the harmonic mean of Increase and log F(P) / log NumF among the chosen runs.

        0 where Increase is not positive. Increase is F(P) / (S(P) + F(P)) less the same among the runs in which the
        option exists at all.
        """
        failed = self.failed & chosen
        failing, seen_failing = self.true @ failed.astype(int), self.observed @ failed.astype(int)
        true, observed = self.true @ chosen.astype(int), self.observed @ chosen.astype(int)
        increase = failing / np.maximum(true, 1) - seen_failing / np.maximum(observed, 1)
        logs = np.array([0.0, *(math.log(n) for n in range(1, len(self.failed) + 1))])
        everything = int(failed.sum())
        sensitivity = logs[failing] / logs[everything] if everything > 1 else np.ones(len(failing))
        counts = (failing > 0) & (increase > 0) & (sensitivity > 0)
        scores = np.zeros(len(failing))
        scores[counts] = 2 / (1 / increase[counts] + 1 / sensitivity[counts])
        return scores


def importance(space: Space, predicate: Predicate, ran: Sequence[Ran]) -> float:
    """Return the importance of one predicate among all runs (`Answers.importance`)."""
    return float(Answers.of(space, [predicate], ran).importance(np.ones(len(ran), dtype=bool))[0])


def ranked(space: Space, ran: Sequence[Ran]) -> list[Predicate]:
    """Return predicates by elimination: the most important one, then the best of the runs it does not explain, ..."""
    asked = predicates(space)
    answers = Answers.of(space, asked, ran)
    found: list[int] = []
    rest = np.ones(len(ran), dtype=bool)
    while asked and (answers.failed & rest).any():
        scores = answers.importance(rest)
        scores[found] = 0.0
        best = int(np.argmax(scores))
        if scores[best] <= 0:
            break
        found.append(best)
        rest &= ~answers.true[best]
    # what elimination left over, by importance among all runs
    score = answers.importance(np.ones(len(ran), dtype=bool))
    left = sorted((i for i in range(len(asked)) if score[i] > 0 and i not in found), key=lambda i: (-score[i], i))
    return [asked[i] for i in (*found, *left)]


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
