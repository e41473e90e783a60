"""The answer in plain words; every reporter says it the same way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cadet.model.diagnosis import Counts, Diagnosis, Fix, RootCause, Verdict
from cadet.model.effect import UNKNOWN, Estimate
from cadet.model.objective import Goal, Objective
from cadet.model.space import Change
from cadet.report import numbers

_HEADLINES = {
    Verdict.CONFIRMED: "Fix confirmed",
    Verdict.REFUTED: "Fix refuted",
    Verdict.INCONCLUSIVE: "Not decided yet",
    Verdict.NO_FAULT: "No fault",
    Verdict.NO_EFFECT: "No option matters",
}
_SOURCES = {
    "user": "as asked",
    "slo": "the service level objective of the target",
    "median": "the median of the initial design, because no goal was given",
    "p10": "the 10th percentile of the initial design, because the fault already meets its median",
}


def headline(diagnosis: Diagnosis) -> str:
    """Return the verdict in two or three words."""
    return _HEADLINES[diagnosis.verdict]


def verdict(diagnosis: Diagnosis) -> str:
    """Return the verdict in one or two sentences that need no statistics to understand."""
    if diagnosis.verdict is Verdict.NO_FAULT:
        return _no_fault(diagnosis)
    if diagnosis.verdict is Verdict.NO_EFFECT:
        return _no_effect(diagnosis)
    if not diagnosis.fixes:
        return _no_candidate(diagnosis)
    return {Verdict.CONFIRMED: _confirmed, Verdict.REFUTED: _refuted, Verdict.INCONCLUSIVE: _inconclusive}[
        diagnosis.verdict
    ](diagnosis, diagnosis.fixes[0])


def changes(changed: Sequence[Change]) -> str:
    """Return `journal_mode from delete to wal and batch from 1 to 256`."""
    return listing(f"{c.option} from {numbers.value(c.before)} to {numbers.value(c.after)}" for c in changed)


def listing(parts: Iterable[str]) -> str:
    """Join as in speech: `a`, `a and b`, `a, b and c`."""
    items = list(parts)
    return " and ".join(items) if len(items) < 3 else f"{', '.join(items[:-1])} and {items[-1]}"


def goal(wanted: Goal) -> str:
    """Return `latency ≤ 0.5 s`."""
    sign = "≤" if wanted.objective.direction == "min" else "≥"
    return f"{name(wanted)} {sign} {numbers.quantity(wanted.threshold, wanted.objective.unit)}"


def goal_source(wanted: Goal) -> str:
    """Return where the threshold of a goal comes from."""
    return _SOURCES.get(wanted.source, wanted.source)


def name(wanted: Goal) -> str:
    """Return the objective with its context level: `latency at rows = 1000`."""
    where = ", ".join(f"{key} = {numbers.value(v)}" for key, v in wanted.level.items())
    return f"{wanted.objective.name} at {where}" if where else wanted.objective.name


def label_name(diagnosis: Diagnosis, label: str) -> str:
    """Return a goal label in words; a label without a goal stays as it is."""
    return next((name(g) for g in diagnosis.goals if g.label == label), label)


def objective_of(diagnosis: Diagnosis, label: str) -> Objective:
    """Return the objective that an estimate's label speaks about; without unit where it is not declared."""
    declared = [*(g.objective for g in diagnosis.goals if g.label == label), *diagnosis.objectives]
    return next((o for o in declared if label == o.name or label.startswith(f"{o.name}@")), Objective(label))


