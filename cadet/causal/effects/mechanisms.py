"""Mechanisms: how a variable follows from its direct causes, in the form that predicts best.

All quantities are the means of one configuration's repetitions, on the log scale where they are positive. Forms are
compared by cross-validation that keeps the rows of one configuration together; where none beats the mean, the mechanism
is the mean and says so (`r2` at most 0), so that nothing downstream pretends to know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from cadet.causal.effects.axis import Array, Axis, observed_axis, setting_axis
from cadet.causal.effects.surface import Surface
from cadet.causal.effects.surface import fit as fit_surface
from cadet.errors import TableError
from cadet.model.dataset import Dataset, Role

FOLDS = 5
_LEAST_ROWS = 8  # below it nothing but the mean can be cross-validated
_SURFACE_ROWS = 300
_BOOSTING_ROWS = 120  # trees need more rows than that to beat a line
_PENALTIES = tuple(10.0**k for k in range(-2, 4))

Predictor = Callable[[Array], Array]
Fitter = Callable[[Sequence[Axis], Array, Array], Predictor]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Table:
    """One row per configuration and context level: settings as they are, the rest averaged over repetitions.

    frame: (rows, variables), positive quantities as logarithms. deviations: (runs, quantities) from the mean of the
    configuration; freedom: runs less configurations. repetitions, configuration: (rows,).
    """

    frame: pd.DataFrame
    axes: Mapping[str, Axis]
    logarithmic: frozenset[str]
    deviations: pd.DataFrame
    freedom: int
    repetitions: Rows
    configuration: Rows

    def positions(self, names: Sequence[str]) -> Array:
        """Return the places of the named columns, (rows, names)."""
        columns = [self._placed[name] for name in names]
        return np.column_stack(columns) if columns else np.empty((len(self.frame), 0))

    def values(self, name: str) -> Array:
        """Return a quantity on its scale, (rows,)."""
        return self.frame[name].to_numpy(dtype=float)

    def transient(self, name: str, parents: Sequence[str]) -> float | None:
        """Return the variance of one repetition that its events do not hand on; None where nothing was repeated."""
        if self.freedom < 1:
            return None
        own = self.deviations[name].to_numpy(dtype=float)
        events = self.deviations[[p for p in parents if p in self.deviations]].to_numpy(dtype=float)
        freedom = self.freedom - events.shape[1]
        if events.shape[1] == 0 or freedom < 1:
            return float(own @ own) / self.freedom
        rest = own - events @ np.linalg.lstsq(events, own, rcond=None)[0]
        return float(rest @ rest) / freedom

    def where(self, settings: Mapping[str, object]) -> int | None:
        """Return the row with these settings, None when there is none."""
        same = np.ones(len(self.frame), dtype=bool)
        for name, axis in self.axes.items():
            if axis.domain is not None and name in settings:
                same &= self._placed[name] == axis.place([settings[name]])[0]
        return int(np.flatnonzero(same)[0]) if same.any() else None

    @cached_property
    def _placed(self) -> dict[str, Array]:
        return {name: axis.place(self.frame[name]) for name, axis in self.axes.items()}


@dataclass(frozen=True)
class Mechanism:
    """`node` as a function of `parents`. `error` is the mean squared cross-validated error; `r2` is what it leaves.

    held_out: the cross-validated errors themselves, (rows,), none where there was nothing to validate. `surface` keeps
    the importances of a Gaussian process, so that a resample need not learn them again.
    """

    node: str
    parents: tuple[str, ...]
    form: str
    r2: float
    error: float
    surface: Surface | None = None
    held_out: tuple[float, ...] = ()

    def errors(self, count: int, rng: np.random.Generator) -> Array:
        """Draw errors for configurations that were not seen, with the tails that cross-validation showed."""
        if not self.held_out:
            return np.asarray(np.sqrt(self.error) * rng.standard_normal(count))
        # the sign is drawn too: a few errors do not show which way the next one goes
        return np.asarray(rng.choice(self.held_out, count) * rng.choice([-1.0, 1.0], count))

    def around(self, table: Table, rows: Rows) -> Surface | None:
        """Return the surface through some rows of the table, None for other forms."""
        if self.surface is None:
            return None
        known = rows[np.isfinite(table.values(self.node)[rows])]
        return self.surface.through(table.positions(self.parents)[known], table.values(self.node)[known])

    def refit(self, table: Table, rows: Rows) -> Predictor:
        """Return the mechanism fitted on some rows of the table, as a function of the parents' places."""
        known = rows[np.isfinite(table.values(self.node)[rows])]
        axes = [table.axes[name] for name in self.parents]
        inputs, outcome = table.positions(self.parents)[known], table.values(self.node)[known]
        if self.surface is not None:
            return self.surface.through(inputs, outcome).mean
        return _FORMS[self.form](axes, inputs, outcome)


