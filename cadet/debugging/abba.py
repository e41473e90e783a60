"""Two configurations run in adjacent ABBA pairs until they are decided, and what the pairs say about all goals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cadet.debugging.notebook import Notebook
from cadet.debugging.pairs import LOST, Pairs
from cadet.debugging.sequential import LATER, LOOKS, SCREEN, USUAL, undivided
from cadet.model.measurement import Purpose, Run
from cadet.model.objective import Goal
from cadet.model.option import Configuration, Level

Runs = Mapping[Level, Sequence[tuple[Run, Run]]]


@dataclass(frozen=True)
class Comparison:
    """All goals, judged from the same pairs of A and B."""

    goals: tuple[Pairs, ...]

    @property
    def pairs(self) -> int:
        """How many pairs were run at each level; 0 where recorded values were compared."""
        return 0 if self.goals[0].noiseless else len(self.goals[0].runs)

    def meets(self, side: int) -> bool | None:
        """Tell whether A (0) or B (1) meets every goal; None while undecided."""
        answers = [g.meets(side) for g in self.goals]
        if False in answers:
            return False
        return None if None in answers else True

    def seems_to_meet(self, side: int) -> bool:
        """Tell whether the best guess for A (0) or B (1) meets every goal."""
        return all(g.seems_to_meet(side) for g in self.goals)

    def screened_out(self) -> bool:
        """Tell whether, at the screen, B missed one goal in every run, or fails to run at all."""
        return (self.pairs == SCREEN and any(g.screened_out() for g in self.goals)) or self.fails(1)

    def fails(self, side: int) -> bool:
        """Tell whether runs of A (0) or B (1) got lost more often than by accident."""
        return any(g.lost[side] >= LOST for g in self.goals)


def compare(
    notebook: Notebook,
    a: Configuration,
    b: Configuration,
    goals: Sequence[Goal],
    alpha: float,
    purpose: Purpose,
    settled: Callable[[Comparison], bool],
    abandon: Callable[[Comparison], bool],
    further: Callable[[Comparison], bool] | None = None,
) -> Comparison:
    """Run ABBA pairs until `settled` at one of the looks, or the most pairs; recorded devices just compare rows.

    `abandon` is asked after every pair: giving up early never makes a false claim. `further` is asked from the last of
    the usual looks on whether more pairs are worth it; without it there are none, and the usual looks share the error.
    """
    if further is None:
        alpha = undivided(alpha, USUAL)
    if notebook.noiseless:
        return _recorded(notebook, a, b, goals, alpha, purpose)
    runs: dict[Level, list[tuple[Run, Run]]] = {goal.level: [] for goal in goals}
    while True:
        _one_more(notebook, a, b, runs, purpose)
        n = _pairs(runs)
        if n < 2:
            continue
        seen = _comparison(goals, runs, alpha)
        last = n == LOOKS[-1] or (n >= USUAL[-1] and n in LOOKS and not (further and further(seen)))
        if last or (n in LOOKS and settled(seen)) or abandon(seen):
            return seen


def continued(
    notebook: Notebook,
    a: Configuration,
    b: Configuration,
    before: Comparison,
    alpha: float,
    most: int,
    settled: Callable[[Comparison], bool],
    worth: Callable[[Comparison], bool],
) -> Comparison:
    """Go on with the pairs of a comparison until it is `settled` or has `most` pairs, as long as that is `worth` it.

    The looks share an `alpha` that nothing else has spent, so they may look at the earlier pairs, too (Bonferroni).
    """
    looks = [n for n in LATER if before.pairs < n <= most]
    if not looks:
        return before
    alpha = undivided(alpha, looks)
    goals = [pairs.goal for pairs in before.goals]
    runs = {pairs.goal.level: list(pairs.runs) for pairs in before.goals}
    seen = before  # told by the error it was given: with another one nothing may be claimed from the same pairs
    for look in looks:
        if settled(seen) or not worth(seen):
            break
        while _pairs(runs) < look:
            _one_more(notebook, a, b, runs, Purpose.PAIR)
        seen = _comparison(goals, runs, alpha)
    return seen


def _pairs(runs: Runs) -> int:
    """Return how many pairs there are at each level."""
    return len(next(iter(runs.values())))


def _one_more(
    notebook: Notebook, a: Configuration, b: Configuration, runs: dict[Level, list[tuple[Run, Run]]], purpose: Purpose
) -> None:
    """Run a pair at each level, the other way round each time."""
    for level, taken in runs.items():
        taken.append(_pair(notebook, a, b, level, purpose, swapped=len(taken) % 2 == 1))


def _pair(
    notebook: Notebook, a: Configuration, b: Configuration, level: Level, purpose: Purpose, *, swapped: bool
) -> tuple[Run, Run]:
    if swapped:
        second, first = notebook.pair(b, a, level, purpose)
        return first, second
    return notebook.pair(a, b, level, purpose)


def _comparison(goals: Sequence[Goal], runs: Runs, alpha: float, *, noiseless: bool = False) -> Comparison:
    return Comparison(tuple(Pairs(g, tuple(runs[g.level]), alpha, noiseless) for g in goals))


def _recorded(
    notebook: Notebook, a: Configuration, b: Configuration, goals: Sequence[Goal], alpha: float, purpose: Purpose
) -> Comparison:
    """Compare the recorded rows of two configurations; ask for those that are not known yet."""
    unknown = [c for c in (a, b) if c not in notebook.known()]
    if unknown:
        notebook.measure(unknown, purpose)
    runs = {(m.configuration, m.level): m.runs[0] for m in notebook.measurements()}
    rows = {goal.level: [(runs[a, goal.level], runs[b, goal.level])] for goal in goals}
    return _comparison(goals, rows, alpha, noiseless=True)
