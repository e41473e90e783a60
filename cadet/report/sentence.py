"""The answer in plain words; every reporter says it the same way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cadet.model.diagnosis import Counts, Diagnosis, Fix, RootCause, Verdict
from cadet.model.effect import UNKNOWN, Estimate
from cadet.model.objective import Goal, Objective
from cadet.model.space import Change
from cadet.protocols import Story
from cadet.report import numbers

_SOURCES = {
    "user": "as asked",
    "slo": "the service level objective of the target",
    "median": "the median of the initial design, because no goal was given",
    "p10": "the 10th percentile of the initial design, because the fault already meets its median",
}


def changes(changed: Sequence[Change], most: int | None = None) -> str:
    """Return `journal_mode from delete to wal and batch from 1 to 256`; beyond `most` changes only how many more."""
    said = [f"{c.option} from {numbers.value(c.before)} to {numbers.value(c.after)}" for c in changed]
    if most is None or len(said) <= most:
        return listing(said)
    return listing([*said[:most], f"{len(said) - most} more"])


def listing(parts: Iterable[str]) -> str:
    """Join as in speech: `a`, `a and b`, `a, b and c`."""
    items = list(parts)
    return " and ".join(items) if len(items) < 3 else f"{', '.join(items[:-1])} and {items[-1]}"


def goal(wanted: Goal) -> str:
    """Return `latency ≤ 0.5 s`."""
    return f"{name(wanted)} {threshold(wanted)}"


def threshold(wanted: Goal) -> str:
    """Return `≤ 0.5 s`."""
    sign = "≤" if wanted.objective.direction == "min" else "≥"
    return f"{sign} {numbers.quantity(wanted.threshold, wanted.objective.unit)}"


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


def declared(story: Story, label: str) -> Objective:
    """Return the objective of a label, also of one that was measured beside those asked about."""
    asked = objective_of(story.diagnosis, label)
    return asked if asked.name != label else next((o for o in story.objectives if o.name == label), asked)


def labels(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Return the goal labels in order, or the objectives where there are no goals."""
    return tuple(g.label for g in diagnosis.goals) or tuple(o.name for o in diagnosis.objectives)


def gain(shown: Estimate, objective: Objective) -> str:
    """Return `94 % less`, `6 % more`, `no change`, or for a maximised objective `4 times as much`."""
    if shown.estimate is None or not numbers.known(shown):
        return "not known"
    if objective.direction == "max":
        return f"{numbers.point(_factors(shown))} times as much"
    size = numbers.percent(abs(shown.estimate))
    return "no change" if size == "0 %" else f"{size} {'less' if shown.estimate >= 0 else 'more'}"


def gain_interval(shown: Estimate, objective: Objective) -> str:
    """Return the interval in the terms of `gain`, or "" where it is not known."""
    if not numbers.known(shown):
        return ""
    if objective.direction == "max":
        factors = numbers.interval(_factors(shown))
        return f"{factors} times" if factors else ""
    if shown.high is not None and shown.high <= 0:  # "6 % more (4–9 %)"
        return numbers.percent_interval(_negated(shown))
    text = numbers.percent_interval(shown)
    return f"{text} less" if shown.low is not None and shown.low < 0 else text


def spread(shown: Estimate, objective: Objective) -> str:
    """Return `95 % interval 92–95 %`, or why the interval of a gain is not known."""
    known = gain_interval(shown, objective)
    return f"95 % interval {known}" if known else f"interval not known: {numbers.reason(shown)}"


def outcome(diagnosis: Diagnosis, fix: Fix, label: str) -> str:
    """Return what a fix did to one objective: from, to, and gain with interval."""
    objective = objective_of(diagnosis, label)
    before, after = diagnosis.fault.measured.get(label, UNKNOWN), fix.measured.get(label, UNKNOWN)
    was, now = (numbers.point(e, objective.unit) for e in (before, after))
    alone = f", {pairs(fix)}" if fix.pairs and len(labels(diagnosis)) == 1 else ""
    gained = _evidence(fix.gain.get(label, UNKNOWN), objective)
    return f"{label_name(diagnosis, label)} is {now} instead of {was} ({gained}{alone})"


def outcomes(diagnosis: Diagnosis, fix: Fix) -> str:
    """Return what a fix did to every objective, and the runs behind it."""
    told = "; ".join(outcome(diagnosis, fix, label) for label in labels(diagnosis))
    together = f", each in {pairs(fix)}" if fix.pairs and len(labels(diagnosis)) > 1 else ""
    return told + together


