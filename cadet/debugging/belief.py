"""What the engine believes after all it has seen: one surrogate per goal, and where runs end well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import special
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from cadet.debugging.cost import Cost, Floats, cost_of, costs, worst_cost
from cadet.debugging.encoding import Encoding
from cadet.debugging.ending import ending
from cadet.debugging.surprise import Record, as_one, surprise
from cadet.debugging.surrogate import Evidence, Surrogate, fit
from cadet.errors import MeasurementError
from cadet.model.diagnosis import Estimates
from cadet.model.effect import Estimate
from cadet.model.measurement import Measurement, Run, Status
from cadet.model.objective import Goal
from cadet.model.option import Configuration

_MAD = 1.4826  # median absolute deviation to standard deviation, of a Gaussian
MARGIN = 0.6  # half-width of a full verification, in standard deviations of one run, about
_GAUSSIAN = 1.96  # half-width of a central 95 % interval, in standard deviations
NO_RECORD = Record()
_SEVERAL = 5  # configurations run twice from which they tell the noise of a run
_CAUTION = 1.0  # pseudo-count: how much one failure says about configurations like it


class Predictor(Protocol):
    """A model of one objective's cost, as the search needs it."""

    @property
    def shares(self) -> Floats:
        """(mixture,) probabilities of the components."""
        ...

    @property
    def influential(self) -> frozenset[str]:
        """The options with a weight."""
        ...

    @property
    def importance(self) -> Mapping[str, float]:
        """How much of the variation each option carries."""
        ...

    def predict(self, configurations: Sequence[Configuration]) -> tuple[Floats, Floats]:
        """Return (mixture, configurations) means and standard deviations of the true cost."""
        ...


Fitting = Callable[[Encoding, str, Evidence, bool, "Predictor | None"], Predictor]
"""Learns one goal's model: encoding, goal label, evidence, whether rows may be outliers, the model of fewer rows."""


def cold(encoding: Encoding, label: str, seen: Evidence, outliers: bool, before: Predictor | None) -> Predictor:
    """Learn from the rows here alone."""
    return fit(encoding, seen, outliers=outliers, before=before if isinstance(before, Surrogate) else None)


