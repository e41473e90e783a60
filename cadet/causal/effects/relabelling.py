"""Is an outcome the same in two randomised studies, at equal settings? A test by exchanging which study a row is from.

Where both studies drew their settings at random from the same space, nothing but a change of the outcome tells from
which study a row is. So the labels of the studies are exchanged between all rows; settings, outcomes and the surface
over the settings, which is fitted without the labels, stay as they are. The test keeps its level however wrong the
surface is: interactions that it smooths and noise that hangs on the settings stay with their rows (a randomisation
test; Lehmann & Romano 2005, 15.2), which residuals that are exchanged do not. The statistics are those of
`invariance`, the smallest p-value over the parts compared with its own distribution (Westfall & Young 1993).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import f as f_distribution

from cadet.causal.effects.axis import Array
from cadet.causal.effects.conditional import features
from cadet.causal.effects.invariance import (
    LEAST,
    LEVEL_PART,
    MOST_FEATURES,
    PERMUTATIONS,
    ROWS_PER_FEATURE,
    ROWS_PER_RESPONSE,
    STEPS,
    SURFACE_ROWS,
    Invariance,
    Mask,
    adjusted,
    free_of,
    orthonormal,
    shift,
    untested,
)
from cadet.causal.effects.mechanisms import Table
from cadet.causal.effects.surface import Surface, fit
from cadet.model.effect import Estimate

_RIDGE = 1e-10  # of the trace: parts that cannot be told from what is taken have a statistic near zero


def relabelled(
    data: Table, node: str, settings: Sequence[str], second: Mask, rng: np.random.Generator,
    *, permutations: int = PERMUTATIONS,
) -> Invariance:  # fmt: skip
    """Test whether `node` follows from the settings in the same way in the rows of `second` (rows,) as in the others.

    shift: the mean of the second study less that of the first, at equal settings.
    """
    known = np.flatnonzero(np.isfinite(data.values(node)))
    counts = int((~second[known]).sum()), int(second[known].sum())
    if min(counts) < LEAST:
        return untested(f"{node} has {counts[0]} and {counts[1]} configurations; {LEAST} in each are needed")
    rows = rng.permutation(known)[:SURFACE_ROWS]  # in an order that does not know the studies: it matters to `whitened`
    outcome, places = data.values(node)[rows], data.positions(settings)[rows]
    if np.ptp(outcome) == 0:
        return Invariance(1.0, {}, Estimate(0.0, 0.0, 0.0))
    surface = fit([data.axes[name] for name in settings], places, outcome, steps=STEPS)
    n, each = len(rows), len(rows) // ROWS_PER_FEATURE // (2 * len(settings) + 1)
    taken = orthonormal(surface.whitened(np.hstack([np.ones((n, 1)), *_blocks(surface, max(each, 1))])))
    left = free_of(surface.whitened(outcome[:, None]), taken)[:, 0]
    labels = second[rows].astype(float) - second[rows].mean()
    orders = rng.permuted(np.tile(labels, (permutations, 1)), axis=1)
    contrasts = np.column_stack([labels, orders.T])[:, :, None]
    levels = _freed(surface, contrasts, taken)
    levels /= np.linalg.norm(levels, axis=0)
    parts = {LEVEL_PART: levels}
    for name, block in zip(settings, _blocks(surface, n // ROWS_PER_RESPONSE), strict=True):
        part = _freed(surface, contrasts * block[:, None, :], taken)
        parts[name] = part - levels * np.einsum("npl,npk->pk", levels, part)
    p_values = adjusted(np.vstack([_nominal(part, left, taken.shape[1]) for part in parts.values()]))
    size = shift(levels[:, 0, 0], surface.whitened(labels[:, None])[:, 0], left, taken)
    return Invariance(float(p_values.min()), dict(zip(parts, p_values.tolist(), strict=True)), size)


def _blocks(surface: Surface, most: int) -> list[Array]:
    """Return the smoothest features of each setting, at most `most`, (rows, features)."""
    return [
        features(axis, places)[:, ::-1][:, : min(most, MOST_FEATURES)]
        for axis, places in zip(surface.axes, surface.inputs.T, strict=True)
    ]


def _freed(surface: Surface, columns: Array, taken: Array) -> Array:
    """Return columns (rows, orders, features), whitened and free of what is taken, (rows, taken)."""
    rows = len(columns)
    return free_of(surface.whitened(columns.reshape(rows, -1)), taken).reshape(columns.shape)


def _nominal(part: Array, left: Array, nuisance: int) -> Array:
    """Return the p-value of a robust Wald test of the part (rows, orders, features) for every order of the labels."""
    rows, _, size = part.shape
    gram = _ridged(np.einsum("npi,npj->pij", part, part, optimize=True))
    along = np.einsum("npi,n->pi", part, left, optimize=True)[:, :, None]
    fitted = np.einsum("npi,pi->np", part, np.linalg.solve(gram, along)[:, :, 0], optimize=True)
    rest = (left[:, None] - fitted) ** 2
    covariance = _ridged(np.einsum("npi,npj,np->pij", part, part, rest, optimize=True))
    freedom = max(rows - nuisance - size, 1)
    wald = np.sum(along * np.linalg.solve(covariance, along), axis=(1, 2)) / size * freedom / rows
    return np.asarray(f_distribution.sf(wald, size, freedom))


def _ridged(matrices: Array) -> Array:
    size = np.trace(matrices, axis1=1, axis2=2)[:, None, None]
    return np.asarray(matrices + (_RIDGE * size + 1e-300) * np.eye(matrices.shape[1]))
