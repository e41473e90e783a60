"""Is a mechanism the same in two studies? A test of its level, and of its response to each parent, given the parents.

The two studies are put into one table. If the mechanism is the same, what a surface over the parents leaves of the
variable does not know which study it is from (invariance; Peters, Bühlmann & Meinshausen 2016; the study as a context
variable: Mooij, Magliacane & Claassen 2020). Parts of a change are tested one by one: a shift at equal parents, and a
response to each parent that differs between the studies. They are estimated by generalised least squares, the
covariance being that of a surface over the parents; the residuals are exchanged between all rows (Freedman & Lane
1983). The statistics are studentised, so that more noise, or fewer repetitions, in one of the studies is no change
(Janssen 1997; Chung & Romano 2013). The smallest p-value over the parts is compared with its own distribution
(Westfall & Young 1993).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import f as f_distribution
from scipy.stats import t as t_distribution

from cadet.causal.effects.axis import Array, Axis
from cadet.causal.effects.conditional import features
from cadet.causal.effects.mechanisms import Table
from cadet.causal.effects.surface import Surface, fit
from cadet.model.effect import Estimate

LEVEL_PART = "level"  # the name of the shift among the parts
LEAST = 8  # configurations of each study
PERMUTATIONS = 999
SURFACE_ROWS = 300
STEPS = 40
MOST_FEATURES = 3  # of a parent, at most
ROWS_PER_FEATURE = 4
ROWS_PER_RESPONSE = 16
_BOTH = 0.1  # less than this share of the difference between the studies left, given the parents: not to be told apart
_NEGLIGIBLE = 1e-3  # of a feature of size one, left after freeing it of others

_STUDY = Axis("study", (0.0, 1.0), unordered=True)

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Invariance:
    """The p-value of "the mechanism is the same", that of each part, and the shift on the mechanism's scale.

    parts: by `level` or the name of a parent, adjusted for their number. p_value None: not tested, for the `reason`.
    """

    p_value: float | None
    parts: Mapping[str, float]
    shift: Estimate
    reason: str = ""


def invariance(
    data: Table, node: str, parents: Sequence[str], second: Mask, rng: np.random.Generator,
    *, settings: Sequence[str] = (), permutations: int = PERMUTATIONS,
) -> Invariance:  # fmt: skip
    """Test whether `node` follows from `parents` in the same way in the rows of `second` (rows,) as in the others.

    settings: further variables that nothing causes. They explain the node where the graph misses an edge: one whose
    effect turned round between the studies has none on average. shift: the mean of the second study less that of the
    first, at equal parents.
    """
    known = np.isfinite(data.values(node))
    after = second[known]
    counts = int((~after).sum()), int(after.sum())
    if min(counts) < LEAST:
        return untested(f"{node} has {counts[0]} and {counts[1]} configurations; {LEAST} in each are needed")
    if np.ptp(data.values(node)[known]) == 0:
        return Invariance(1.0, {}, Estimate(0.0, 0.0, 0.0))
    inputs = [*parents, *(name for name in settings if name not in parents)]
    rows = _rows(data, node, inputs, known, after, rng)
    if 2 * (len(parents) + 1) > len(rows.outcome):
        return untested(f"{sum(counts)} configurations do not support {len(parents)} parents of {node}")
    each = len(rows.outcome) // ROWS_PER_FEATURE // (2 * len(parents) + 1)
    one = np.ones((len(rows.outcome), 1))
    nuisance = orthonormal(rows.whitened(np.hstack([one, *_blocks(rows, len(parents), max(each, 1))])))
    contrast = rows.whitened(rows.contrast[:, None])
    level = free_of(contrast, nuisance)
    if np.sum(level**2) < _BOTH * np.sum(contrast**2):
        return untested(f"the parents of {node} alone tell the two studies apart")
    level = level / np.linalg.norm(level)
    left = free_of(rows.whitened(rows.outcome[:, None]), nuisance)
    parts = {LEVEL_PART: level, **_responses(rows, inputs, np.hstack([nuisance, level]))}
    orders = rng.permuted(np.tile(np.arange(len(left)), (permutations, 1)), axis=1).T
    exchanged = free_of(np.hstack([left, left[orders, 0]]), nuisance)
    p_values = adjusted(np.vstack([_nominal(part, exchanged, nuisance.shape[1]) for part in parts.values()]))
    size = shift(level[:, 0], contrast[:, 0], left[:, 0], nuisance)
    return Invariance(float(p_values.min()), dict(zip(parts, p_values.tolist(), strict=True)), size)


@dataclass(frozen=True)
class _Rows:
    """Configurations of both studies: inputs, outcome, and 1 for the second study, centred, (rows,).

    surface: over these inputs and the study; `whitened` leaves the study out, so that a shift is no covariance.
    """

    axes: tuple[Axis, ...]
    inputs: Array
    outcome: Array
    contrast: Array
    surface: Surface

    def whitened(self, columns: Array) -> Array:
        """Return columns in coordinates in which the outcome's errors are independent (generalised least squares)."""
        return self.surface.whitened(columns, without=len(self.axes))


