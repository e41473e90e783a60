"""What adjacent pairs of two configurations say about one goal."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cadet.debugging.cost import Cost, Floats, cost_of, costs
from cadet.debugging.sequential import (
    Bounds,
    always,
    bounds,
    mean_bounds,
    serial_bounds,
)
from cadet.model.effect import Estimate
from cadet.model.measurement import Run
from cadet.model.objective import Goal

ONE_ROW = "one recorded row per configuration: the noise is unknown"
LOST = 2  # lost runs (timed out, failed) of a configuration that are no accident any more


@dataclass(frozen=True)
class Pairs:
    """Runs of configuration A beside runs of configuration B, judged for one goal; all on the scale of its cost.

    A lost run misses the goal. Where it has no value it is worse than every run with one, and there is no gain.
    """

    goal: Goal
    runs: Sequence[tuple[Run, Run]]
    alpha: float
    noiseless: bool = False

    @cached_property
    def scale(self) -> Cost:
        """The scale on which differences are taken."""
        return cost_of(self.goal.objective, [r for pair in self.runs for r in pair], self.goal.threshold)

    @cached_property
    def threshold(self) -> float:
        """The cost of the goal."""
        return self.scale.of(self.goal.threshold)

    @cached_property
    def _a(self) -> tuple[Floats, Floats]:
        return self._side(0)

    @cached_property
    def _b(self) -> tuple[Floats, Floats]:
        return self._side(1)

    def _side(self, side: int) -> tuple[Floats, Floats]:
        values, lost = costs(self.scale, [pair[side] for pair in self.runs])
        values[lost & (values <= self.threshold)] = np.inf  # cut off before the goal: that says nothing good
        return values, lost.astype(float)

    @property
    def lost(self) -> tuple[int, int]:
        """How many runs of A and of B timed out, failed or did not report the objective."""
        return int(self._a[1].sum()), int(self._b[1].sum())

    @property
    def first(self) -> Bounds:
        """The cost of A, in the runs that were made: of their mean or of what is typical, whichever is worse."""
        return self._bounds(self._a[0], self._level)

    @property
    def second(self) -> Bounds:
        """The cost of B, in the runs that were made: of their mean or of what is typical, whichever is worse."""
        return self._bounds(self._b[0], self._level)

    @property
    def _level(self) -> Callable[[Floats, float], Bounds]:
        return mean_bounds if self.scale.logarithmic and self.scale.sign > 0 else serial_bounds

    @property
    def difference(self) -> Bounds:
        """The cost of A less that of B, pair by pair: the log-ratio; a pair with both runs lost shows no difference."""
        differences = self._differences
        if self.lost[0] >= LOST and self.lost[1] == 0:
            return self._at_least(differences)
        return self._bounds(differences)

    @cached_property
    def _differences(self) -> Floats:
        a, b = self._a[0], self._b[0]
        return np.subtract(a, b, out=np.zeros(len(a)), where=np.isfinite(a) | np.isfinite(b))

    def exceeds(self, gap: float) -> bool:
        """Tell whether A costs more than B by at least this in every pair."""
        return bool((self._differences >= gap).all())

    def _at_least(self, differences: Floats) -> Bounds:
        """Return bounds of differences whose larger ones are only known to be larger: the sign test and no more."""
        certain = always(len(differences), self.alpha)
        low = float(differences.min()) if certain else min(float(differences.min()), 0.0)
        return Bounds(float(np.median(differences)), low, np.inf, len(differences))

    @property
    def _unrecorded(self) -> bool:
        """Whether a recorded row is missing its value: then nothing can be compared."""
        return self.noiseless and any(self.lost)

    def _bounds(self, numbers: Floats, interval: Callable[[Floats, float], Bounds] = bounds) -> Bounds:
        if self._unrecorded:
            return Bounds(np.inf, -np.inf, np.inf, 1)
        if self.noiseless:
            return Bounds(float(numbers[0]), float(numbers[0]), float(numbers[0]), 1)
        return interval(numbers, self.alpha)

    def meets(self, side: int) -> bool | None:
        """Tell whether A (0) or B (1) meets the goal; None while undecided."""
        if self.lost[side] >= LOST:
            return False
        cost = self.second if side else self.first
        if cost.high <= self.threshold:
            return True
        return False if cost.low > self.threshold else None

    def seems_to_meet(self, side: int) -> bool:
        """Tell whether the best guess for A (0) or B (1) meets the goal."""
        return self.lost[side] < LOST and (self.second if side else self.first).estimate <= self.threshold

    @property
    def better(self) -> bool | None:
        """Whether B is better than A; None while undecided."""
        gap = self.difference
        if gap.low > 0:
            return True
        return False if gap.high < 0 else None

    def screened_out(self) -> bool:
        """Tell whether every run of B misses the goal."""
        return bool((self._b[0] > self.threshold).all())

    def value(self, side: int) -> Estimate:
        """Return the objective of A (0) or B (1) in its own unit."""
        cost, lost = (self.second, self.lost[1]) if side else (self.first, self.lost[0])
        if self.noiseless and not lost:
            own = (self._b if side else self._a)[0]
            return Estimate(self.scale.value(float(own[0])), repetitions=1, reason=ONE_ROW)
        if lost:
            return in_units_with_losses(self.scale, cost, lost)
        return in_units(self.scale, cost)

    def gain(self) -> Estimate:
        """Return the gain of B over A: 1 - B/A for `min`, 1 - A/B for `max`."""
        return self._relative(self.difference, self.scale.gain, ("the fault", "the fix"))

    def worsening(self) -> Estimate:
        """Return by which fraction the objective is worse under A than under B; positive is worse."""
        return self._relative(self.difference, self.scale.worsening, ("the fix without this change", "the fix"))

    def _relative(self, gap: Bounds, told: Callable[[float], float], sides: tuple[str, str]) -> Estimate:
        unknown = [_no_value(self.scale, lost, len(self.runs), f" of {name}")
                   for (values, _), lost, name in zip((self._a, self._b), self.lost, sides, strict=True)
                   if not np.isfinite(values).all()]  # fmt: skip
        if self._unrecorded and not unknown:
            unknown = ["a recorded row timed out: only a bound is known"]
        if unknown:
            return Estimate(None, repetitions=len(self.runs), reason="; ".join(unknown))
        if not self.scale.logarithmic:
            return Estimate(None, reason="the objective takes values that are not positive, so there is no ratio")
        if self.noiseless:
            return Estimate(told(gap.estimate), reason=ONE_ROW)
        if not np.isfinite(gap.high):
            return Estimate(told(gap.estimate), told(gap.low), None, gap.n, "runs timed out: at least this")
        return Estimate(told(gap.estimate), told(gap.low), told(gap.high), gap.n)


def in_units(scale: Cost, cost: Bounds) -> Estimate:
    """Return a cost with its interval in the unit of the objective."""
    low, high = sorted((scale.value(cost.low), scale.value(cost.high)))
    return Estimate(scale.value(cost.estimate), low, high, cost.n)


def in_units_with_losses(scale: Cost, cost: Bounds, lost: int) -> Estimate:
    """Return a cost of which some runs were lost: their bound without an interval, or no value at all."""
    if not math.isfinite(cost.estimate):
        return Estimate(None, repetitions=cost.n, reason=_no_value(scale, lost, cost.n))
    told = f"{lost} of {cost.n} runs timed out or failed: it is at least as bad as this"
    return Estimate(scale.value(cost.estimate), repetitions=cost.n, reason=told)


def _no_value(scale: Cost, lost: int, n: int, side: str = "") -> str:
    return f"{lost} of {n} runs{side} timed out or failed, and {scale.objective.name} has no value then"