@dataclass(frozen=True)
class Belief:
    """The joint model of all goals; goals are taken as independent given the configuration.

    margins: by goal label, how far below its threshold a cost must lie for a verification to see it, about. measured:
    what the surrogates have seen. records: by goal label, how well what was not measured yet was foretold so far.
    """

    goals: tuple[Goal, ...]
    surrogates: Mapping[str, Predictor]
    scales: Mapping[str, Cost]
    failures: Floats
    successes: Floats
    encoding: Encoding
    margins: Mapping[str, float]
    measured: frozenset[Configuration] = frozenset()
    records: Mapping[str, Record] = field(default_factory=dict)

    def log_probability(self, configurations: Sequence[Configuration]) -> Floats:
        """Return (configurations,) log P(every goal met and the run ends well), cautious: for the search."""
        return self._log_probability(configurations, 0.0)

    def stated(self, configurations: Sequence[Configuration]) -> Floats:
        """Return (configurations,) P(every goal met and the run ends well) as it is told: calibrated, not cautious."""
        options = len(self.encoding.options)
        told = {goal.label: self.records.get(goal.label, NO_RECORD).told_of(options) for goal in self.goals}
        return np.asarray(np.exp(replace(self, records=told).log_probability(configurations)))

    def log_confirmable(self, configurations: Sequence[Configuration]) -> Floats:
        """Return (configurations,) log P(every goal met so clearly that a verification can confirm it)."""
        return self._log_probability(configurations, 1.0)

    def _log_probability(self, configurations: Sequence[Configuration], margin: float) -> Floats:
        total = np.log(self.feasible(configurations))
        seen = np.array([c in self.measured for c in configurations], dtype=bool)
        for goal in self.goals:
            model = self.surrogates[goal.label]
            mean, sd = model.predict(configurations)
            z = (self.scales[goal.label].of(goal.threshold) - margin * self.margins[goal.label] - mean) / sd
            record = self.records.get(goal.label, NO_RECORD)
            told = record.log_below(z) + np.log(1 - record.prior.unforeseen)
            total = total + special.logsumexp(np.where(seen, special.log_ndtr(z), told), axis=0,
                                              b=model.shares[:, None])  # fmt: skip
        return total

    def surprises(self, measurements: Sequence[Measurement]) -> Mapping[str, float]:
        """Return by goal label how far off this belief was about one configuration that was measured after it."""
        found = {}
        by_level = {m.level: m for m in measurements}
        for goal in self.goals:
            cell = by_level.get(goal.level)
            values, lost = costs(self.scales[goal.label], cell.runs) if cell else (np.zeros(0), np.zeros(0, bool))
            if cell and len(values) and not lost.any():
                model = self.surrogates[goal.label]
                mean, sd = model.predict([cell.configuration])
                noise = self.margins[goal.label] ** 2 / MARGIN**2 / len(values)
                found[goal.label] = surprise(mean[:, 0], sd[:, 0], model.shares, float(np.median(values)), noise)
        return found

    def feasible(self, configurations: Sequence[Configuration]) -> Floats:
        """Return (configurations,) the probability that a run ends well: failures speak for their neighbourhood."""
        if not len(self.failures):
            return np.ones(len(configurations))
        places = self.encoding.matrix(configurations)
        bad, good = (_likeness(places, seen).sum(1) for seen in (self.failures, self.successes))
        return np.asarray((good + _CAUTION) / (good + bad + _CAUTION))

    def predicted(self, configuration: Configuration) -> Estimates:
        """Return the predicted value of each goal's objective, with 95 % intervals."""
        return {g.label: self._value(g, configuration) for g in self.goals}

    def importance(self) -> Mapping[str, float]:
        """Return how much of the variation each option carries, the largest over the goals."""
        each = [self.surrogates[g.label].importance for g in self.goals]
        return {name: max(one[name] for one in each) for name in each[0]} if each else {}

    @cached_property
    def influential(self) -> frozenset[str]:
        """The options that some surrogate gives a weight: changing any other one beside them changes no prediction."""
        models = [self.surrogates[g.label] for g in self.goals]
        return frozenset(name for model in models for name in model.influential)

    def _value(self, goal: Goal, configuration: Configuration) -> Estimate:
        scale = self.scales[goal.label]
        model = self.surrogates[goal.label]
        means, deviations = model.predict([configuration])
        middle, deviation = as_one(means[:, 0], deviations[:, 0], model.shares)
        off = None if configuration in self.measured else self.records.get(goal.label, NO_RECORD)
        ends = off.interval if off else (-_GAUSSIAN, _GAUSSIAN)
        least, most = (middle + deviation * end for end in ends)
        middle += deviation * off.curse if off else 0.0
        centre, low, high = (scale.value(cost) for cost in (middle, least, most))
        return Estimate(centre, min(low, high), max(low, high))


def learn(
    encoding: Encoding,
    goals: Sequence[Goal],
    cells: Sequence[Measurement],
    *,
    noiseless: bool,
    before: Belief | None = None,
    fitting: Fitting = cold,
    records: Mapping[str, Record] | None = None,
) -> Belief:
    """Learn everything again from all measurements; `before`, the last belief, only says where to start looking.

    records: by goal label, how well earlier beliefs foretold what was then measured.

    One thread: the matrices are small, and the same answers must lead to the same questions to the last bit.
    """
    with threadpool_limits(1):
        return _learn(encoding, goals, cells, noiseless, before, fitting, records or {})


