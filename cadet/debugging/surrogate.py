"""A sparse Gaussian process around the fault: what changing each option, or a few together, does to the cost.

Additive kernels with interactions: Duvenaud, Nickisch & Rasmussen (2011). The weights carry an
exponential prior whose strength is averaged over: one point estimate of many weights from few rows is over-confident.
The strengths have equal shares; by their Laplace evidence one took all, and what it foretold was off by three to ten of
its standard deviations where the others had disagreed (docs/decisions/0011-search.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import linalg, optimize, special

from cadet.debugging.encoding import Encoding, Entries
from cadet.debugging.interactions import gathered, powers, slopes, weighted
from cadet.model.option import Configuration

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

STRENGTHS = (1.0, 4.0, 16.0)  # rates of the exponential prior on the weights, from dense to sparse
CONSTANT = 4.0  # prior variance of the level at the fault, in units of the variance of the costs
_INTERACTION = 1.0  # prior scale of an interaction relative to the product of its weights
_LEAST = 1e-4  # least noise variance, in the same unit: keeps the matrices well conditioned
_OUTLYING = 3.0  # leave-one-out residuals beyond this many standard deviations lose weight
_MAD = 1.4826  # median absolute deviation to standard deviation, of a Gaussian
_LEAST_USUAL = 0.3  # a fit that follows its rows closely makes outliers of good ones
_REWEIGHED = 2  # times
_ITERATIONS = 60
_MANY = 80  # components beyond which only the promising ones are moved at a time
_ROUNDS = 2  # of choosing them


@dataclass(frozen=True)
class Evidence:
    """What was seen of one objective: the cost of each configuration, and how it was repeated.

    cost: (n,) robust mean cost per configuration; noise: (n,) variance of that mean as far as repetitions tell, 0 where
    they do not. censored: (n,) True where the cost is only a lower bound. disagreement: (n,) median distance of the
    repetitions from their median, infinite where there is one; left out: nothing was repeated.
    """

    configurations: tuple[Configuration, ...]
    cost: Floats
    noise: Floats
    censored: npt.NDArray[np.bool_]
    disagreement: Floats | None = None


@dataclass(frozen=True)
class _Data:
    """What a fit is made to: packed: (components, lower triangle) of the kernels; alike: (lower triangle,)."""

    packed: Floats
    alike: Floats
    owner: Indices
    y: Floats
    noise: Floats
    rate: float

    def only(self, moved: Indices) -> _Data:
        """Return the data with some components."""
        return replace(self, packed=self.packed[moved], owner=np.unique(self.owner[moved], return_inverse=True)[1])

    def covariance(self, theta: Floats) -> Floats:
        """Return the lower triangle of the rows' covariance."""
        p = len(self.owner)
        sums = powers(weighted(theta[:p], self.owner, self.packed))
        return _unpacked(_kernel(sums, theta[p : p + 2]) + theta[-2] * self.alike, self.noise + theta[-1])


@dataclass(frozen=True)
class _Fit:
    """One posterior mode: component weights, strength of interactions, what the model cannot express, what it predicts.

    local: variance of what like configurations share beyond the components; nugget: of what each has of its own.
    """

    weights: Floats
    orders: Floats
    local: float
    nugget: float
    noise: Floats
    alpha: Floats
    factor: Floats
    log_evidence: float

    @property
    def theta(self) -> Floats:
        """All parameters as one vector."""
        return np.concatenate([self.weights, self.orders, [self.local, self.nugget]])


