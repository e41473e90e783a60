"""A response surface: a Gaussian process over mixed inputs whose every input has its own importance.

The kernel is the product over inputs of (1 + importance · centred kernel of the input), so main effects and
interactions of all orders share one importance per input (a functional ANOVA kernel; Durrande et al. 2013). The
importances have Gamma priors: most inputs matter little, and none is ruled out by a few rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.optimize import minimize

from cadet.causal.effects.axis import Array, Axis

# Measured in docs/decisions/0005-total-effects.md: sparser priors are over-confident, flatter ones lose precision.
_SHAPE, _RATE = 1.0, 20.0  # of the prior of the logarithm of an importance
_FREE = 2.0  # prior variance of a main effect that is to be estimated without shrinkage, in variances of the outcome
_BENT = 0.15  # the same for what a quantity's main effect has beyond its trend
_JITTER = 1e-8
_STEPS = 80


@dataclass(frozen=True)
class Surface:
    """A fitted surface. `inputs` are positions (rows, axes); the outcome was standardised by `centre` and `spread`."""

    axes: tuple[Axis, ...]
    inputs: Array
    outcome: Array
    centre: float
    spread: float
    importance: Array
    signal: float
    noise: float

    @property
    def noise_variance(self) -> float:
        """Variance of the outcome around the surface."""
        return self.noise * self.spread**2

    def predict(self, points: Array, *, free: int | None = None) -> tuple[Array, Array]:
        """Return mean and covariance of the surface at `points`, (points,) and (points, points).

        free: the axis whose main effect is estimated without shrinkage.
        """
        factor = cho_factor(self._covariance(self.inputs, self.inputs, free) + self._noise(), lower=True)
        cross = self._covariance(points, self.inputs, free)
        explained = solve_triangular(factor[0], cross.T, lower=True)
        mean = cross @ cho_solve(factor, self.outcome)
        covariance = self._covariance(points, points, free) - explained.T @ explained
        return mean * self.spread + self.centre, covariance * self.spread**2

    @cached_property
    def _factor(self) -> tuple[Array, bool]:
        """The Cholesky factor of the covariance of the rows."""
        lower, flag = cho_factor(self._covariance(self.inputs, self.inputs) + self._noise(), lower=True)
        return np.asarray(lower), bool(flag)

    @cached_property
    def _left_out_variance(self) -> Array:
        """The variance of each row given all the others, noise included (Rasmussen & Williams 2006, 5.12)."""
        return np.asarray(1 / np.diag(cho_solve(self._factor, np.eye(len(self.outcome)))))

    def through(self, inputs: Array, outcome: Array) -> Surface:
        """Return the surface with the same importances through other rows."""
        return replace(self, inputs=inputs, outcome=(outcome - self.centre) / self.spread)

    def mean(self, points: Array, *, without: int | None = None) -> Array:
        """Return the mean of the surface at `points`; `without` leaves out everything that involves one axis."""
        factor = self._factor
        if without is not None:
            factor = cho_factor(self._covariance(self.inputs, self.inputs, None, without) + self._noise(), lower=True)
        weights = cho_solve(factor, self.outcome)
        return np.asarray(self._covariance(points, self.inputs, None, without) @ weights * self.spread + self.centre)

    def whitened(self, columns: Array, *, without: int | None = None) -> Array:
        """Return `columns` (rows, columns) in the coordinates in which the surface's outcomes are independent.

        That is L⁻¹ · columns, L · Lᵀ the covariance of the rows, noise included; `without` leaves one axis out of it.
        """
        factor = np.linalg.cholesky(self._covariance(self.inputs, self.inputs, None, without) + self._noise())
        return np.asarray(solve_triangular(factor, columns, lower=True))

    def left_out(self) -> Array:
        """Return what the surface predicts for each row from all the others (Rasmussen & Williams 2006, 5.12)."""
        inverse = np.linalg.inv(self._covariance(self.inputs, self.inputs) + self._noise())
        residual = inverse @ self.outcome / np.diag(inverse)
        return np.asarray((self.outcome - residual) * self.spread + self.centre)

    def shared(self, here: Array, there: Array) -> tuple[Array, Array]:
        """Return how much of the surface's error at `here` is its error at `there`, and the rest's size, (points,).

        The first is the regression coefficient of the one on the other given the rows; the second a variance relative
        to that of the error for a row left out, noise included.
        """
        points = np.vstack([here, there])
        cross = solve_triangular(self._factor[0], self._covariance(points, self.inputs).T, lower=True)
        covariance = self._covariance(points, points) - cross.T @ cross
        count = np.arange(len(here))
        own, other = np.diag(covariance)[: len(here)], np.diag(covariance)[len(here) :]
        common = covariance[count, count + len(here)]
        slope = np.clip(common / np.maximum(own, _JITTER), 0.0, 1.0)
        rest = np.maximum(other - common**2 / np.maximum(own, _JITTER), 0.0)
        return np.asarray(slope), np.asarray((rest + self.noise) / np.mean(self._left_out_variance))

    def _noise(self) -> Array:
        return np.asarray((self.noise + _JITTER) * np.eye(len(self.outcome)))

    def _covariance(self, a: Array, b: Array, free: int | None = None, without: int | None = None) -> Array:
        product = np.ones((len(a), len(b)))
        main: Array | float = 0.0
        for j, axis in enumerate(self.axes):
            if j == without:
                continue
            kernel = axis.kernel(a[:, j], b[:, j])
            product *= 1 + self.importance[j] * kernel
            main = _FREE * axis.trend(a[:, j], b[:, j]) + _BENT * kernel if j == free else main
        return self.signal * product + main


def fit(axes: Sequence[Axis], inputs: Array, outcome: Array, *, steps: int = _STEPS) -> Surface:
    """Return the surface through `outcome` (rows,) at `inputs` (rows, axes), at its most probable importances."""
    centre, spread = float(np.mean(outcome)), float(np.std(outcome)) or 1.0
    standard = (outcome - centre) / spread
    kernels = [axis.kernel(inputs[:, j], inputs[:, j]) for j, axis in enumerate(axes)]
    start = np.r_[np.full(len(axes), -np.log(max(len(axes), 1))), 0.0, np.log(0.3)]
    bounds = [(-7.0, 1.5)] * len(axes) + [(-3.0, 3.0), (-7.0, 1.0)]
    found = minimize(_cost, start, (kernels, standard), "L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": steps})
    *importance, signal, noise = np.exp(found.x)
    return Surface(tuple(axes), inputs, standard, centre, spread, np.array(importance), signal, noise)


def _cost(parameters: Array, kernels: Sequence[Array], y: Array) -> tuple[float, Array]:
    """Return the negative log posterior of the log parameters, and its gradient (Rasmussen & Williams 2006, 5.9)."""
    *importance, signal, noise = np.exp(parameters)
    factors = [1 + w * kernel for w, kernel in zip(importance, kernels, strict=True)]
    before = [np.ones((len(y), len(y)))]
    for factor in factors:
        before.append(before[-1] * factor)
    product = before.pop()
    cholesky = cho_factor(signal * product + (noise + _JITTER) * np.eye(len(y)), lower=True)
    weights, inverse = cho_solve(cholesky, y), cho_solve(cholesky, np.eye(len(y)))
    slope = 0.5 * (inverse - np.outer(weights, weights))
    gradient = np.zeros_like(parameters)
    after: Array = slope
    for j in reversed(range(len(kernels))):
        gradient[j] = importance[j] * signal * np.vdot(after * before[j], kernels[j])
        after = after * factors[j]
    gradient[-2], gradient[-1] = signal * np.vdot(slope, product), noise * np.trace(slope)
    cost = 0.5 * y @ weights + np.log(np.diag(cholesky[0])).sum()
    return _with_priors(float(cost), gradient, parameters)


def _with_priors(cost: float, gradient: Array, parameters: Array) -> tuple[float, Array]:
    """Add Gamma priors on the importances and wide log-normal ones on signal and noise."""
    logs, (signal, noise) = parameters[:-2], parameters[-2:]
    cost += (
        float(np.sum(_RATE * np.exp(logs) - _SHAPE * logs)) + 0.5 * (signal / 1.5) ** 2 + 0.5 * ((noise + 2) / 2) ** 2
    )
    gradient[:-2] += _RATE * np.exp(logs) - _SHAPE
    gradient[-2:] += np.array([signal / 1.5**2, (noise + 2) / 2**2])
    return cost, gradient
