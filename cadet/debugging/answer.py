"""The outcome of a search as a `Session`: the verdict, the fixes in order, the ablations, what consent would add."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, permutations

import numpy as np

from cadet.debugging.belief import Belief
from cadet.debugging.cost import cost_of, costs
from cadet.debugging.hunt import Hunt
from cadet.debugging.influence import Influence, of_design
from cadet.debugging.minimise import Minimal
from cadet.debugging.notebook import Notebook
from cadet.debugging.pairs import ONE_ROW, in_units, in_units_with_losses
from cadet.debugging.pareto import pareto
from cadet.debugging.question import Question, Session
from cadet.debugging.sequential import ALPHA, Bounds, bounds, undivided
from cadet.debugging.verify import Trial, latest
from cadet.model.diagnosis import Estimates, Fault, Fix, Reuse, Verdict
from cadet.model.effect import Estimate
from cadet.model.measurement import Measurement, Status
from cadet.model.objective import Goal
from cadet.model.option import Configuration
from cadet.model.space import Space

_EVEN = np.log(0.5)  # fixes more probable than this go before all others, the smallest first
_UNTESTED = 3  # measured but unverified candidates that are listed
_SAME = 0.01  # of the value without consent: hopes that differ by less are the same
_CONSENTS = 3  # predictions listed for what consent would add


def without_fault(question: Question, goals: tuple[Goal, ...], notebook: Notebook) -> Session:
    """Return the answer for a fault that meets every goal."""
    measured = measured_values(goals, notebook.of(question.fault), noiseless=notebook.noiseless)
    return Session(
        question.target, question.objectives, goals, Verdict.NO_FAULT, Fault(question.fault, measured),
        counts=notebook.counts(), notes=("the fault, measured here, meets every goal",),
    )  # fmt: skip


def answer(hunt: Hunt, found: Minimal | None, rng: np.random.Generator) -> Session:
    """Return what the search found, told in the words of the contract."""
    belief = hunt.believe()
    influence = of_design(hunt.notebook.runs, hunt.search.space, hunt.goals, rng)
    verdict, note = _verdict(hunt, found, influence)
    return Session(
        target=hunt.question.target,
        objectives=hunt.question.objectives,
        goals=hunt.goals,
        verdict=verdict,
        fault=Fault(hunt.question.fault, _fault_measured(hunt, found)),
        fixes=_fixes(hunt, found, belief),
        ablations=found.ablations if found else {},
        with_consent=_with_consent(hunt, found, belief),
        smallest_detectable_effect=influence.detectable,
        importance=belief.importance(),
        promises=tuple((chance, c) for c, (_, chance) in hunt.promises.items()),
        counts=hunt.notebook.counts(),
        notes=tuple(filter(None, (note, _reuse_note(hunt.reuse), _unseen(hunt, influence)))),
        reuse=hunt.reuse,
        pareto=_pareto(hunt),
    )


def _unseen(hunt: Hunt, influence: Influence) -> str:
    """Tell what cannot have been seen where there are more options than random configurations; empty elsewhere."""
    names, rows = hunt.search.space.names, hunt.notebook.sampled
    if len(names) <= rows:
        return ""
    measured = {run.configuration for run in hunt.notebook.runs if run.status is Status.OK}
    each = [hunt.search.space.changes(hunt.question.fault, configuration) for configuration in measured]
    together = len(names) - len({changes[0].option for changes in each if len(changes) == 1})
    sizes = [size for size in influence.detectable.values() if size is not None]
    least = f", and an effect below {100 * max(sizes):.0f} % is probably not seen" if sizes else ""
    return (f"{len(names)} options, {rows} random configurations: {together} options were only changed together with "
            f"others{least}; what is not named here may still matter")  # fmt: skip


def _pareto(hunt: Hunt) -> tuple[Fix, ...]:
    """Return the measured ways to meet the goals that none beats, with the values of every objective."""
    judged = (*hunt.goals, *hunt.others.goals)
    verified = {trial.fix: trial.measured for trial in hunt.trials}
    told: dict[Configuration, Estimates] = {}
    for known in sorted(hunt.notebook.known(), key=lambda c: c.key):
        seen = measured_values(judged, hunt.notebook.of(known), noiseless=hunt.notebook.noiseless)
        told[known] = {**seen, **verified.get(known, {})}
    return pareto(hunt.notebook, hunt.search, hunt.goals, hunt.others, latest(hunt.trials), told)


def _reuse_note(reuse: Reuse | None) -> str:
    if reuse is None:
        return ""
    if reuse.reason:
        return f"{reuse.source}: dropped, {reuse.reason}"
    told = "too few were measured here to check it" if reuse.support is None else "it predicts what was measured here"
    return f"{reuse.source}: begun from its {reuse.configurations} configurations; {told}"


def measured_values(goals: Sequence[Goal], cells: Sequence[Measurement], *, noiseless: bool) -> Estimates:
    """Return each objective of one configuration with its interval, from plain measurements."""
    by_level = {m.level: m for m in cells}
    return {g.label: _measured_value(g, by_level.get(g.level), noiseless=noiseless) for g in goals}


def _measured_value(goal: Goal, cell: Measurement | None, *, noiseless: bool) -> Estimate:
    if cell is None:
        return Estimate(None, repetitions=0, reason="no value: not measured")
    scale = cost_of(goal.objective, cell.runs, goal.threshold)
    values, lost = costs(scale, cell.runs)
    if lost.any():
        middle = float(np.sort(values)[len(values) // 2])
        return in_units_with_losses(scale, Bounds(middle, middle, middle, len(values)), int(lost.sum()))
    typical = scale.value(float(np.median(values)))
    if noiseless:
        return Estimate(typical, repetitions=len(values), reason=ONE_ROW)
    if len(values) < 2:
        return Estimate(typical, repetitions=1, reason="one repetition: the noise is unknown")
    return in_units(scale, bounds(values, undivided(ALPHA, [len(values)])))  # looked at once


def _fault_measured(hunt: Hunt, found: Minimal | None) -> Estimates:
    """Return how the fault measured: beside the fix, where there was one."""
    trial = found.trial if found else max(hunt.trials, key=lambda t: t.comparison.pairs, default=None)
    if trial and trial.comparison.pairs > 1:
        return trial.fault_measured
    return measured_values(hunt.goals, hunt.notebook.of(hunt.question.fault), noiseless=hunt.notebook.noiseless)


def _verdict(hunt: Hunt, found: Minimal | None, influence: Influence) -> tuple[Verdict, str]:
    if found:
        unsure = sorted(set(found.ablations) - found.needed)
        return Verdict.CONFIRMED, f"not proven to be needed: {', '.join(unsure)}" if unsure else ""
    if any(t.fault_is_fine for t in hunt.trials):
        return Verdict.NO_FAULT, "the fault, measured again beside a candidate, meets every goal"
    told = any(g.better is not None for t in hunt.trials for g in t.comparison.goals)
    crashed = any(t.comparison.fails(1) for t in hunt.trials)
    if not (influence.seen or influence.blind or told or crashed):
        return Verdict.NO_EFFECT, f"no option has a detectable effect (smallest p-value {influence.p_value:.2g})"
    trials = latest(hunt.trials)
    if {trial.verdict for trial in trials} == {Verdict.REFUTED}:
        return Verdict.REFUTED, "every candidate was refuted by fresh runs"
    note = _why_undecided(trials)
    return Verdict.INCONCLUSIVE, f"{note}; {influence.blind}" if influence.blind else note


def _why_undecided(trials: Sequence[Trial]) -> str:
    if any(trial.unkept for trial in trials):
        return "what fresh runs confirmed did not last in later ones"
    return "no candidate was confirmed by fresh runs" if trials else "no configuration within the budget met every goal"


def _fixes(hunt: Hunt, found: Minimal | None, belief: Belief) -> tuple[Fix, ...]:
    """Return the confirmed fix first, then the other candidates that were verified, then merely measured ones."""
    first = [found.trial] if found else []
    others = [t for t in latest(hunt.trials) if not first or t.fix != first[0].fix]
    rank = {Verdict.CONFIRMED: 0, Verdict.INCONCLUSIVE: 1, Verdict.REFUTED: 2}
    chance = dict(zip((t.fix for t in others), belief.log_probability([t.fix for t in others]).tolist(), strict=True))
    others.sort(key=lambda t: (rank[t.verdict], chance[t.fix] < _EVEN, hunt.search.distance(t.fix), -chance[t.fix]))
    tried = {t.fix for t in hunt.trials}
    untested = [c for c in hunt.shortlist.promising(belief) if c not in tried][:_UNTESTED]
    return (*(_tried(hunt, t, belief) for t in (*first, *others)), *(_untested(hunt, c, belief) for c in untested))


def _tried(hunt: Hunt, trial: Trial, belief: Belief) -> Fix:
    predicted, probability = _promise(hunt, trial.fix, belief)
    return Fix(
        changes=hunt.search.space.changes(hunt.question.fault, trial.fix),
        configuration=trial.fix,
        predicted=predicted,
        probability_of_goal=probability,
        consent=_new_cost(hunt, trial.fix),
        measured=trial.measured,
        gain=trial.gain,
        pairs=trial.comparison.pairs,
        verdict=trial.verdict,
        runs_to_decide=trial.runs_to_decide,
        reason=trial.reason,
    )


def _untested(hunt: Hunt, configuration: Configuration, belief: Belief) -> Fix:
    predicted, probability = _promise(hunt, configuration, belief)
    cells = hunt.notebook.of(configuration)
    return Fix(
        changes=hunt.search.space.changes(hunt.question.fault, configuration),
        configuration=configuration,
        predicted=predicted,
        probability_of_goal=probability,
        consent=_new_cost(hunt, configuration),
        measured=measured_values(hunt.goals, cells, noiseless=hunt.notebook.noiseless),
        reason="measured, not verified",
    )


def _promise(hunt: Hunt, configuration: Configuration, belief: Belief) -> tuple[Estimates, float]:
    """Return what the model predicted when it proposed; for rows of the design, what it says now."""
    if configuration in hunt.promises:
        return hunt.promises[configuration]
    return belief.predicted(configuration), float(belief.stated([configuration])[0])


def _new_cost(hunt: Hunt, configuration: Configuration) -> frozenset[str]:
    """Return what a fix gives up that the fault does not give up already."""
    space = hunt.search.space
    return space.asks(configuration, space.given_up(hunt.question.fault))


def _with_consent(hunt: Hunt, found: Minimal | None, belief: Belief) -> tuple[Fix, ...]:
    """Return what giving something up would add to the fix (without one: to the fault): predictions, never measured.

    Only options that a consent speaks about are set, at most two of them. Their values were never measured, so they are
    ranked by what the model cannot exclude, the better end of the predicted interval.
    """
    space, allowed = hunt.search.space, hunt.search.allowed
    base = found.trial.fix if found else hunt.question.fault
    costly = [c for c in _given_up(space, base) if space.feasible(c) and space.asks(c, allowed)]
    goal = hunt.goals[0]
    usual = belief.predicted(base)[goal.label].estimate
    hoped = {c: _at_best(goal, belief.predicted(c)[goal.label]) for c in costly}
    sign = 1 if goal.objective.direction == "min" else -1
    better = [c for c, value in hoped.items() if usual is not None and sign * value < sign * usual]
    enough = set(better) - _superfluous(space, base, hoped, usual or 0.0)
    best = sorted(enough, key=lambda c: (sign * hoped[c], hunt.search.distance(c), c.key))[:_CONSENTS]
    if not best:
        return ()
    chances = belief.stated(best).tolist()
    return tuple(_prediction(hunt, c, belief, chance) for c, chance in zip(best, chances, strict=True))


def _superfluous(
    space: Space, base: Configuration, hoped: Mapping[Configuration, float], usual: float
) -> frozenset[Configuration]:
    """Return configurations of which nothing else is hoped than of a part of their changes to `base`."""
    made = {c: set(space.changes(base, c)) for c in hoped}
    return frozenset(
        larger
        for larger, smaller in permutations(hoped, 2)
        if made[smaller] < made[larger] and abs(hoped[larger] - hoped[smaller]) <= _SAME * abs(usual)
    )


def _at_best(goal: Goal, predicted: Estimate) -> float:
    end = predicted.low if goal.objective.direction == "min" else predicted.high
    return float("nan") if end is None else end


def _given_up(space: Space, base: Configuration) -> tuple[Configuration, ...]:
    """Return `base` with one or two of the options changed that a consent speaks about."""
    spoken = {o.name for o in space.options if o.consent} | {n for c in space.consents for n in c.expression.names}
    steps = [(n, v) for n in sorted(spoken) for v in space.by_name[n].levels if v != base[n]]
    sets = [dict(chosen) for r in (1, 2) for chosen in combinations(steps, r)]
    return tuple(dict.fromkeys(space.change(base, chosen) for chosen in sets))


def _prediction(hunt: Hunt, configuration: Configuration, belief: Belief, probability: float) -> Fix:
    space = hunt.search.space
    return Fix(
        changes=space.changes(hunt.question.fault, configuration),
        configuration=configuration,
        predicted=belief.predicted(configuration),
        probability_of_goal=probability,
        consent=space.asks(configuration, hunt.search.allowed),
        reason="a prediction: it needs a consent that was not given, so it was never measured",
    )
