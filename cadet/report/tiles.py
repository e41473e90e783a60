"""One goal at a glance: before, after, gain, and whether the goal is met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cadet.model.diagnosis import Diagnosis, Fix
from cadet.model.effect import UNKNOWN, Estimate
from cadet.model.objective import Goal
from cadet.report import answer, numbers, sentence

Met = Literal["met", "missed", "open", "unknown"]

_SAYS: dict[Met, str] = {"met": "met", "missed": "missed", "open": "open", "unknown": "not measured"}


@dataclass(frozen=True)
class Tile:
    """What a glance must catch; texts are ready to show, "" where there is nothing to say."""

    name: str
    was: str
    now: str
    gain: str
    interval: str
    goal: str
    met: Met

    @property
    def met_says(self) -> str:
        """Whether the goal is met, in a word."""
        return _SAYS[self.met]


def tiles(diagnosis: Diagnosis) -> tuple[Tile, ...]:
    """Return a tile for each goal; the fix is in it where the verdict speaks about one."""
    return tuple(_tile(diagnosis, goal, answer.best_fix(diagnosis)) for goal in diagnosis.goals)


def judged(goal: Goal, shown: Estimate) -> Met:
    """Tell whether the whole interval meets the goal, misses it, or holds its threshold (open)."""
    ends = tuple(end for end in (shown.low, shown.high) if end is not None) or (shown.estimate,)
    known = [goal.met_by(end) for end in ends if end is not None]
    if not known:
        return "unknown"
    if all(known):
        return "met"
    return "open" if any(known) else "missed"


def _tile(diagnosis: Diagnosis, goal: Goal, fix: Fix | None) -> Tile:
    unit = goal.objective.unit
    before = diagnosis.fault.measured.get(goal.label, UNKNOWN)
    after = fix.measured.get(goal.label, UNKNOWN) if fix else UNKNOWN
    gained = fix.gain.get(goal.label, UNKNOWN) if fix else UNKNOWN
    return Tile(
        sentence.name(goal),
        numbers.point(before, unit),
        numbers.point(after, unit) if numbers.known(after) else "",
        sentence.gain(gained, goal.objective) if numbers.known(gained) else "",
        sentence.spread(gained, goal.objective),
        sentence.threshold(goal),
        judged(goal, after if fix else before),
    )
