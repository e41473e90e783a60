"""How good the data is: how far repetitions differ, whether the machine drifted, what was cut off or disturbed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cadet.model.effect import Estimate
from cadet.model.measurement import Measurement, Run, Status, Tag, measurements
from cadet.model.objective import Goal
from cadet.protocols import Story
from cadet.report.evidence import MOST_POINTS, ORIGINS, Point, judged_by, most_points, value_of

Array = npt.NDArray[np.float64]

_TAILS = (0.025, 0.975)
_FEWEST = 3  # degrees of freedom from which a spread is worth a number


@dataclass(frozen=True)
class Repetitions:
    """The runs of every repeated configuration in percent of their typical value (geometric mean), in time order.

    noise: the typical relative deviation of one run beside the drift, as a share. drift: the change from the first of
    these runs to the last, as a share. Both with 95 % intervals that take the deviations as log-normal and independent.
    """

    goal: Goal
    points: tuple[Point, ...]
    noise: Estimate
    drift: Estimate
    left_out: int = 0


def repetitions(story: Story) -> tuple[Repetitions, ...]:
    """Return the repetitions for each goal where any configuration was run twice."""
    return repeated(story.runs, story.diagnosis.goals, most_points(story))


def repeated(runs: Sequence[Run], goals: Sequence[Goal], most: int = MOST_POINTS) -> tuple[Repetitions, ...]:
    """Return the repetitions among `runs` for each goal that has any; at most `most` points each, the latest."""
    found = (_repetitions(runs, goal, most) for goal in goals)
    return tuple(seen for seen in found if seen.points)


def _repetitions(runs: Sequence[Run], goal: Goal, most: int) -> Repetitions:
    cells = [cell for m in measurements(judged_by(runs, goal)) if (cell := _cell(m, goal))]
    seen = sorted((pair for cell in cells for pair in cell), key=lambda pair: (pair[0].sequence, pair[0].started_at))
    labels = np.repeat(np.arange(len(cells)), [len(cell) for cell in cells])
    order = {id(run): i for i, (run, _) in enumerate(seen)}
    times = np.array([order[id(run)] for cell in cells for run, _ in cell], dtype=float)
    residuals = np.array([log for cell in cells for _, log in cell])
    points = tuple(_point(run, float(100 * np.exp(log))) for run, log in seen)
    fitted = trend(residuals, times, labels)
    return Repetitions(goal, points[-most:], fitted.noise, fitted.drift, max(len(points) - most, 0))


def _cell(measured: Measurement, goal: Goal) -> list[tuple[Run, float]]:
    """Return the repetitions of a configuration as (run, log of its share of the geometric mean); none if single."""
    seen = [(run, v) for run in measured.runs if run.status is Status.OK and (v := value_of(run, goal)) and v > 0]
    if len(seen) < 2:
        return []
    typical = float(np.mean([np.log(v) for _, v in seen]))
    return [(run, float(np.log(v)) - typical) for run, v in seen]


@dataclass(frozen=True)
class Trend:
    """A straight line through residuals over time: `slope` with its standard error, what is left, its freedom."""

    slope: float
    error: float
    span: float
    left: Array
    freedom: int
    reason: str = ""

    @property
    def noise(self) -> Estimate:
        """The standard deviation of what is left as a relative spread, with the interval of a chi-square."""
        from scipy.stats import chi2

        if self.freedom < _FEWEST:
            return Estimate(None, reason="too few repetitions of one configuration")
        total = float(np.sum(self.left**2))
        low, high = (float(np.expm1(np.sqrt(total / chi2.ppf(q, self.freedom)))) for q in reversed(_TAILS))
        return Estimate(float(np.expm1(np.sqrt(total / self.freedom))), low, high, len(self.left))

    @property
    def drift(self) -> Estimate:
        """The relative change over all of the runs, with a t interval."""
        from scipy.stats import t

        if self.freedom < _FEWEST or self.reason:
            return Estimate(None, reason=self.reason or "too few repetitions of one configuration")
        off = self.error * float(t.ppf(_TAILS[1], self.freedom))
        low, middle, high = (float(np.expm1(s * self.span)) for s in (self.slope - off, self.slope, self.slope + off))
        return Estimate(middle, low, high, len(self.left))


def trend(residuals: Array, times: Array, labels: npt.NDArray[np.int64]) -> Trend:
    """Return the least-squares line over time within configurations.

    residuals: (runs,) logs, centred within each configuration. times: (runs,) places in time. labels: (runs,) 0, 1, ...
    """
    cells = len(np.unique(labels))
    within = times - np.array([times[labels == label].mean() for label in range(cells)])[labels] if cells else times
    spread = float(np.sum(within**2))
    if spread == 0:
        still = "repetitions of one configuration are not spread over time"
        return Trend(0.0, 0.0, 0.0, residuals, len(residuals) - cells, still)
    slope = float(np.sum(within * residuals)) / spread
    left, freedom = residuals - slope * within, len(residuals) - cells - 1
    error = float(np.sqrt(np.sum(left**2) / max(freedom, 1) / spread))
    return Trend(slope, error, float(times.max() - times.min()), left, freedom)


def _point(run: Run, share: float) -> Point:
    return Point("run", share, True, Tag.CONTENDED in run.tags, False, ORIGINS[run.purpose])
