"""The least entropy of a noise that would make one variable a function of another and of the noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cadet.causal.discovery.latent_search import entropy

_SPENT = 1e-9

Floats = npt.NDArray[np.float64]


def exogenous_entropy(joint: Floats) -> Floats:
    """Return (pairs,) the entropy of E in Y = f(X, E), E independent of X, in bits.

    joint: (pairs, levels of X, levels of Y), each summing to 1. The minimum-entropy coupling of the conditionals
    P(Y | X = x), found greedily (Kocaoglu, Dimakis, Vishwanath & Hassibi 2017, algorithm 1), which is at most one bit
    above the minimum (Rossi 2019).
    """
    of_x = joint.sum(axis=2, keepdims=True)
    # a level of X that never occurs puts no bound on E: it copies a level that does
    used = np.take_along_axis(joint, of_x.argmax(axis=1, keepdims=True), axis=1)
    left = np.where(of_x > 0, joint / np.where(of_x > 0, of_x, 1.0), used / used.sum(axis=2, keepdims=True))
    masses = []
    for _ in range(joint.shape[1] * joint.shape[2]):
        at = left.argmax(axis=2)[:, :, None]
        mass = np.take_along_axis(left, at, axis=2).min(axis=1, keepdims=True)
        if mass.max() < _SPENT:
            break
        np.put_along_axis(left, at, np.take_along_axis(left, at, axis=2) - mass, axis=2)
        masses.append(mass[:, 0, 0])
    return entropy(np.stack(masses, axis=1))
