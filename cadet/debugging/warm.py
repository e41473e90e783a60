"""A surrogate that starts from what another study predicts, and unlearns it where the rows here disagree.

cost here(x) = level + slope · (cost there(x) - cost there(fault)) + discrepancy(x), the discrepancy a sparse process
like the cold model (Kennedy & O'Hagan 2000, with one source); the slope is averaged over a few values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from cadet.debugging.belief import Belief, Fitting, Predictor, cold
from cadet.debugging.cost import Floats
from cadet.debugging.earlier import Source
from cadet.debugging.encoding import Encoding
from cadet.debugging.surrogate import Evidence, Surrogate, fit
from cadet.model.option import Configuration

SLOPES = (0.6, 1.0, 1.5, 0.0)  # the last is the model without the source
CHECKED = 4  # rows, the fault's included, from which the source is held against the cold model
_TEMPER = 2.0  # flattens the shares of the slopes: evidence from a few rows is over-confident


@dataclass(frozen=True)
class Warm:
    """A mixture of corrected source and cold model.

    parts: one model per slope of what differs here. support: the log of how much more probable the rows here are, one
    after the other, with the source than without; None before there are rows enough to say.
    """

    source: Source
    label: str
    parts: tuple[Surrogate, ...]
    weights: Floats
    support: float | None

    @property
    def shares(self) -> Floats:
        """(mixture,) probabilities of the components."""
        return np.concatenate([w * part.shares for w, part in zip(self.weights, self.parts, strict=True)])

    def predict(self, configurations: Sequence[Configuration]) -> tuple[Floats, Floats]:
        """Return (mixture, configurations) means and standard deviations of the true cost of each configuration."""
        there, variance = self.source.beyond_fault(self.label, configurations)
        known = set(self.parts[0].configurations)
        variance = np.where([c in known for c in configurations], 0.0, variance)
        means, deviations = [], []
        for part, slope in zip(self.parts, SLOPES, strict=True):
            mean, deviation = part.predict(configurations)
            means.append(mean + slope * there)
            deviations.append(np.sqrt(deviation**2 + slope**2 * variance))
        return np.concatenate(means), np.concatenate(deviations)

    @property
    def influential(self) -> frozenset[str]:
        """The options with a weight, there or in what differs here."""
        here = [part.influential for part in self.parts]
        return self.source.models[self.label].influential.union(*here)

    @property
    def importance(self) -> Mapping[str, float]:
        """How much of the variation each option carries, there and in what differs here."""
        there = self.source.models[self.label].importance
        each = [part.importance for part in self.parts]
        corrected = {n: sum(w * one[n] for w, one in zip(self.weights, each, strict=True)) for n in each[0]}
        total = {n: there.get(n, 0.0) + c for n, c in corrected.items()}
        return {n: t / max(sum(total.values()), 1e-12) for n, t in total.items()}


def warm(source: Source) -> Fitting:
    """Return how to learn what differs here from what `source` predicts; a goal it knows nothing of is learned cold."""

    def fitting(
        encoding: Encoding, label: str, seen: Evidence, outliers: bool, before: Predictor | None
    ) -> Predictor:  # fmt: skip
        if label not in source.models:
            return cold(encoding, label, seen, outliers, before)
        return _fit(encoding, source, label, seen, outliers, before.parts if isinstance(before, Warm) else ())

    return fitting


def support(belief: Belief) -> float | None:
    """Return how much better the source predicts the rows here than no source, over all goals; None before enough."""
    known = [m.support for m in belief.surrogates.values() if isinstance(m, Warm)]
    told = [s for s in known if s is not None]
    return sum(told) if told else None


def _fit(
    encoding: Encoding, source: Source, label: str, seen: Evidence, outliers: bool, before: Sequence[Surrogate]
) -> Warm:
    there, _ = source.beyond_fault(label, seen.configurations)
    last = (*before, *[None] * (len(SLOPES) - len(before)))
    parts = tuple(
        fit(encoding, replace(seen, cost=seen.cost - slope * there), outliers=outliers, before=start,
            unit=source.unit(label))
        for slope, start in zip(SLOPES, last, strict=True)
    )  # fmt: skip
    logs = np.array([part.log_evidence for part in parts])
    checked = len(seen.configurations) >= CHECKED
    better = float(special.logsumexp(logs[:-1]) - np.log(len(logs) - 1) - logs[-1]) if checked else None
    return Warm(source, label, parts, special.softmax(logs / _TEMPER), better)