def ablation(diagnosis: Diagnosis, label: str, measured: Estimate) -> str:
    """Return what taking one change back did: `latency gets 38 % worse (31–45 %)`, and whether it may be nothing."""
    subject = label_name(diagnosis, label)
    if measured.estimate is None or not numbers.known(measured):
        return f"{subject}: not measured ({numbers.reason(measured)})"
    worse = measured.estimate >= 0
    shown = measured if worse else _negated(measured)
    spread = numbers.percent_interval(shown) or f"interval not known: {numbers.reason(measured)}"
    doubt = "; it may be no difference" if _includes_zero(measured) else ""
    return f"{subject} gets {numbers.percent(shown.estimate)} {'worse' if worse else 'better'} ({spread}{doubt})"


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


def chance(fix: Fix) -> str:
    """Return the chance that a change which was never measured meets the goals, where its predictions tell anything."""
    told = all(numbers.known(numbers.predicted(shown)) for shown in fix.predicted.values())
    return numbers.chance(fix.probability_of_goal if told else None)


def detectable(diagnosis: Diagnosis) -> list[str]:
    """Return one sentence for every objective: the smallest effect that the measurements could have shown."""
    return [
        f"{label_name(diagnosis, label)}: {_smallest(share)}"
        for label, share in diagnosis.smallest_detectable_effect.items()
    ]


def noise(shown: Estimate) -> str:
    """Return how far one run is typically off: `4 % (3–6 %) from one run to the next`."""
    if shown.estimate is None or not numbers.known(shown):
        return f"not known: {numbers.reason(shown)}"
    runs = f", from {numbers.count(shown.repetitions, 'run')}" if shown.repetitions else ""
    size, spread = numbers.percent(shown.estimate), numbers.percent_interval(shown)
    return f"runs of one configuration typically differ by {size} ({spread}){runs}"


def drift(shown: Estimate) -> str:
    """Return whether the machine became slower or faster during the study, with the interval."""
    if shown.estimate is None or not numbers.known(shown):
        return f"not known: {numbers.reason(shown)}"
    up = shown.estimate >= 0
    size, spread = numbers.percent(abs(shown.estimate)), numbers.percent_interval(shown if up else _negated(shown))
    doubt = "; it may be none" if _includes_zero(shown) else ""
    return f"from the first to the last run {size} {'more' if up else 'less'} ({spread}{doubt})"


def effort(counts: Counts, measuring_s: float, thinking_s: float) -> str:
    """Return what the answer took: configurations, runs and time."""
    probes = f", {counts.probes:,} to see what acts only together" if counts.probes else ""
    return (
        f"{numbers.count(counts.total, 'configuration')} ({counts.initial:,} of them in the initial design{probes}), "
        f"{numbers.count(counts.runs, 'run')}, {numbers.duration(measuring_s)} measuring and "
        f"{numbers.duration(thinking_s)} thinking"
    )


def cause_needs(cause: RootCause) -> str:
    """Return how firm a cause is: whether taking it back proved it, how often the relearned graphs show it."""
    proven = any(shown.excludes_zero for shown in cause.ablation.values())
    if cause.stability is None:
        return "proven by taking it back" if proven else "not resampled"
    share = f"in {numbers.percent(cause.stability)} of the graphs relearned from half of the data"
    return f"proven by taking it back; an edge {share}" if proven else f"an edge {share}"


def _evidence(gained: Estimate, objective: Objective) -> str:
    if not numbers.known(gained):
        return f"gain not known: {numbers.reason(gained)}"
    return f"{gain(gained, objective)}, {spread(gained, objective)}"


def pairs(fix: Fix) -> str:
    """Return `8 pairs of runs`."""
    return f"{numbers.count(fix.pairs, 'pair')} of runs"


def _smallest(share: float | None) -> str:
    if share is None:
        return "not known, because the measurements carry no information about noise"
    return f"an effect of {numbers.percent(share)} or more would have been seen"


def _includes_zero(shown: Estimate) -> bool:
    return shown.low is not None and shown.high is not None and shown.low <= 0 <= shown.high


def _factors(gained: Estimate) -> Estimate:
    """Return fix ÷ fault of a maximised objective from its gain, 1 - fault ÷ fix."""

    def factor(end: float | None) -> float | None:
        return 1 / (1 - end) if end is not None and end < 1 else None

    return Estimate(factor(gained.estimate), factor(gained.low), factor(gained.high), reason=gained.reason)


def _negated(shown: Estimate) -> Estimate:
    low, high = (None if end is None else -end for end in (shown.high, shown.low))
    estimate = None if shown.estimate is None else -shown.estimate
    return Estimate(estimate, low, high, shown.repetitions, shown.reason)