def _rows(data: Table, node: str, names: Sequence[str], known: Mask, after: Mask, rng: np.random.Generator) -> _Rows:
    n = len(after)
    some = np.arange(n) if n <= SURFACE_ROWS else np.sort(rng.choice(n, SURFACE_ROWS, replace=False))
    axes = tuple(data.axes[name] for name in names)
    inputs, outcome = data.positions(names)[known][some], data.values(node)[known][some]
    which = after[some].astype(float)
    surface = fit((*axes, _STUDY), np.column_stack([inputs, which]), outcome, steps=STEPS)
    return _Rows(axes, inputs, outcome, which - which.mean(), surface)


def untested(reason: str) -> Invariance:
    """Return that nothing was tested, and why."""
    return Invariance(None, {}, Estimate(None, reason=reason), reason)


def _blocks(rows: _Rows, parents: int, most: int) -> list[Array]:
    """Return the smoothest features of each parent, at most `most`; the parents are the first inputs."""
    places = zip(rows.axes[:parents], rows.inputs.T[:parents], strict=True)
    return [features(axis, x)[:, ::-1][:, : min(most, MOST_FEATURES)] for axis, x in places]


def _responses(rows: _Rows, names: Sequence[str], taken: Array) -> dict[str, Array]:
    """Return for each input how a response that differs between the studies shows, free of `taken`; (rows, features).

    An input whose response cannot be told from what is taken is not among them.
    """
    most = len(rows.outcome) // ROWS_PER_RESPONSE
    blocks = zip(names, _blocks(rows, len(names), most), strict=True)
    found = {name: orthonormal(free_of(rows.whitened(rows.contrast[:, None] * block), taken)) for name, block in blocks}
    return {name: part for name, part in found.items() if part.shape[1]}


def _nominal(part: Array, residuals: Array, nuisance: int) -> Array:
    """Return the p-value of a robust Wald test of the part, (columns,), for every column of the residuals."""
    rows, size = part.shape
    along = part.T @ residuals
    rest = (residuals - part @ along) ** 2
    covariance = np.einsum("ni,nj,np->pij", part, part, rest, optimize=True)
    covariance += 1e-12 * np.trace(covariance, axis1=1, axis2=2)[:, None, None] * np.eye(size) + 1e-300 * np.eye(size)
    solved = np.linalg.solve(covariance, along.T[:, :, None])[:, :, 0]
    freedom = max(rows - nuisance - size, 1)
    wald = np.einsum("pi,pi->p", along.T, solved) / size * freedom / rows
    return np.asarray(f_distribution.sf(wald, size, freedom))


def adjusted(nominal: Array) -> Array:
    """Return p-values (parts,) adjusted by the smallest of all parts, from (parts, 1 + orders), the observed first."""
    smallest = nominal[:, 1:].min(axis=0)
    return np.asarray([(1 + np.sum(smallest <= p + 1e-12)) / nominal.shape[1] for p in nominal[:, 0]])


def shift(direction: Array, contrast: Array, left: Array, nuisance: Array) -> Estimate:
    """Return the shift with a heteroscedasticity-consistent interval (HC3; MacKinnon & White 1985)."""
    reach = float(direction @ contrast)  # how far the contrast itself goes along its free direction
    along = float(direction @ left)
    leverage = np.clip(np.sum(nuisance**2, axis=1) + direction**2, 0.0, 0.99)
    rest = (left - direction * along) / (1 - leverage)
    error = float(np.sqrt(np.sum((direction * rest) ** 2)))
    freedom = len(left) - nuisance.shape[1] - 1
    half = float(t_distribution.ppf(0.975, freedom)) * error
    ends = sorted(((along - half) / reach, (along + half) / reach))
    return Estimate(along / reach, ends[0], ends[1])


def orthonormal(columns: Array) -> Array:
    """Return an orthonormal basis of what the columns span, but for what is negligible."""
    if columns.shape[1] == 0:
        return columns
    left, singular, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, singular > _NEGLIGIBLE * np.sqrt(len(columns))])


def free_of(columns: Array, nuisance: Array) -> Array:
    """Return the columns less their projection on an orthonormal nuisance."""
    return np.asarray(columns - nuisance @ (nuisance.T @ columns))