@dataclass(frozen=True)
class Surrogate:
    """The model of one objective: a mixture of Gaussian processes, one per strength of sparsity."""

    encoding: Encoding
    configurations: tuple[Configuration, ...]
    places: Floats
    fits: tuple[_Fit, ...]
    shares: Floats
    mean: float
    scale: float

    def predict(self, configurations: Sequence[Configuration]) -> tuple[Floats, Floats]:
        """Return (mixture, configurations) means and standard deviations of the true cost of each configuration.

        What the model cannot express (the nugget) belongs to a configuration: it is unknown where nothing was measured,
        and largely known where it was.
        """
        index = {c: i for i, c in enumerate(self.configurations)}
        own = np.array([index.get(c, -1) for c in configurations], dtype=np.int64)
        used = np.flatnonzero(np.any([fit.weights > 0 for fit in self.fits], axis=0))  # most weights are zero
        owner = self.encoding.owner[used]
        entries, at = self.encoding.entries(self.encoding.matrix(configurations, owner), owner)
        kernels = self.encoding.kernels_of(entries, self.places, used)
        alike = self.encoding.alike(self.encoding.matrix(configurations), self.places)
        moments = [_moments(fit, fit.weights[used], kernels, at, alike, own) for fit in self.fits]
        means = np.stack([m for m, _ in moments]) * self.scale + self.mean
        return means, np.sqrt(np.stack([v for _, v in moments])) * self.scale

    def joint(self, configurations: Sequence[Configuration]) -> tuple[Floats, Floats]:
        """Return (m,) means and (m, m) covariance of the true costs, the mixture taken as one Gaussian."""
        index = {c: i for i, c in enumerate(self.configurations)}
        own = np.array([index.get(c, -1) for c in configurations], dtype=np.int64)
        places = self.encoding.matrix(configurations)
        cross, among = (
            (self.encoding.kernels(places, b), self.encoding.alike(places, b)) for b in (self.places, places)
        )  # fmt: skip
        each = [_joint(fit, self.encoding.owner, cross, among, own) for fit in self.fits]
        means = np.stack([m for m, _ in each])
        centre = self.shares @ means
        within = np.einsum("k,kij->ij", self.shares, np.stack([c for _, c in each]))
        between = np.einsum("k,ki,kj->ij", self.shares, means - centre, means - centre)
        return centre * self.scale + self.mean, (within + between) * self.scale**2

    def probability_below(self, cost: float, configurations: Sequence[Configuration]) -> Floats:
        """Return (configurations,) the probability that the true cost is at most `cost`."""
        mean, sd = self.predict(configurations)
        return np.asarray(self.shares @ special.ndtr((cost - mean) / sd))

    @property
    def influential(self) -> frozenset[str]:
        """The options with a weight in any mode of the posterior."""
        used = np.any([fit.weights > 0 for fit in self.fits], axis=0)
        return frozenset(self.encoding.options[i].name for i in np.unique(self.encoding.owner[used]))

    @property
    def log_evidence(self) -> float:
        """The log density of all costs, as this model would have predicted them one after the other."""
        logs = special.logsumexp([fit.log_evidence for fit in self.fits]) - np.log(len(self.fits))
        return float(logs - len(self.configurations) * np.log(self.scale))

    @property
    def importance(self) -> Mapping[str, float]:
        """How much of the prior variance each option carries: 0 is none; sums to 1 where any does."""
        weights = self.shares @ np.stack([fit.weights for fit in self.fits])
        total = np.bincount(self.encoding.owner, weights, len(self.encoding.options))
        total = total / max(total.sum(), 1e-12)
        return {o.name: float(t) for o, t in zip(self.encoding.options, total, strict=True)}


def fit(
    encoding: Encoding,
    evidence: Evidence,
    *,
    outliers: bool = True,
    before: Surrogate | None = None,
    unit: float | None = None,
) -> Surrogate:
    """Learn the model from everything measured so far.

    outliers: whether single measurements may be wrong (repeated, noisy devices) and lose weight. before: the model
    of fewer rows, from which to start. unit: the spread of costs to expect, where the rows are too few to tell.
    """
    places = encoding.matrix(evidence.configurations)
    kernels, alike = encoding.kernels(places, places), encoding.alike(places, places)
    mean, scale = float(np.mean(evidence.cost)), unit or float(np.std(evidence.cost)) or 1.0
    y, noise = (evidence.cost - mean) / scale, evidence.noise / scale**2
    apart = np.full(len(y), np.inf) if evidence.disagreement is None else evidence.disagreement / scale
    starts = [f.theta for f in before.fits] if before else [None] * len(STRENGTHS)
    fits = [_fit(kernels, alike, encoding.owner, y, noise, s, t) for s, t in zip(STRENGTHS, starts, strict=True)]
    for _ in range(_REWEIGHED if outliers or evidence.censored.any() else 0):
        best = max(fits, key=lambda f: f.log_evidence)
        seen = y, noise
        y, noise = _reweigh(best, y, noise, evidence.censored, apart)
        if np.array_equal(seen, (y, noise)):
            break  # the same rows would be fitted again
        fits = [
            _fit(kernels, alike, encoding.owner, y, noise, s, f.theta) for s, f in zip(STRENGTHS, fits, strict=True)
        ]
    shares = np.full(len(fits), 1 / len(fits))
    return Surrogate(encoding, evidence.configurations, places, tuple(fits), shares, mean, scale)


def _kernel(sums: Floats, orders: Floats) -> Floats:
    """Return the kernel of main effects and interactions from their sums, constant included."""
    return np.asarray(CONSTANT + sums[0] + orders[0] * sums[1] + orders[1] * sums[2])


