"""One option given all the others: how strongly it goes with what the others leave unexplained.

What a surface over the other options leaves of the outcome does not know the option in question. So where the options
were drawn independently, exchanging the residuals against it is an exact test, however wrong the surface is (a
conditional randomisation test; Candès et al. 2018), and it is as sharp as the surface is good. Where options go
together, as in tables that nobody randomised, both sides are freed of the options concerned before and after the
exchange (Freedman & Lane 1983).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import gamma

from cadet.causal.effects.axis import Array, Axis
from cadet.causal.effects.strata import Stratum
from cadet.causal.effects.surface import fit

_SURFACE_ROWS = 150  # importances are learned from as many; the surface then goes through all rows
_STEPS = 25  # of learning them: the test is exact whatever they are, and the last few hardly sharpen it
_LINKED = 1e-4  # two options whose values go together with a smaller p-value are linked
_LINK_PERMUTATIONS = 199
_ROWS_PER_FEATURE = 8  # of another option that an option is freed of
_NEGLIGIBLE = 1e-6
_LEAST_SKEW = 0.05  # keeps the approximating distribution proper


def nominal_p_values(stratum: Stratum, orders: npt.NDArray[np.int64], rng: np.random.Generator) -> Array:
    """Return each option's p-value, (options, 1 + orders): for the units as they are, then for each exchange.

    The statistic is the squared length of the residuals along the option's features, weighted as a smooth or stepwise
    effect would be (a score test of a variance component). The p-values come from a Pearson type III distribution with
    the moments of all exchanges; comparable between options, they are not what is reported.
    """
    parts = [stratum.centred(features(axis, x)) for axis, x in zip(stratum.axes, stratum.inputs.T, strict=True)]
    links = _links(stratum, parts, rng)
    return np.vstack([_p_values(stratum, parts, j, links[j], orders, rng) for j in range(len(parts))])


def features(axis: Axis, places: Array) -> Array:
    """Return columns whose inner products are the covariances of the main effect, (rows, features), smoothest last."""
    known = np.unique(places)
    basis = known if len(known) <= len(axis.places) else np.asarray(axis.places)
    values, vectors = np.linalg.eigh(axis.kernel(basis, basis))
    kept = values > 1e-6 * max(float(values.max()), 1e-300)
    return np.asarray(axis.kernel(places, basis) @ vectors[:, kept] / np.sqrt(values[kept]))


def residuals(stratum: Stratum, option: int, rng: np.random.Generator) -> Array:
    """Return what a surface over all options but one leaves of the scores, (units,)."""
    others = [j for j in range(len(stratum.axes)) if j != option]
    if not others:
        return stratum.scores
    axes, inputs, n = [stratum.axes[j] for j in others], stratum.inputs[:, others], len(stratum.scores)
    some = np.arange(n) if n <= _SURFACE_ROWS else np.sort(rng.choice(n, _SURFACE_ROWS, replace=False))
    surface = fit(axes, inputs[some], stratum.scores[some], steps=_STEPS)
    return np.asarray(stratum.scores - surface.through(inputs, stratum.scores).mean(inputs))


def _p_values(
    stratum: Stratum, parts: list[Array], option: int, linked: list[int], orders: npt.NDArray[np.int64],
    rng: np.random.Generator,
) -> Array:  # fmt: skip
    nuisance = _orthonormal(np.hstack([_leading(parts[j]) for j in linked])) if linked else np.empty((len(orders), 0))
    own = _free_of(parts[option], nuisance)
    left = _free_of(stratum.centred(residuals(stratum, option, rng)[:, None]), nuisance)[:, 0]
    if np.linalg.norm(own) < _NEGLIGIBLE * np.linalg.norm(parts[option]) or np.linalg.norm(left) < 1e-12:
        return np.ones(1 + orders.shape[1])  # nothing to tell it apart by
    exchanged = np.column_stack([left, left[orders]])
    size = (left**2).sum() - ((nuisance.T @ exchanged) ** 2).sum(axis=0)
    return _pearson(((own.T @ exchanged) ** 2).sum(axis=0) / size)


def _links(stratum: Stratum, parts: list[Array], rng: np.random.Generator) -> list[list[int]]:
    """Return for each option the others whose values go together with its own, however."""
    orders = stratum.orders(rng, _LINK_PERMUTATIONS)
    parts = [_orthonormal(_leading(part)) for part in parts]
    links: list[list[int]] = [[] for _ in parts]
    for a in range(len(parts)):
        moved = np.concatenate([parts[a][None], parts[a][orders.T]])
        for b in range(a + 1, len(parts)):
            alike = (np.einsum("pui,uj->pij", moved, parts[b], optimize=True) ** 2).sum(axis=(1, 2))
            if _pearson(alike)[0] < _LINKED:
                links[a].append(b)
                links[b].append(a)
    return links


def _leading(part: Array) -> Array:
    """Return as many features as the rows can estimate, the smoothest ones."""
    return part[:, -max(1, len(part) // _ROWS_PER_FEATURE) :]


def _pearson(statistics: Array) -> Array:
    """Return upper tail probabilities under a Pearson type III distribution with the moments of all but the first."""
    exchanged = statistics[1:]  # the observed one, far out, would make itself look usual
    deviation = float(exchanged.std())
    if deviation <= 1e-12 * max(float(np.abs(statistics).max()), 1e-300):
        return np.ones(len(statistics))
    standard = (statistics - exchanged.mean()) / deviation
    shape = 4 / max(float((standard[1:] ** 3).mean()), _LEAST_SKEW) ** 2
    return np.asarray(gamma.sf(np.maximum(shape + standard * np.sqrt(shape), 0.0), shape))


def _orthonormal(columns: Array) -> Array:
    left, singular, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, singular > _NEGLIGIBLE * max(float(singular[0]), 1e-300)])


def _free_of(columns: Array, nuisance: Array) -> Array:
    return np.asarray(columns - nuisance @ (nuisance.T @ columns))
