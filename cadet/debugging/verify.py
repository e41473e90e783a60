"""Does the fix work: fresh ABBA pairs of fault and fix, a sequentially valid interval, and a verdict.

Confirmed needs every interval on the good side, so it errs no more often than one interval does (intersection-union);
the error of an interval is shared over the candidates that are tried in vain (`sequential.share`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cadet.debugging.abba import Comparison, compare, continued
from cadet.debugging.notebook import Notebook
from cadet.debugging.pairs import Pairs
from cadet.debugging.sequential import LOOKS, SCREEN, share
from cadet.model.diagnosis import Estimates, Verdict
from cadet.model.measurement import Purpose
from cadet.model.objective import Goal
from cadet.model.option import Configuration

_HOPE = 3  # further pairs are made while this times the most would decide: intervals narrow faster than foretold


@dataclass(frozen=True)
class Trial:
    """A candidate fix beside the fault. `missed` are the labels of the goals that the fault was reported to miss.

    throughout: by goal, all runs of the fix beside others, those of ablations too. apart: the same without those of
    its own pairs. Both are empty as long as there are none.
    """

    fix: Configuration
    comparison: Comparison
    missed: frozenset[str]
    throughout: tuple[Pairs, ...] = ()
    apart: tuple[Pairs, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Confirmed, refuted or inconclusive."""
        meets = self.comparison.meets(1)
        better = [g.better for g in self._improving]
        if meets is False or False in better or any(g.meets(1) is False for g in self.throughout):
            return Verdict.REFUTED
        return Verdict.CONFIRMED if meets and all(better) and not self.unkept else Verdict.INCONCLUSIVE

    @property
    def unkept(self) -> list[Pairs]:
        """What takes a confirmation back: goals that all runs do not clearly meet, or that the others clearly miss."""
        together = [g for g in self.throughout if g.meets(1) is not True]
        return together or [g for g in self.apart if g.meets(1) is False]

    @property
    def fault_is_fine(self) -> bool:
        """Whether the fault itself, measured here again, meets every goal."""
        return self.comparison.meets(0) is True

    @property
    def measured(self) -> Estimates:
        """The objectives under the fix: in its own pairs, in all its runs where these say something else."""
        return {g.goal.label: g.value(1) for g in (self.throughout if self.unkept else self.comparison.goals)}

    @property
    def fault_measured(self) -> Estimates:
        """The objectives under the fault, measured beside the fix."""
        return {g.goal.label: g.value(0) for g in self.comparison.goals}

    @property
    def gain(self) -> Estimates:
        """The gain of the fix over the fault."""
        return {g.goal.label: g.gain() for g in self.comparison.goals}

    @property
    def runs_to_decide(self) -> int | None:
        """How many more pairs would probably decide, where the trial did not; None where it did or cannot be told."""
        if self.verdict is not Verdict.INCONCLUSIVE or not self.comparison.pairs:
            return None
        levels = [g.second.runs_beyond(g.threshold) for g in self.comparison.goals if g.meets(1) is None]
        levels += [g.second.runs_beyond(g.threshold) for g in self.unkept if g.meets(1) is None]
        gaps = [g.difference.runs_beyond(0.0) for g in self._improving if g.better is None]
        needed = [n for n in (*levels, *gaps) if n is not None]
        return max(needed) if needed and len(needed) == len(levels) + len(gaps) else None

    def promising(self, most: int) -> bool:
        """Tell whether this seems to meet the goals, and `most` pairs would probably decide."""
        needed, seen = self.runs_to_decide, self.comparison
        return seen.seems_to_meet(1) and needed is not None and seen.pairs + needed <= _HOPE * most

    @property
    def reason(self) -> str:
        """Which part of the verdict failed, in words; empty when confirmed."""
        parts = [_missing(g) for g in self.comparison.goals if g.meets(1) is not True]
        parts += [_unimproved(g) for g in self._improving if g.better is not True]
        parts += [_unkept(g, "over all" if g in self.throughout else "in the other") for g in self.unkept]
        if self.comparison.pairs == SCREEN and self.verdict is Verdict.INCONCLUSIVE:
            parts.append(f"given up after {SCREEN} pairs that all missed a goal")
        return "; ".join(parts)

    @property
    def _improving(self) -> list[Pairs]:
        return [g for g in self.comparison.goals if g.goal.label in self.missed]


def latest(trials: Iterable[Trial]) -> list[Trial]:
    """Return the last trial of each fix: one that was confirmed may have been tried again."""
    return list({trial.fix: trial for trial in trials}.values())


def verify(
    notebook: Notebook,
    fault: Configuration,
    fix: Configuration,
    goals: Sequence[Goal],
    missed: frozenset[str],
    candidate: int,
) -> Trial:
    """Measure fault and fix in fresh pairs until the verdict is clear.

    candidate: one more than the number of fixes tried so far that were not confirmed: a confirmed one gives its error
    back. Until the first false claim every candidate that is no fix is among those not confirmed, so the j-th of them
    spends the j-th share at most, and all together the error (sequential rejection, Goeman & Solari 2010).
    Where 15 pairs leave open what seems to meet the goals, more are made as long as they would probably decide.
    """

    def settled(seen: Comparison) -> bool:
        return Trial(fix, seen, missed).verdict is not Verdict.INCONCLUSIVE

    def further(seen: Comparison) -> bool:
        return Trial(fix, seen, missed).promising(LOOKS[-1])

    alpha, give_up = share(candidate), Comparison.screened_out
    return Trial(fix, compare(notebook, fault, fix, goals, alpha, Purpose.PAIR, settled, give_up, further), missed)


def gone_on_with(notebook: Notebook, fault: Configuration, trial: Trial, candidate: int, most: int) -> Trial:
    """Return an undecided trial with more of its pairs, `most` of all, as long as they would probably decide.

    candidate: as for a trial that is begun; going on with one spends a share of its own.
    """

    def settled(seen: Comparison) -> bool:
        return replace(trial, comparison=seen).verdict is not Verdict.INCONCLUSIVE

    def worth(seen: Comparison) -> bool:
        return replace(trial, comparison=seen).promising(most)

    seen = continued(notebook, fault, trial.fix, trial.comparison, share(candidate), most, settled, worth)
    return replace(trial, comparison=seen)


def _unkept(pairs: Pairs, runs: str) -> str:
    seen = pairs.value(1)
    between = "" if seen.low is None or seen.high is None else f", {seen.low:.4g} to {seen.high:.4g}"
    told = f"meets the goal in its own pairs, but {runs} {len(pairs.runs)} runs{between}, it {_missing(pairs)}"
    return f"{told}: the device may have changed"


def _wanted(pairs: Pairs) -> str:
    return f"{pairs.goal.label} {pairs.goal.operator} {pairs.goal.threshold:.4g}"  # for a reader; JSON has it whole


def _missing(pairs: Pairs) -> str:
    verb = "misses" if pairs.meets(1) is False else "may miss"
    lost = f" ({pairs.lost[1]} runs timed out or failed)" if pairs.lost[1] else ""
    return f"{verb} the goal {_wanted(pairs)}{lost}"


def _unimproved(pairs: Pairs) -> str:
    if pairs.better is False:
        return f"{pairs.goal.label} is worse than under the fault"
    return f"{pairs.goal.label} is not clearly better than under the fault"