def _fit(
    kernels: Floats, alike: Floats, owner: Indices, y: Floats, noise: Floats, rate: float, near: Floats | None = None
) -> _Fit:
    """Find the posterior mode of all variances (bounded quasi-Newton: weights may be zero)."""
    p, lower = len(owner), _lower(len(y))
    start = near if near is not None else np.concatenate([np.full(p, 1.0 / p), [0.5, 0.1, 0.05, 0.05]])
    data = _Data(np.ascontiguousarray(kernels[(slice(None), *lower)]), alike[lower], owner, y, noise, rate)
    theta = _mode(start, data)
    theta = np.where(theta < 1e-5, 0.0, theta)
    theta[-2:] = np.maximum(theta[-2:], _LEAST)
    value, gradient = _objective(theta, data)
    factor = linalg.cholesky(data.covariance(theta), lower=True)
    alpha = linalg.cho_solve((factor, True), y)
    volume = _log_volume(theta, gradient[:p], owner, kernels, factor)
    return _Fit(
        theta[:p], theta[p : p + 2], float(theta[-2]), float(theta[-1]), noise, alpha, factor, volume - value
    )  # fmt: skip


def _mode(start: Floats, data: _Data) -> Floats:
    """Return the mode; of many components only those are moved that have, or want, a weight (an active set)."""
    theta, p, moved = start, len(data.owner), np.arange(len(data.owner))
    if p <= _MANY:
        return _ascended(theta, moved, data, _ITERATIONS)
    moved = np.empty(0, dtype=np.int64)
    for _ in range(_ROUNDS):
        slope = _objective(theta, data)[1][:p]
        moved = _wanted(theta[:p], slope, moved)
        theta = _ascended(theta, moved, data, _ITERATIONS // _ROUNDS)
    return theta


def _ascended(theta: Floats, moved: Indices, data: _Data, most: int) -> Floats:
    """Return the parameters after at most so many steps with the `moved` weights; all others are zero."""
    p = len(data.owner)
    free = np.concatenate([moved, p + np.arange(4)])
    bounds = [(0.0, 20.0)] * len(moved) + [(0.0, 10.0)] * 2 + [(_LEAST, 2.0)] * 2
    found = optimize.minimize(_objective, theta[free], (data.only(moved),), "L-BFGS-B", jac=True, bounds=bounds,
                              options={"maxiter": most, "ftol": 1e-5})  # fmt: skip
    reached = np.zeros(p + 4)
    reached[free] = found.x
    return reached


def _wanted(weights: Floats, slope: Floats, before: Indices) -> Indices:
    """Return the components to move: those with a weight, and those that would gain most from one."""
    have = np.flatnonzero(weights > 1e-5)
    if len(have) > _MANY:  # a start with all of them
        have = before
    want = np.argsort(slope, kind="stable")[: _MANY - len(have)] if len(have) < _MANY else np.empty(0, dtype=np.int64)
    return np.union1d(have, want[slope[want] < 0])


def _objective(theta: Floats, data: _Data) -> tuple[float, Floats]:
    """Return the negative log posterior and its gradient."""
    p, n = len(data.owner), len(data.y)
    weights, orders, local, nugget = theta[:p], theta[p : p + 2], theta[-2], theta[-1]
    parts = weighted(weights, data.owner, data.packed)
    sums = powers(parts)
    matrix = _unpacked(_kernel(sums, orders) + local * data.alike, data.noise + nugget)
    factor = linalg.cholesky(matrix, lower=True, check_finite=False)
    inverse, _ = linalg.lapack.dpotri(factor, lower=True)  # its lower triangle
    alpha = linalg.cho_solve((factor, True), data.y, check_finite=False)
    fitted = 0.5 * float(data.y @ alpha) + float(np.log(np.diag(factor)).sum()) + 0.5 * n * np.log(2 * np.pi)
    (prior, slope), (shared, along) = _nugget_prior(nugget), _nugget_prior(local)
    prior += shared + float(data.rate * weights.sum() - p * np.log(data.rate) + orders.sum() / _INTERACTION)
    q = 0.5 * (inverse - np.outer(alpha, alpha))
    trace = float(np.trace(q))
    lower = _lower(n)
    q = q[lower] * np.where(lower[0] == lower[1], 1.0, 2.0)
    by_parameter = slopes(weights, parts, sums, data.owner, data.packed, orders, q)
    by_parameter[:p] += data.rate
    by_parameter[p:] += 1 / _INTERACTION
    by_local = float(q @ data.alike) + along
    return fitted + prior, np.concatenate([by_parameter, [by_local, trace + slope]])


@cache
def _lower(n: int) -> tuple[Indices, Indices]:
    """Return the places of the lower triangle, row by row."""
    rows, columns = np.tril_indices(n)
    return rows, columns


def _unpacked(lower: Floats, diagonal: Floats) -> Floats:
    """Return the matrix with this lower triangle, row by row, and `diagonal` added; its upper triangle is zero."""
    n = len(diagonal)
    matrix = np.zeros((n, n))
    matrix[_lower(n)] = lower
    matrix[np.diag_indices(n)] += diagonal
    return matrix


def _nugget_prior(nugget: float) -> tuple[float, float]:
    """Return negative log density and its derivative of a broad log-normal around 0.02 of the variance."""
    z = (np.log(nugget) - np.log(0.02)) / 1.5
    return 0.5 * z**2, z / (1.5 * nugget)


def _log_volume(theta: Floats, slope: Floats, owner: Indices, kernels: Floats, factor: Floats) -> float:
    """Return the log volume around the mode (Laplace; an exponential where a weight rests at zero)."""
    p = len(owner)
    active = np.flatnonzero(theta[:p] > 0)
    parts = weighted(theta[:p], owner, kernels.reshape(p, -1))
    first, second, _ = powers(parts)
    orders, n = theta[p : p + 2], kernels.shape[1]
    others = [first - part for part in parts]
    moved = [1 + orders[0] * o + orders[1] * (second - part * o) for part, o in zip(parts, others, strict=True)]
    change = [(moved[owner[k]] * kernels[k].ravel()).reshape(n, n) for k in active]
    whitened = [linalg.cho_solve((factor, True), c, check_finite=False) for c in change]
    curvature = np.array([0.5 * float((w * w.T).sum()) for w in whitened])  # expected Fisher information
    resting = np.delete(slope, active)
    return 0.5 * float(np.log(2 * np.pi / np.maximum(curvature, 1e-6)).sum()) - float(
        np.log(np.maximum(resting, 1e-2)).sum()
    )


def _moments(
    fit: _Fit, weights: Floats, kernels: Entries, at: Indices, alike: Floats, own: Indices
) -> tuple[Floats, Floats]:
    """Return mean and variance of the true cost; own: (m,) the row of the evidence with that configuration, or -1."""
    cross = CONSTANT + gathered(kernels.rows(weights), at, fit.orders) + fit.local * alike
    measured = np.flatnonzero(own >= 0)
    cross[measured, own[measured]] += fit.nugget
    prior = CONSTANT + gathered(kernels.variances(weights), at, fit.orders)[:, 0] + fit.local + fit.nugget
    solved = linalg.solve_triangular(fit.factor, cross.T, lower=True, check_finite=False)
    return cross @ fit.alpha, np.maximum(prior - (solved**2).sum(0), 1e-9)


def _joint(
    fit: _Fit, owner: Indices, kernels: tuple[Floats, Floats], among: tuple[Floats, Floats], own: Indices
) -> tuple[Floats, Floats]:
    """Return means and covariance of the true costs; own: as for `_moments`."""

    def whole(parts: Floats, alike: Floats) -> Floats:
        flat = np.ascontiguousarray(parts.reshape(len(owner), -1))
        sums = powers(weighted(fit.weights, owner, flat))
        return np.asarray(_kernel(sums, fit.orders).reshape(parts.shape[1:]) + fit.local * alike)

    cross = whole(*kernels)
    measured = np.flatnonzero(own >= 0)
    cross[measured, own[measured]] += fit.nugget
    solved = linalg.solve_triangular(fit.factor, cross.T, lower=True, check_finite=False)
    return cross @ fit.alpha, whole(*among) + fit.nugget * np.eye(len(own)) - solved.T @ solved


def _reweigh(
    fit: _Fit, y: Floats, noise: Floats, censored: npt.NDArray[np.bool_], apart: Floats
) -> tuple[Floats, Floats]:
    """Give outliers more noise, and raise censored costs to what the others predict (leave one out).

    Outlying is told from what is usual among the rows: shocked runs have widened what the fit itself calls usual.
    Where repetitions agree with each other better than with the model, it is the model that is wrong.
    """
    inverse = linalg.cho_solve((fit.factor, True), np.eye(len(y)))
    spread = 1 / np.sqrt(np.diag(inverse))
    residual = fit.alpha * spread**2
    z = np.abs(residual) / spread
    usual = float(np.clip(_MAD * np.median(z), _LEAST_USUAL, 1.0))
    raised = np.where(censored & (residual < 0), y - residual, y)
    outlying = ~censored & (z > _OUTLYING * usual) & (apart > np.abs(residual) / 2)
    return raised, np.where(outlying, np.maximum(noise, residual**2), noise)
