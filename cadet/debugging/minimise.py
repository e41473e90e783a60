"""Which changes of a fix are needed: take back one at a time, and measure (delta debugging, Zeller 2002).

The model orders the removals, the least needed first; the device decides. A change goes when the fix without it seems
to meet the goals and is then confirmed in fresh pairs of its own; it stays when a goal is missed without it, or when
that cannot be decided. Each removal is the option's ablation. Of a fix with many changes, as a search among hundreds of
options may end with, halves are taken back first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cadet.debugging.abba import Comparison, compare
from cadet.debugging.notebook import Notebook
from cadet.debugging.sequential import ALPHA
from cadet.debugging.verify import Trial
from cadet.model.diagnosis import Estimates, Verdict
from cadet.model.effect import Estimate
from cadet.model.measurement import Purpose
from cadet.model.objective import Goal
from cadet.model.option import Configuration
from cadet.model.space import Change

_MANY = 5  # changes beyond which several are taken back at once
_SMALLEST = 8  # part of them, one by so many, that is not tried any more

Verify = Callable[[Configuration], Trial]
Rank = Callable[[list[Configuration]], list[float]]


@dataclass(frozen=True)
class Minimal:
    """A confirmed fix of which every remaining change was taken back once, as far as that could be measured.

    ablations: by option, per goal label the relative worsening when its change is taken back. needed: options
    without whose change a goal is missed for certain, or an objective is worse for certain and the smaller fix could
    not be confirmed. replaced: the confirmed fixes with more changes that this one
    replaces, the largest first. failed: smaller fixes that were tried and not confirmed.
    """

    trial: Trial
    ablations: Mapping[str, Estimates]
    needed: frozenset[str]
    replaced: tuple[Trial, ...] = ()
    failed: tuple[Trial, ...] = ()


@dataclass(frozen=True)
class Minimiser:
    """What is needed to take changes back; `rank` gives each configuration's (log) probability to meet the goals.

    unlasting: fixes of which a confirmation had to be taken back; they are not verified once more.
    """

    notebook: Notebook
    fault: Configuration
    goals: tuple[Goal, ...]
    allowed: frozenset[str]
    budget: int
    verify: Verify
    rank: Rank
    told: Callable[[str], None] = field(default=lambda _: None)
    unlasting: frozenset[Configuration] = frozenset()


def minimise(m: Minimiser, trial: Trial) -> Minimal:
    """Return the fix with every change gone that is not needed."""
    replaced: list[Trial] = []
    failed: list[Trial] = []
    trial = _in_bulk(m, trial, replaced, failed)
    while True:
        ablations: dict[str, Estimates] = {}
        needed: set[str] = set()
        smaller = _first_removal(m, trial, ablations, needed, failed)
        if smaller is None:
            return Minimal(trial, ablations, frozenset(needed), tuple(replaced), tuple(failed))
        replaced.append(trial)
        trial = smaller


def _in_bulk(m: Minimiser, trial: Trial, replaced: list[Trial], failed: list[Trial]) -> Trial:
    """Take back half of many changes at once, those that the model spares most easily; else a quarter, and so on."""
    part = 2
    while part < _SMALLEST and len(changes := m.notebook.space.changes(m.fault, trial.fix)) > _MANY:
        spared = [change for change, _ in _ordered(m, trial.fix, changes)][: len(changes) // part]
        without = m.notebook.space.change(trial.fix, {c.option: m.fault[c.option] for c in spared})
        m.told(f"without {len(spared)} of {len(changes)} changes")
        smaller = None if _untestable(m, without) else _confirmed_without(m, trial, without, len(changes), failed)
        if smaller is not None:
            replaced.append(trial)
            trial, part = smaller, 2
        else:
            part *= 2
    return trial


def _confirmed_without(
    m: Minimiser, trial: Trial, without: Configuration, of: int, failed: list[Trial]
) -> Trial | None:
    """Return the trial of a smaller fix where it seems to meet the goals beside the larger one, and is confirmed.

    The first comparison only screens: nothing is claimed from it.
    """
    if not _beside(m, without, trial, of).seems_to_meet(0) or without in m.unlasting:
        return None
    smaller = m.verify(without)
    if smaller.verdict is Verdict.CONFIRMED:
        return smaller
    failed.append(smaller)
    return None


def _beside(m: Minimiser, without: Configuration, trial: Trial, of: int) -> Comparison:
    """Run a fix without some of its changes beside the whole; `of`: how many such comparisons share the error."""
    return compare(m.notebook, without, trial.fix, m.goals, ALPHA / of, Purpose.ABLATION,
                   lambda c: c.meets(0) is not None, lambda c: c.fails(0))  # fmt: skip


def _first_removal(
    m: Minimiser, trial: Trial, ablations: dict[str, Estimates], needed: set[str], failed: list[Trial]
) -> Trial | None:
    """Take changes back until one proves superfluous and return the confirmed smaller fix; None when none does."""
    changes = m.notebook.space.changes(m.fault, trial.fix)
    for change, without in _ordered(m, trial.fix, changes):
        m.told(f"without {change.option} = {change.after}")
        if without == m.fault:
            ablations[change.option] = {g.goal.label: g.worsening() for g in trial.comparison.goals}
            needed.add(change.option)
            continue
        reason = _untestable(m, without)
        if reason:
            ablations[change.option] = {g.label: Estimate(None, reason=reason) for g in m.goals}
            continue
        seen = _beside(m, without, trial, len(changes))
        ablations[change.option] = {g.goal.label: g.worsening() for g in seen.goals}
        if seen.meets(0) is False:
            needed.add(change.option)
        elif seen.seems_to_meet(0) and without not in m.unlasting | {t.fix for t in failed}:
            smaller = m.verify(without)
            if smaller.verdict is Verdict.CONFIRMED:
                return smaller
            failed.append(smaller)
        if any((e.low or 0.0) > 0 for e in ablations[change.option].values()):
            needed.add(change.option)
    return None


def _ordered(m: Minimiser, fix: Configuration, changes: tuple[Change, ...]) -> list[tuple[Change, Configuration]]:
    """Return each change with the fix without it, the one that the model can spare most easily first."""
    removals = [(c, m.notebook.space.change(fix, {c.option: m.fault[c.option]})) for c in changes]
    spare = m.rank([without for _, without in removals])
    return [removals[i] for i in sorted(range(len(removals)), key=lambda i: (-spare[i], i))]


def _untestable(m: Minimiser, without: Configuration) -> str:
    """Tell why the fix without a change cannot be measured; empty when it can."""
    space = m.notebook.space
    if not space.feasible(without):
        broken = space.violations(without)
        return f"breaks a constraint: {broken[0].reason or broken[0].expression}" if broken else "was not recorded"
    if not space.permits(without, m.allowed):
        return f"needs consent: {', '.join(sorted(space.asks(without, m.allowed)))}"
    if without not in m.notebook.known() and m.notebook.spent >= m.budget:
        return "the budget is used up"
    return ""
