"""The verdict in one sentence for somebody who runs the business and not the machine."""

from __future__ import annotations

from cadet.model.diagnosis import Diagnosis, Fix, Verdict
from cadet.model.effect import UNKNOWN
from cadet.report import answer, numbers, sentence

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SAME = 0.005  # a gain below half a percent is told as no change


def plain(diagnosis: Diagnosis) -> str:
    """Return the verdict without intervals, option names only where they are the message."""
    fix = answer.best_fix(diagnosis)
    if fix is None:
        return answer.verdict(diagnosis)
    return {Verdict.CONFIRMED: _confirmed, Verdict.REFUTED: _refuted}.get(diagnosis.verdict, _open)(diagnosis, fix)


def settings(many: int) -> str:
    """Return `one setting`, `two settings`, `12 settings`."""
    return f"{_NUMBERS[many] if many < len(_NUMBERS) else many} setting{'' if many == 1 else 's'}"


def _confirmed(diagnosis: Diagnosis, fix: Fix) -> str:
    told = sentence.listing(_moved(diagnosis, fix, label) for label in sentence.labels(diagnosis))
    proof = f", shown in {fix.pairs} side-by-side runs" if fix.pairs else ""
    goals = "every goal is" if len(diagnosis.goals) > 1 else "the goal is"
    met = f", and {goals} met" if diagnosis.goals else ""
    price = f" It {sentence.consent(fix)}, which was accepted." if fix.consent else ""
    return f"Changing {settings(len(fix.changes))} {told}{met}{proof}.{price}"


def _moved(diagnosis: Diagnosis, fix: Fix, label: str) -> str:
    """Return `cuts latency from 1.9 s to 0.25 s`, or that an objective stays as it is."""
    objective, name = sentence.objective_of(diagnosis, label), sentence.label_name(diagnosis, label)
    before, after = diagnosis.fault.measured.get(label, UNKNOWN), fix.measured.get(label, UNKNOWN)
    if not (numbers.known(before) and numbers.known(after)):
        return f"changes {name}"
    was, now = (numbers.point(e, objective.unit) for e in (before, after))
    start, end = before.estimate or 0.0, after.estimate or 0.0
    if start == end or abs(end - start) < _SAME * abs(start):
        return f"leaves {name} at {now}"
    return f"{'cuts' if end < start else 'raises'} {name} from {was} to {now}"


def _refuted(diagnosis: Diagnosis, fix: Fix) -> str:
    missed = [
        f"{sentence.name(g)} at {numbers.point(e, g.objective.unit)} where {sentence.threshold(g)} is wanted"
        for g in diagnosis.goals
        if numbers.known(e := fix.measured.get(g.label, UNKNOWN))
        and e.estimate is not None
        and not g.met_by(e.estimate)
    ]
    best = f"the best one, {settings(len(fix.changes))} changed, leaves {sentence.listing(missed)}" if missed else ""
    return f"No change that was tested fixes it{': ' + best if best else ''}."


def _open(diagnosis: Diagnosis, fix: Fix) -> str:
    many = settings(len(fix.changes))
    if answer.only_predicted(diagnosis):
        cause = f"{diagnosis.root_causes[0].option} is the main cause in the measurements at hand; " if (
            diagnosis.root_causes) else ""  # fmt: skip
        chance = fix.probability_of_goal
        likely = f" with a chance of {numbers.chance(chance)}" if chance is not None else ""
        said = f"{cause}changing {many} would meet the goal{likely}, which no run has confirmed yet."
        return said[0].upper() + said[1:]
    after = f" after {fix.pairs} side-by-side runs" if fix.pairs else ""
    more = f"; about {fix.runs_to_decide} more would decide it" if fix.runs_to_decide is not None else ""
    return f"Changing {many} may fix it, but that is still open{after}{more}."
