"""The answer as a whole: the verdict in words a manager understands, and the fix that it speaks about."""

from __future__ import annotations

from cadet.model.diagnosis import Diagnosis, Fix, Verdict
from cadet.model.space import Change
from cadet.report import numbers
from cadet.report.sentence import changes, consent, effect, goal, label_name, labels, listing, objective_of, outcomes

_HEADLINES = {
    Verdict.CONFIRMED: "Fix confirmed",
    Verdict.REFUTED: "Fix refuted",
    Verdict.INCONCLUSIVE: "Not decided yet",
    Verdict.NO_FAULT: "No fault",
    Verdict.NO_EFFECT: "No option matters",
}
_NOTHING = {
    Verdict.CONFIRMED: "No change is needed.",
    Verdict.REFUTED: "Nothing: no candidate that was measured fixes the fault.",
    Verdict.INCONCLUSIVE: "Nothing yet: no candidate was decided within the budget. "
    "A larger budget continues where this one stopped.",
    Verdict.NO_FAULT: "Nothing: the configuration already does what was asked of it.",
    Verdict.NO_EFFECT: "Nothing: no option that was varied changes the outcome detectably. Look outside of these "
    "options: the input, the hardware, the code, or options that the target file does not list.",
}
_TITLES = {
    Verdict.REFUTED: "The best candidate, which does not fix it",
    Verdict.INCONCLUSIVE: "The best candidate, not decided yet",
}


def headline(diagnosis: Diagnosis) -> str:
    """Return the verdict in two or three words."""
    if diagnosis.verdict is Verdict.REFUTED and not diagnosis.fixes:
        return "No fix found"
    if only_predicted(diagnosis):
        return "Causes found, nothing proven yet" if diagnosis.root_causes else "Nothing proven yet"
    return _HEADLINES[diagnosis.verdict]


def verdict(diagnosis: Diagnosis) -> str:
    """Return the verdict in one or two sentences that need no statistics to understand."""
    if diagnosis.verdict is Verdict.NO_FAULT:
        return _no_fault(diagnosis)
    if diagnosis.verdict is Verdict.NO_EFFECT:
        return _no_effect(diagnosis)
    fix = best_fix(diagnosis)
    if fix is None:
        return _no_candidate(diagnosis)
    return {Verdict.CONFIRMED: _confirmed, Verdict.REFUTED: _refuted, Verdict.INCONCLUSIVE: _inconclusive}[
        diagnosis.verdict
    ](diagnosis, fix)


def only_predicted(diagnosis: Diagnosis) -> bool:
    """Tell whether the fix is a prediction from measurements at hand, for which nothing was run."""
    fix = best_fix(diagnosis)
    return diagnosis.verdict is Verdict.INCONCLUSIVE and fix is not None and not fix.verdict and not fix.measured


def best_fix(diagnosis: Diagnosis) -> Fix | None:
    """Return the fix that the verdict speaks about: the first one, where there was a fault and an effect."""
    without = diagnosis.verdict in (Verdict.NO_FAULT, Verdict.NO_EFFECT)
    return diagnosis.fixes[0] if diagnosis.fixes and not without else None


def other_fixes(diagnosis: Diagnosis) -> tuple[Fix, ...]:
    """Return the candidates that the verdict does not speak about."""
    return diagnosis.fixes[1:] if best_fix(diagnosis) else diagnosis.fixes


def beyond(diagnosis: Diagnosis, fix: Fix) -> str:
    """Return what a fix that needs consent changes: only what it adds where it contains the confirmed one."""
    best, after = best_fix(diagnosis), {c.option: c.after for c in fix.changes}
    if best is None or diagnosis.verdict is not Verdict.CONFIRMED or any(c.option not in after for c in best.changes):
        return changes(fix.changes)
    fixed = {c.option: c.after for c in best.changes}
    added = [Change(c.option, fixed.get(c.option, c.before), c.after) for c in fix.changes]
    return f"on top of the fix, {changes([c for c in added if c.before != c.after])}"


def change_title(diagnosis: Diagnosis) -> str:
    """Return the heading over the first fix."""
    if only_predicted(diagnosis):
        return "What would probably fix it"
    return _TITLES.get(diagnosis.verdict, "What to change") if best_fix(diagnosis) else "What to change"


def nothing_to_change(diagnosis: Diagnosis) -> str:
    """Return why there is no fix to show, and where to look next."""
    return _NOTHING[diagnosis.verdict]


def _confirmed(diagnosis: Diagnosis, fix: Fix) -> str:
    price = f" This {consent(fix)}, which was accepted." if fix.consent else ""
    return f"Change {changes(fix.changes)}: {outcomes(diagnosis, fix)}.{price}"


def _refuted(diagnosis: Diagnosis, fix: Fix) -> str:
    told = outcomes(diagnosis, fix)
    return f"The best candidate does not fix it. With {changes(fix.changes)}, {told}. {_goals(diagnosis)}"


def _inconclusive(diagnosis: Diagnosis, fix: Fix) -> str:
    if only_predicted(diagnosis):
        return _predicted(diagnosis, fix)
    chance = fix.probability_of_goal
    likely = f" (chance to meet the goal: {numbers.chance(chance)})" if chance is not None else ""
    more = "It is not known how many more runs would decide it."
    if fix.runs_to_decide is not None:
        more = f"About {numbers.count(fix.runs_to_decide, 'more pair')} of runs would decide it."
    tried = f"after {numbers.count(fix.pairs, 'pair')} of runs" if fix.pairs else "within the budget"
    because = f": it {fix.reason}" if fix.reason else ""
    told = (
        f"The best candidate is to change {changes(fix.changes)}{likely}, but it could not be decided {tried}{because}"
    )
    return f"{told}. {more}"


def _predicted(diagnosis: Diagnosis, fix: Fix) -> str:
    told = ""
    if diagnosis.root_causes:
        cause = diagnosis.root_causes[0]
        label, shown = next(iter(cause.effect.items()))
        told = f"The main cause is {cause.expression}: it {effect(diagnosis, label, shown)}. "
    chance = fix.probability_of_goal
    likely = f" with a chance of {numbers.chance(chance)}" if chance is not None else ""
    return (
        f"{told}To change {changes(fix.changes)} would meet the goal{likely}; nothing was run, so this is a prediction "
        "that fresh runs have to confirm."
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
    shown = [g.met_by(e.estimate) for g in diagnosis.goals
             if (e := diagnosis.fault.measured.get(g.label)) and e.estimate is not None]  # fmt: skip
    opening = "There is nothing to fix" if all(shown) else "The fault did not show again"
    return f"{opening}: {measured or 'nothing was measured'}. {_goals(diagnosis)}"


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
