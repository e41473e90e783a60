"""Total effects of options on an objective, with 95 % intervals.

The estimand: the mean of E[objective | do(option=alternative), others] - E[objective | do(option=reference), others],
over the population of values of all the other options that the design was drawn from.

The estimator is model-based standardisation (g-computation; Robins 1986). A Gaussian process over all options learns
the outcome, on the log scale where it is positive, from every row: what an optimiser added is no random sample, but
given its options a row is as informative as any. The main effect of the option in question enters with a wide prior,
the rest of the surface with sparse ones, so that the effect is not shrunk towards zero while the noise from the other
options is (a Bayesian partially linear model). Posterior draws are averaged over the random configurations with
Dirichlet weights (Bayesian bootstrap; Rubin 1981), for these are only a sample of the population. Why, and how well
the intervals cover: docs/decisions/0005-total-effects.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cadet.causal.effects.axis import Array
from cadet.causal.effects.surface import Surface, fit
from cadet.causal.effects.units import Units, units
from cadet.errors import DomainError, nearest
from cadet.model.dataset import Dataset, Role, Variable
from cadet.model.domain import Choice, Value
from cadet.model.effect import Effect, Estimate

_ROWS = 400  # a surface costs rows³; a larger table is subsampled
_POPULATION = 128  # configurations to average over
_DRAWS = 800
_TAILS = (0.025, 0.975)
_CENSORED_STEPS = 3
METHOD = "standardisation over a Gaussian process"


@dataclass(frozen=True)
class _Model:
    surface: Surface
    population: Array
    logarithmic: bool
    seed: int


def total_effects(
    dataset: Dataset,
    objective: str,
    reference: Mapping[str, Value],
    alternatives: Mapping[str, Sequence[Value]] | None = None,
    *,
    rng: np.random.Generator,
) -> tuple[Effect, ...]:
    """Estimate the total effect of every alternative against the reference value of its option (see the module).

    reference: a value per option, usually the fault. alternatives: values per option, those of other options are not
    estimated; by default every other value that was measured, of an interval its ends and its middle. Effects are in
    the objective's unit. An option that was never varied gets an estimate of None with the reason. Context variables
    are averaged over like the other options. Raises DomainError for an unknown option or value.
    """
    reference = {name: _canonical(dataset, name, value) for name, value in reference.items()}
    chosen = _alternatives(dataset, reference, alternatives)
    model = _model(units(dataset, objective), int(rng.integers(2**63)))
    return tuple(
        Effect(name, objective, reference[name], value, _effect(model, name, reference[name], value), METHOD)
        for name in sorted(chosen)
        for value in chosen[name]
    )


def _alternatives(
    dataset: Dataset, reference: Mapping[str, Value], asked: Mapping[str, Sequence[Value]] | None
) -> dict[str, tuple[Value, ...]]:
    if asked is None:
        varied = [v for v in dataset.variables if v.role is Role.OPTION and v.name in reference]
        return {v.name: tuple(x for x in _measured(dataset, v) if x != reference[v.name]) for v in varied}
    for name in asked:
        if name not in reference:
            raise DomainError(f"no reference value for option {name!r}{nearest(name, reference)}")
    return {name: tuple(_canonical(dataset, name, value) for value in values) for name, values in asked.items()}


def _canonical(dataset: Dataset, name: str, value: Value) -> Value:
    variable = dataset.by_name.get(name)
    return value if variable is None or variable.domain is None else variable.domain.canonical(value)


def _measured(dataset: Dataset, variable: Variable) -> tuple[Value, ...]:
    domain = variable.domain
    if isinstance(domain, Choice):
        seen = {domain.values.index(domain.canonical(value)) for value in dataset.frame[variable.name].unique()}
        return tuple(domain.values[i] for i in sorted(seen))
    assert domain is not None
    return tuple(dict.fromkeys(domain.from_unit(u) for u in (0.0, 0.5, 1.0)))


def _model(rows: Units, seed: int) -> _Model:
    rng = np.random.default_rng([seed, 0])
    if len(rows.outcome) > _ROWS:
        rows = rows.only(np.sort(rng.choice(len(rows.outcome), _ROWS, replace=False)))
    logarithmic = bool((rows.outcome > 0).all())
    outcome = np.log(rows.outcome) if logarithmic else rows.outcome
    random = np.flatnonzero(rows.sample) if rows.sample.sum() > 1 else np.arange(len(rows.outcome))
    population = np.sort(rng.choice(random, min(_POPULATION, len(random)), replace=False))
    return _Model(_fit(rows, outcome), rows.inputs[population], logarithmic, seed)


def _fit(rows: Units, outcome: Array) -> Surface:
    """Fit the surface; a censored outcome is at least its bound, and what the other rows predict where that is more."""
    surface = fit(rows.axes, rows.inputs, outcome)
    for _ in range(_CENSORED_STEPS if rows.censored.any() else 0):  # Schmee & Hahn (1979)
        imputed = np.where(rows.censored, np.maximum(outcome, surface.left_out()), outcome)
        surface = fit(rows.axes, rows.inputs, imputed)
    return surface


def _effect(model: _Model, option: str, reference: Value, alternative: Value) -> Estimate:
    axes = model.surface.axes
    at = next((j for j, axis in enumerate(axes) if axis.name == option), None)
    if at is None:
        return Estimate(None, reason=f"{option} was never varied")
    here, there = axes[at].place([reference, alternative])
    if here == there:
        return Estimate(0.0, 0.0, 0.0)
    # one order of the two values whichever is the reference, so that b to a is exactly minus a to b
    draws = _draws(model, at, min(here, there), max(here, there)) * (1 if there > here else -1)
    low, high = np.quantile(draws, _TAILS)
    return Estimate(float(np.median(draws)), float(low), float(high))


def _draws(model: _Model, at: int, first: float, second: float) -> Array:
    """Return posterior draws of the mean of outcome(second) - outcome(first) over the population."""
    rng = np.random.default_rng([model.seed, 1, at])
    count = len(model.population)
    points = np.vstack([model.population, model.population])
    points[:count, at], points[count:, at] = first, second
    mean, covariance = model.surface.predict(points, free=at)
    root = np.linalg.cholesky(covariance + 1e-6 * np.trace(covariance) / len(points) * np.eye(len(points)))
    values = mean[:, None] + root @ rng.standard_normal((len(points), _DRAWS))
    if model.logarithmic:
        values = np.exp(values + model.surface.noise_variance / 2)  # the mean of a log-normal outcome
    weights = rng.dirichlet(np.ones(count), _DRAWS).T
    return np.asarray(((values[count:] - values[:count]) * weights).sum(axis=0))
