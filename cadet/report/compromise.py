"""What the measured alternatives to a fix would give and take, in one sentence."""

from __future__ import annotations

from cadet.model.diagnosis import Fix
from cadet.model.effect import UNKNOWN
from cadet.protocols import Story
from cadet.report import answer, numbers, sentence

WORTH = 0.05  # relative differences below this are not worth a word


def tradeoff(story: Story) -> str:
    """Return the trade-off between the fix and the alternative that is best in another objective; "" without any."""
    diagnosis = story.diagnosis
    fix = answer.best_fix(diagnosis)
    if fix is None or not diagnosis.pareto:
        return ""
    own = next((p for p in diagnosis.pareto if p.configuration == fix.configuration), None)
    others = [p for p in diagnosis.pareto if p is not own]
    if own is None or not others:
        return "No measured alternative that meets the goals is better in any objective, or changes less."
    label, best, gained = max(
        ((label, p, _gain(story, label, own, p)) for p in others for label in own.measured), key=lambda x: x[2]
    )
    if gained < WORTH:
        return "The measured alternatives that meet the goals are hardly better in any objective."
    price = [_says(story, other, g) for other in own.measured
             if other != label and abs(g := _gain(story, other, own, best)) >= WORTH]  # fmt: skip
    if len(best.changes) != len(own.changes):
        price.append(f"{numbers.count(len(best.changes), 'change')} instead of {len(own.changes)}")
    told = f"; that means {sentence.listing(price)}" if price else ""
    return (
        f"{_says(story, label, gained).capitalize()} than with the fix is possible by changing "
        f"{sentence.changes(best.changes, 4)}{told}."
    )


def _gain(story: Story, label: str, own: Fix, other: Fix) -> float:
    before, after = (p.measured.get(label, UNKNOWN).estimate for p in (own, other))
    if not before or not after or before < 0 or after < 0:
        return 0.0
    return sentence.declared(story, label).gain(before, after)


def _says(story: Story, label: str, gained: float) -> str:
    objective = sentence.declared(story, label)
    less = (gained > 0) == (objective.direction == "min")
    share = abs(gained) if objective.direction == "min" else abs(1 / (1 - gained) - 1)
    return f"{numbers.percent(share)} {'less' if less else 'more'} {sentence.label_name(story.diagnosis, label)}"