def table(dataset: Dataset) -> Table:
    """Average the repetitions of each configuration and context level."""
    settings = [n for n in sorted(dataset.names(Role.OPTION, Role.CONTEXT)) if dataset.frame[n].nunique() > 1]
    quantities = sorted(dataset.names(Role.EVENT, Role.OBJECTIVE))
    context = [dataset.frame[name].astype(str) for name in sorted(dataset.names(Role.CONTEXT))]
    keys = [pd.Series(dataset.configuration, index=dataset.frame.index), *context]
    label = pd.Series(list(zip(*keys, strict=True))).factorize(sort=True)[0]
    numbers = dataset.frame[quantities].astype(float).reset_index(drop=True)
    logarithmic = frozenset(n for n in quantities if numbers[n].min() > 0)
    logs = numbers.assign(**{name: np.log(numbers[name]) for name in logarithmic})
    means = numbers.groupby(label).mean()
    means = means.assign(**{name: np.log(means[name]) for name in logarithmic})
    first = np.unique(label, return_index=True)[1]
    frame = pd.concat(
        [dataset.frame[settings].iloc[first].reset_index(drop=True), means.reset_index(drop=True)], axis=1
    )
    for name in dataset.names(Role.EVENT):
        frame[name] = frame[name].fillna(frame[name].median())
    axes = {name: setting_axis(dataset.by_name[name]) for name in settings}
    axes |= {name: observed_axis(name, frame[name].to_numpy(dtype=float)) for name in dataset.names(Role.EVENT)}
    return Table(
        frame, axes, logarithmic, (logs - logs.groupby(label).transform("mean")).fillna(0.0), len(label) - len(first),
        np.bincount(label).astype(np.int64), dataset.configuration[first],
    )  # fmt: skip


def mechanism(
    data: Table, node: str, parents: Sequence[str], rng: np.random.Generator, forms: Sequence[str] | None = None
) -> Mechanism:
    """Return the mechanism of `node` in the form that predicts held-out configurations best.

    Raises TableError when `node` was never observed.
    """
    rows = np.flatnonzero(np.isfinite(data.values(node)))
    if len(rows) == 0:
        raise TableError(f"{node!r} was not observed in any run")
    parents = tuple(sorted(parents))
    mean = Mechanism(node, parents, "mean", 0.0, float(np.var(data.values(node)[rows])))
    if len(rows) < _LEAST_ROWS or not parents or mean.error == 0:
        return mean
    fold = folds(data, rng)
    tried = [mean] + [_assessed(data, mean, form, fold) for form in forms or _candidates(len(rows))]
    best = min(tried, key=lambda m: m.error)
    if best.form != "gaussian process":
        return best
    thinned = _thinned(rows)
    axes = [data.axes[name] for name in parents]
    return replace(best, surface=fit_surface(axes, data.positions(parents)[thinned], data.values(node)[thinned]))


def folds(data: Table, rng: np.random.Generator) -> Rows:
    """Return a fold for every row; the rows of one configuration share it."""
    labels, index = np.unique(data.configuration, return_inverse=True)
    return np.asarray(rng.permutation(len(labels))[index] % FOLDS, dtype=np.int64)


