"""How far the model's promises were off: what it foretold of a configuration before it was run, and what was seen.

A candidate is chosen because it looks good, so it tends to turn out worse than foretold (the optimiser's curse, Smith &
Winkler 2006), by more the less the model fits the device. Mean and variance of the surprises, in standard deviations
foretold, have a normal-inverse-chi-square prior, so that what is foretold next has Student's t-distribution (Gelman et
al., Bayesian Data Analysis, section 3.3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]

_LARGEST = 10.0  # a surprise counts as at most this: single runs are shocked
_USUAL = 30  # options of the device that the numbers of `calibrated` are given for
_FEWEST = 20  # options below which it was found to go no further down


@dataclass(frozen=True)
class Prior:
    """What is expected of surprises before any was seen: mean, standard deviation, and how many these count for.

    unforeseen: share of what is foretold that fails for a reason the model has no notion of.
    """

    curse: float
    spread: float
    worth: float
    unforeseen: float = 0.05


CAUTIOUS = Prior(1.0, 4.0, 1.0)  # a search by it finds more minimal fixes; docs/decisions/0011-search.md


def calibrated(options: int) -> Prior:
    """Return the prior by which what is told comes true about as often as it says.

    The more options there are the more candidates, and the best-looking of them is the further off. Fitted on worlds
    of 10 to 200 options (docs/decisions/0011-search.md).
    """
    more = max(options, _FEWEST) / _USUAL
    return Prior(0.2 + 0.4 * math.log(more), 2.1 * more**0.7, 12.0, 0.12)


@dataclass(frozen=True)
class Record:
    """What was foretold and seen so far; surprises: in standard deviations foretold, positive where it cost more."""

    surprises: tuple[float, ...] = ()
    prior: Prior = CAUTIOUS

    def and_then(self, surprise: float) -> Record:
        """Return the record with one more surprise."""
        return replace(self, surprises=(*self.surprises, surprise))

    def told_of(self, options: int) -> Record:
        """Return the same surprises after what is to be expected of so many options: to tell by, not to search by."""
        return replace(self, prior=calibrated(options))

    @property
    def freedom(self) -> float:
        """The degrees of freedom of what is foretold next."""
        return self.prior.worth + len(self.surprises)

    @property
    def curse(self) -> float:
        """The mean of the next surprise."""
        return (self.prior.worth * self.prior.curse + float(self._clipped.sum())) / self.freedom

    @property
    def spread(self) -> float:
        """The scale of the next surprise."""
        seen, n = self._clipped, len(self.surprises)
        curse, worth = self.prior.curse, self.prior.worth
        off = float(seen.mean()) if n else curse
        squares = worth * self.prior.spread**2 + float(((seen - off) ** 2).sum())
        squares += worth * n / self.freedom * (off - curse) ** 2
        return float(np.sqrt(squares / self.freedom * (self.freedom + 1) / self.freedom))

    @property
    def interval(self) -> tuple[float, float]:
        """The central 95 % interval of the next surprise."""
        half = self.spread * float(special.stdtrit(self.freedom, 0.975))
        return self.curse - half, self.curse + half

    def log_below(self, z: Floats) -> Floats:
        """Return the log probability to be below what lies `z` foretold standard deviations above the mean.

        What no model foresees is not part of it.
        """
        return np.asarray(np.log(np.maximum(special.stdtr(self.freedom, (z - self.curse) / self.spread), 1e-300)))

    @property
    def _clipped(self) -> Floats:
        return np.asarray(np.clip(np.array(self.surprises, dtype=float), -_LARGEST, _LARGEST))


def as_one(means: Floats, deviations: Floats, shares: Floats) -> tuple[float, float]:
    """Return mean and standard deviation of a mixture of Gaussians; all (mixture,)."""
    mean = float(shares @ means)
    return mean, float(np.sqrt(shares @ (deviations**2 + (means - mean) ** 2)))


def surprise(means: Floats, deviations: Floats, shares: Floats, seen: float, noise: float) -> float:
    """Return by how many standard deviations the cost seen exceeds the mixture's mean; means, deviations: (mixture,).

    noise: variance of what was seen around the true cost, as far as it is known.
    """
    mean, deviation = as_one(means, deviations, shares)
    return (seen - mean) / float(np.hypot(deviation, np.sqrt(noise)))