def labels(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Return the goal labels in order, or the objectives where there are no goals."""
    return tuple(g.label for g in diagnosis.goals) or tuple(o.name for o in diagnosis.objectives)


def gain(shown: Estimate, objective: Objective) -> str:
    """Return `94 % less`, `6 % more`, or for a maximised objective `4 times as much`."""
    if shown.estimate is None or not numbers.known(shown):
        return "not known"
    if objective.direction == "max":
        return f"{_times(shown.estimate)} as much"
    return f"{numbers.percent(abs(shown.estimate))} {'less' if shown.estimate >= 0 else 'more'}"


def gain_interval(shown: Estimate, objective: Objective) -> str:
    """Return the interval in the terms of `gain`, or "" where it is not known."""
    if shown.low is None or shown.high is None or not numbers.known(shown):
        return ""
    if objective.direction == "max":
        return f"{_times(shown.low)} to {_times(shown.high)}"
    if shown.high <= 0:  # "6 % more (4–9 %)"
        return numbers.percent_interval(Estimate(-(shown.estimate or 0.0), -shown.high, -shown.low))
    text = numbers.percent_interval(shown)
    return f"{text} less" if shown.low < 0 else text


def outcome(diagnosis: Diagnosis, fix: Fix, label: str) -> str:
    """Return what a fix did to one objective: from, to, gain with interval and the runs behind it."""
    objective = objective_of(diagnosis, label)
    before, after = diagnosis.fault.measured.get(label, UNKNOWN), fix.measured.get(label, UNKNOWN)
    gained = fix.gain.get(label, UNKNOWN)
    was, now = (numbers.point(e, objective.unit) for e in (before, after))
    return f"{label_name(diagnosis, label)} is {now} instead of {was} ({_evidence(gained, objective, fix.pairs)})"


def ablation(diagnosis: Diagnosis, label: str, measured: Estimate) -> str:
    """Return what taking one change back did: `latency gets 38 % worse (31–45 %)`."""
    subject = label_name(diagnosis, label)
    if measured.estimate is None or not numbers.known(measured):
        return f"{subject}: not measured ({numbers.reason(measured)})"
    worse = measured.estimate >= 0
    shown = measured if worse else _negated(measured)
    spread = numbers.percent_interval(shown) or f"interval not known: {numbers.reason(measured)}"
    return f"{subject} gets {numbers.percent(shown.estimate)} {'worse' if worse else 'better'} ({spread})"


def effect(diagnosis: Diagnosis, label: str, shown: Estimate) -> str:
    """Return the effect of a root cause in the objective's unit: `adds 1.2 s (0.9–1.5 s) to latency`."""
    subject, unit = label_name(diagnosis, label), objective_of(diagnosis, label).unit
    if shown.estimate is None or not numbers.known(shown):
        return f"{subject}: not known ({numbers.reason(shown)})"
    if shown.estimate < 0:
        return f"takes {numbers.estimate(_negated(shown), unit)} off {subject}"
    return f"adds {numbers.estimate(shown, unit)} to {subject}"


def fix_verdict(fix: Fix) -> str:
    """Return how one candidate ended, with its reason or what would decide it."""
    if fix.verdict is None:
        return fix.reason or "predicted, not measured"
    word = {Verdict.NO_EFFECT: "no effect", Verdict.NO_FAULT: "no fault"}.get(fix.verdict, fix.verdict.value)
    rest = [fix.reason] if fix.reason else []
    if fix.verdict is Verdict.INCONCLUSIVE and fix.runs_to_decide is not None:
        rest.append(f"about {numbers.count(fix.runs_to_decide, 'more pair')} of runs would decide it")
    return f"{word}: {'; '.join(rest)}" if rest else word


def consent(fix: Fix) -> str:
    """Return what a fix gives up: `gives up durability`."""
    return f"gives up {listing(sorted(fix.consent))}" if fix.consent else "gives up nothing"


def detectable(diagnosis: Diagnosis) -> list[str]:
    """Return one sentence for every objective: the smallest effect that the measurements could have shown."""
    return [
        f"{label_name(diagnosis, label)}: {_smallest(share)}"
        for label, share in diagnosis.smallest_detectable_effect.items()
    ]


def effort(counts: Counts, measuring_s: float, thinking_s: float) -> str:
    """Return what the answer took: configurations, runs and time."""
    return (
        f"{numbers.count(counts.total, 'configuration')} ({counts.initial:,} of them in the initial design), "
        f"{numbers.count(counts.runs, 'run')}, {numbers.duration(measuring_s)} measuring and "
        f"{numbers.duration(thinking_s)} thinking"
    )


def cause_needs(cause: RootCause) -> str:
    """Return how often the cause was found again when half of the data was learned anew."""
    if cause.stability is None:
        return "not resampled"
    return f"found again in {numbers.percent(cause.stability)} of the resamples"


def _confirmed(diagnosis: Diagnosis, fix: Fix) -> str:
    results = "; ".join(outcome(diagnosis, fix, label) for label in labels(diagnosis))
    price = f" This {consent(fix)}, which was accepted." if fix.consent else ""
    return f"Change {changes(fix.changes)}: {results}.{price}"


def _refuted(diagnosis: Diagnosis, fix: Fix) -> str:
    results = "; ".join(outcome(diagnosis, fix, label) for label in labels(diagnosis))
    return f"The best candidate does not fix it. With {changes(fix.changes)}, {results}. {_goals(diagnosis)}"


def _inconclusive(diagnosis: Diagnosis, fix: Fix) -> str:
    chance = fix.probability_of_goal
    likely = f" (chance to meet the goal: {numbers.percent(chance)})" if chance is not None else ""
    more = "It is not known how many more runs would decide it."
    if fix.runs_to_decide is not None:
        more = f"About {numbers.count(fix.runs_to_decide, 'more pair')} of runs would decide it."
    tried = f"after {numbers.count(fix.pairs, 'pair')} of runs" if fix.pairs else "within the budget"
    return (
        f"The best candidate is to change {changes(fix.changes)}{likely}, but it could not be decided {tried}. {more}"
    )


def _no_candidate(diagnosis: Diagnosis) -> str:
    tried = numbers.count(diagnosis.counts.total, "configuration")
    if diagnosis.verdict is Verdict.INCONCLUSIVE:
        return f"{tried} measured, and no candidate could be decided within the budget. {_goals(diagnosis)}"
    return f"{tried} measured, and none of them fixes the fault. {_goals(diagnosis)}"


def _no_fault(diagnosis: Diagnosis) -> str:
    measured = listing(
        f"{label_name(diagnosis, label)} is {numbers.point(e, objective_of(diagnosis, label).unit)}"
        for label, e in diagnosis.fault.measured.items()
    )
    return f"There is nothing to fix: {measured or 'the fault does not show'}. {_goals(diagnosis)}"


def _no_effect(diagnosis: Diagnosis) -> str:
    subject = listing(label_name(diagnosis, label) for label in labels(diagnosis)) or "the objective"
    seen = [s for s in diagnosis.smallest_detectable_effect.values() if s is not None]
    limit = f" A change of {numbers.percent(max(seen))} or more would have been seen." if seen else ""
    return f"No option has a detectable effect on {subject}.{limit}"


def _goals(diagnosis: Diagnosis) -> str:
    if not diagnosis.goals:
        return "No goal was set."
    many = "goals are" if len(diagnosis.goals) > 1 else "goal is"
    return f"The {many} {listing(goal(g) for g in diagnosis.goals)}."


def _evidence(gained: Estimate, objective: Objective, pairs: int) -> str:
    spread = gain_interval(gained, objective)
    parts = [
        gain(gained, objective) if numbers.known(gained) else f"gain not known: {numbers.reason(gained)}",
        f"95 % interval {spread}" if spread else "",
        numbers.count(pairs, "pair") + " of runs" if pairs else "",
    ]
    if numbers.known(gained) and not spread:
        parts[1] = f"interval not known: {numbers.reason(gained)}"
    return ", ".join(part for part in parts if part)


def _smallest(share: float | None) -> str:
    if share is None:
        return "not known, because the measurements carry no information about noise"
    return f"an effect of {numbers.percent(share)} or more would have been seen"


def _times(gained: float) -> str:
    factor = 1 / (1 - gained) if gained < 1 else float("inf")
    return f"{numbers.quantity(factor)} times"


def _negated(shown: Estimate) -> Estimate:
    low, high = (None if end is None else -end for end in (shown.high, shown.low))
    estimate = None if shown.estimate is None else -shown.estimate
    return Estimate(estimate, low, high, shown.repetitions, shown.reason)