def _assessed(data: Table, mean: Mechanism, form: str, fold: Rows) -> Mechanism:
    tried = replace(mean, form=form)
    outcome, inputs = data.values(mean.node), data.positions(mean.parents)
    error = np.full(len(outcome), np.nan)
    for k in range(FOLDS):
        held_out = fold == k
        error[held_out] = outcome[held_out] - tried.refit(data, np.flatnonzero(~held_out))(inputs[held_out])
    squared = float(np.nanmean(error**2))
    seen = tuple(error[np.isfinite(error)].tolist())
    return replace(tried, error=squared, r2=1 - squared / mean.error, held_out=seen)


def _candidates(rows: int) -> list[str]:
    return ["linear", "interactions", "gaussian process"] + (["boosting"] if rows >= _BOOSTING_ROWS else [])


def features(axes: Sequence[Axis], inputs: Array) -> list[Array]:
    """Return a block of columns per axis: a level each, or position and curvature."""
    return [
        (column[:, None] == np.asarray(axis.places)[None, 1:]).astype(float)
        if axis.unordered
        else np.column_stack([column - 0.5, (column - 0.5) ** 2])
        for axis, column in zip(axes, inputs.T, strict=True)
    ]


def _with_interactions(axes: Sequence[Axis], inputs: Array) -> Array:
    blocks = features(axes, inputs)
    pairs = [
        blocks[i][:, :, None] * blocks[j][:, None, :] for i in range(len(blocks)) for j in range(i + 1, len(blocks))
    ]
    return np.hstack(blocks + [pair.reshape(len(inputs), -1) for pair in pairs])


def _mean(_axes: Sequence[Axis], _inputs: Array, outcome: Array) -> Predictor:
    centre = float(outcome.mean())
    return lambda points: np.full(len(points), centre)


def _linear(axes: Sequence[Axis], inputs: Array, outcome: Array) -> Predictor:
    predict = _ridge(np.hstack(features(axes, inputs)), outcome)
    return lambda points: predict(np.hstack(features(axes, points)))


def _interactions(axes: Sequence[Axis], inputs: Array, outcome: Array) -> Predictor:
    predict = _ridge(_with_interactions(axes, inputs), outcome)
    return lambda points: predict(_with_interactions(axes, points))


def _ridge(features: Array, outcome: Array) -> Predictor:
    """Ridge regression, its penalty by generalised cross-validation (Golub, Heath & Wahba 1979)."""
    centre, level, n = features.mean(axis=0), float(outcome.mean()), len(outcome)
    left, singular, right = np.linalg.svd(features - centre, full_matrices=False)
    along = left.T @ (outcome - level)
    outside = float(np.sum((outcome - level) ** 2) - np.sum(along**2))

    def score(penalty: float) -> float:
        shrunk = penalty / (singular**2 + penalty)
        freedom = n - 1 - float(np.sum(1 - shrunk))
        return (outside + float(np.sum((shrunk * along) ** 2))) / max(freedom, 1e-3 * n) ** 2

    best = min(_PENALTIES, key=score)
    weights = right.T @ (singular / (singular**2 + best) * along)
    return lambda points: np.asarray(level + (points - centre) @ weights)


def _boosting(axes: Sequence[Axis], inputs: Array, outcome: Array) -> Predictor:
    from sklearn.ensemble import GradientBoostingRegressor  # takes a second to import, and few tables need it

    # no subsampling and every feature at every split: the fit is a function of the data alone
    model = GradientBoostingRegressor(n_estimators=60, max_depth=3, min_samples_leaf=3, random_state=0)
    model.fit(np.hstack(features(axes, inputs)), outcome)
    return lambda points: np.asarray(model.predict(np.hstack(features(axes, points))))


def _gaussian_process(axes: Sequence[Axis], inputs: Array, outcome: Array) -> Predictor:
    kept = _thinned(np.arange(len(outcome)))
    surface = fit_surface(axes, inputs[kept], outcome[kept])
    return surface.mean


def _thinned(rows: Rows) -> Rows:
    """A surface costs rows³: keep as many, evenly spread, as it can have."""
    return rows if len(rows) <= _SURFACE_ROWS else rows[np.linspace(0, len(rows) - 1, _SURFACE_ROWS).astype(int)]


_FORMS: dict[str, Fitter] = {
    "mean": _mean,
    "linear": _linear,
    "interactions": _interactions,
    "boosting": _boosting,
    "gaussian process": _gaussian_process,
}
