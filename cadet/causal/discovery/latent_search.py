"""How simple a hidden variable can be that makes two observed ones independent: LatentSearch, many pairs at once.

Kocaoglu, Shakkottai, Dimakis, Caramanis & Vishwanath (2020), Applications of common entropy for causal inference,
algorithm 1. Entropies are in bits.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

INDEPENDENT = 1e-3  # bits of I(X; Y | Z) below which Z counts as explaining the dependence
PRICES = (0.01, 0.03, 0.1)  # β, what a bit of H(Z) costs in bits of I(X; Y | Z)
ITERATIONS = 400  # slow convergence, not local minima, is what keeps the search from low entropies
_TINY = 1e-12

Floats = npt.NDArray[np.float64]


def common_entropy(joint: Floats, rng: np.random.Generator) -> Floats:
    """Return (pairs,) the least H(Z) found with I(X; Y | Z) below INDEPENDENT; at most min(H(X), H(Y)).

    joint: (pairs, levels of X, levels of Y), each summing to 1; unused levels have probability 0. Z has as many states
    as X or Y, the smaller. An upper bound of the common entropy, as the search ends in local minima.
    """
    states = min(joint.shape[1:])
    latent = rng.random((len(joint), len(PRICES), states, *joint.shape[1:]))
    latent /= latent.sum(axis=2, keepdims=True)
    price = np.asarray(PRICES)[:, None, None, None]
    weights = joint[:, None, None]
    for _ in range(ITERATIONS):
        latent = _step(weights, latent, price)
    weighted = weights * latent
    of_z = entropy(weighted.sum(axis=(-2, -1)))
    found = np.where(_conditional_information(weighted) <= INDEPENDENT, of_z, np.inf).min(axis=1)
    marginal = np.minimum(entropy(joint.sum(axis=2)), entropy(joint.sum(axis=1)))
    return np.asarray(np.minimum(found, marginal))


def entropy(probabilities: Floats) -> Floats:
    """Return the entropy along the last axis, in bits."""
    logs = np.log2(np.where(probabilities > 0, probabilities, 1.0))
    return np.asarray(0.0 - (probabilities * logs).sum(axis=-1))


def _step(weights: Floats, latent: Floats, price: Floats) -> Floats:
    """q(z|x,y) becomes proportional to q(z|x) q(z|y) / q(z)^(1-β), where I(X; Y | Z) + β H(Z) is stationary."""
    weighted = weights * latent
    given_x = weighted.sum(axis=-1, keepdims=True) / (weights.sum(axis=-1, keepdims=True) + _TINY)
    given_y = weighted.sum(axis=-2, keepdims=True) / (weights.sum(axis=-2, keepdims=True) + _TINY)
    of_z = weighted.sum(axis=(-2, -1), keepdims=True) + _TINY
    new = given_x * given_y * of_z ** (price - 1) + _TINY**2
    return np.asarray(new / new.sum(axis=2, keepdims=True))


def _conditional_information(weighted: Floats) -> Floats:
    """Return I(X; Y | Z) of (..., z, x, y) probabilities, in bits."""
    of_z = entropy(weighted.sum(axis=(-2, -1)))
    with_x = entropy(_flat(weighted.sum(axis=-1), 2))
    with_y = entropy(_flat(weighted.sum(axis=-2), 2))
    return np.asarray(with_x + with_y - of_z - entropy(_flat(weighted, 3)))


def _flat(array: Floats, axes: int) -> Floats:
    return array.reshape(*array.shape[:-axes], -1)