def _learn(
    encoding: Encoding,
    goals: Sequence[Goal],
    cells: Sequence[Measurement],
    noiseless: bool,
    before: Belief | None,
    fitting: Fitting,
    records: Mapping[str, Record],
) -> Belief:
    surrogates: dict[str, Predictor] = {}
    scales, margins = {}, {}
    for goal in goals:
        runs = [r for m in cells if m.level == goal.level for r in m.runs]
        here = [m for m in cells if m.level == goal.level and m.status in (Status.OK, Status.TIMED_OUT)]
        scales[goal.label] = scale = cost_of(goal.objective, runs, goal.threshold)
        if not np.isfinite(costs(scale, runs)[0]).any():
            raise MeasurementError(f"no run reported {goal.label!r}: {ending(runs)}")
        seen = evidence(goal, scale, here)
        margins[goal.label] = MARGIN * run_noise(goal, scale, here)
        known = before.surrogates[goal.label] if before else None
        surrogates[goal.label] = fitting(encoding, goal.label, seen, not noiseless, known)
    failed = [m.configuration for m in cells if m.status in (Status.FAILED, Status.APPLY_FAILED)]
    fine = [m.configuration for m in cells if m.status is Status.OK]
    measured = frozenset(m.configuration for m in cells if m.status in (Status.OK, Status.TIMED_OUT))
    return Belief(tuple(goals), surrogates, scales, encoding.matrix(failed), encoding.matrix(fine), encoding, margins,
                  measured, records)  # fmt: skip


def evidence(goal: Goal, scale: Cost, cells: Sequence[Measurement]) -> Evidence:
    """Summarise the measurements at a goal's level: a median cost per configuration and how far to trust it.

    For the search, and for it alone, a lost run is at least as bad as the worst one seen.
    """
    everything = [r for m in cells for r in m.runs]
    worst = worst_cost(scale, everything, goal)
    kept = [(m, _counted(m)) for m in cells]
    each = [_penalised(*costs(scale, runs), worst) for _, runs in kept]
    sd = _repetition_noise([c[~lost] for c, lost in each])
    return Evidence(
        configurations=tuple(m.configuration for m, _ in kept),
        cost=np.array([np.median(c) for c, _ in each]),
        noise=np.array([sd**2 / len(c) * (np.pi / 2 if len(c) > 2 else 1.0) for c, _ in each]),  # of a median
        censored=np.array([bool(lost.mean() >= 0.5) for _, lost in each]),
        disagreement=np.array([np.median(np.abs(c - np.median(c))) if len(c) > 1 else np.inf for c, _ in each]),
    )


def _penalised(
    values: Floats, lost: npt.NDArray[np.bool_], worst: float
) -> tuple[Floats, npt.NDArray[np.bool_]]:  # fmt: skip
    known = np.where(np.isfinite(values), values, worst)
    return np.where(lost, np.maximum(known, worst), known), lost


def run_noise(goal: Goal, scale: Cost, cells: Sequence[Measurement]) -> float:
    """Return the standard deviation of the cost of one run around its configuration; 0 where nothing repeats."""
    seen = [costs(scale, m.runs) for m in cells]
    return _repetition_noise([c[~lost] for c, lost in seen])


def _repetition_noise(repetitions: Sequence[Floats]) -> float:
    """Return the standard deviation of one run around its configuration, robust to shocks; 0 where nothing repeats.

    Of three runs one may be shocked; two that differ do not say which of them is, so a few such say nothing.
    """
    told = [r for r in repetitions if len(r) > 2] or [r for r in repetitions if len(r) == 2]
    if not told or (len(told[0]) == 2 and len(told) < _SEVERAL):
        return 0.0
    deviations = [np.median(np.abs(r - np.median(r))) * np.sqrt(len(r) / (len(r) - 1)) for r in told]
    return float(_MAD * np.sqrt(np.mean(np.square(deviations))))


def _counted(measurement: Measurement) -> list[Run]:
    return [r for r in measurement.runs if r.status in (Status.OK, Status.TIMED_OUT)]


def _likeness(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.exp(-2.0 * np.abs(a[:, None, :] - b[None, :, :]).sum(2)))
