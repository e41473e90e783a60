"""With which value of another option the harm of a cause may vanish: where to look, as the model of all rows sees it.

What counts as vanished has to hold on every scale. Sums interact on a logarithmic scale and factors on a natural one:
two seconds more are much where a run takes one and little where it takes ten, and twice as long is little where a run
is short. A harm that is gone is neither.

The model ranks, it does not veto: where nothing was measured near the pair it expects the other option to change little
and may give the right one a chance of some per cent. Looking claims nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from cadet.debugging.neighbourhood import Search
from cadet.debugging.sequential import Bounds
from cadet.debugging.surrogate import Floats, Surrogate
from cadet.model.domain import Value
from cadet.model.option import Configuration, Option

LEFT = 0.35  # a harm has vanished when at most this share of it is left, and for certain less than half
CERTAIN = 0.5
SURE = 0.975  # probability from which the model alone may say that more than CERTAIN of a harm is gone
_GAUSSIAN = 1.96  # half-width of a central 95 % interval, in standard deviations
_LOGARITHM = 1e-6  # a power that is as good as 0
_SCALES = 11  # between the logarithm and the cost itself; the share is log-concave there, so few find its maximum
_PARTNERS = 10  # most influential options that are tried beside each cause


@dataclass(frozen=True)
class Suspect:
    """A cause whose harm may vanish where another option has this value.

    without, fixed: the confirmed fix with that value, its change of the cause taken back and not; fix, back: the same
    two with the fault's value of the other option.
    """

    cause: str
    partner: str
    value: Value
    back: Configuration
    fix: Configuration
    without: Configuration
    fixed: Configuration
    probability: float = 0.0

    @property
    def corners(self) -> tuple[Configuration, ...]:
        """All four: the harm is the first less the second, what is left of it the third less the fourth."""
        return self.back, self.fix, self.without, self.fixed

    def expression(self, fault: Configuration) -> str:
        """Return what holds in the fault and does the harm."""
        return f"{self.cause} == {fault[self.cause]!r} and {self.partner} == {fault[self.partner]!r}"


def vanished(harm: Bounds, left: Bounds, dearer: float) -> bool:
    """Tell whether next to nothing is left of a harm; all in log cost, `dearer` what the other value alone adds."""
    likely, at_most = (share_left(*ends, dearer) for ends in ((harm.estimate, left.estimate), (harm.low, left.high)))
    return likely <= LEFT and at_most <= CERTAIN


def share_left(harm: float, left: float, dearer: float) -> float:
    """Return how much of a harm is left on the scale that shows most of it; arguments as for `vanished`.

    The scales are the powers of the cost from 0, its logarithm, to 1, the cost itself (Box & Cox 1964).
    """
    powers = np.linspace(_LOGARITHM, 1.0, _SCALES)
    with np.errstate(over="ignore"):  # an end that is not known is far off
        return float(np.max(np.exp(powers * dearer) * np.expm1(powers * left) / np.expm1(powers * harm)))


def foreseen(model: Surrogate, suspect: Suspect) -> tuple[Bounds, Bounds] | None:
    """Return the harm and what is left of it, in log cost, where the model is sure that it vanishes; else None."""
    mean, covariance = model.joint(suspect.corners)
    gaps = [Bounds(m, m - _GAUSSIAN * d, m + _GAUSSIAN * d, 0) for m, d in (_contrast(mean, covariance, weights)
            for weights in ((1.0, -1.0, 0.0, 0.0), (0.0, 0.0, 1.0, -1.0)))]  # fmt: skip
    harm, left = gaps
    little = _weight(mean) * left.estimate <= LEFT * harm.estimate
    sure = _chance(model, suspect.corners, CERTAIN) >= SURE
    return (harm, left) if harm.low > 0 and little and sure else None


def suspects(search: Search, model: Surrogate, fix: Configuration, causes: Iterable[str]) -> list[Suspect]:
    """Return the most probable suspect of each cause and partner, the most probable first."""
    ranked = sorted(model.importance, key=lambda name: -model.importance[name])
    partners = [n for n in ranked if model.importance[n] > 0 and fix[n] == search.fault[n]][:_PARTNERS]
    each = (_of_pair(search, model, fix, cause, search.space.by_name[n]) for cause in causes for n in partners)
    best = [max(values, key=lambda s: s.probability) for values in each if values]
    return sorted(best, key=lambda s: -s.probability)


def _of_pair(search: Search, model: Surrogate, fix: Configuration, cause: str, partner: Option) -> list[Suspect]:
    """Return a suspect for every other value of the partner, where the two can be combined."""
    space = search.space
    back = space.change(fix, {cause: search.fault[cause]})
    found = []
    for value in partner.levels:
        without, fixed = (space.change(c, {partner.name: value}) for c in (back, fix))
        # The partner may bring options of its own (a log has checkpoints), the cause may not: they would act beside it.
        alone = space.active(back) == space.active(fix) and space.active(without) == space.active(fixed)
        if value != fix[partner.name] and alone and all(space.permits(c, search.allowed) for c in (without, fixed)):
            corners = (back, fix, without, fixed)
            found.append(Suspect(cause, partner.name, value, *corners, _chance(model, corners)))
    return found


def _chance(model: Surrogate, corners: Sequence[Configuration], share: float = LEFT) -> float:
    """Return the probability that at most this share of the harm is left, on every scale.

    Of a bound, which a sum of the corners has to be: log cost with the weight of the cost itself is more than any.
    """
    mean, covariance = model.joint(corners)
    weight = _weight(mean)
    rest, deviation = _contrast(mean, covariance, (-share, share, weight, -weight))
    return float(special.ndtr(-rest / deviation))


def _contrast(mean: Floats, covariance: Floats, weights: tuple[float, float, float, float]) -> tuple[float, float]:
    """Return mean and standard deviation of a weighted sum of the corners' costs."""
    w = np.array(weights)
    return float(w @ mean), float(np.sqrt(max(w @ covariance @ w, 1e-12)))


def _weight(mean: Floats) -> float:
    """Return how much more a log cost is worth where the other value alone makes things dearer; never less."""
    return float(np.exp(max(mean[3] - mean[1], 0.0)))
