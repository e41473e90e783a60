"""How many independent rows there are: repetitions are averaged, crossed designs counted in plots.

Repetitions of a configuration share its options, so they are one row. In a crossed design (58 hardware settings times
8 kernel settings; 25 configurations at 2 loads) the rows of one *plot* share the uncrossed settings, and with them
whatever a test does not explain of these (the split plots of Fisher). So n rows are worth n / (1 + (m - 1) ρx ρy) for a
test of x and y, m rows to a plot and ρ the intraclass correlations of their residuals (Moulton 1986).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from cadet.causal.independence.encoding import positions
from cadet.model.dataset import Dataset, Role

CROSSED = 1.1  # an option is crossed when its levels times the settings of the others exceed the settings seen by less

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Plots:
    """The (rows,) label of each row's plot, from 0."""

    label: Labels

    def __len__(self) -> int:
        return int(self.label.max()) + 1

    @cached_property
    def shared(self) -> float:
        """How many rows share a plot, itself included, on average over rows."""
        sizes = np.bincount(self.label)
        return float((sizes**2).sum() / sizes.sum())

    def of(self, chosen: npt.NDArray[np.bool_]) -> Plots:
        """Return the plots of some rows."""
        return Plots(np.unique(self.label[chosen], return_inverse=True)[1])


@dataclass(frozen=True)
class Rows:
    """One row per configuration and context level.

    places: by variable, (rows,) its values as numbers, observed variables as averaged ranks, NaN where missing.
    configuration: (rows,) label. plots: how rows share settings, None when every row is its own plot.
    """

    places: Mapping[str, Floats]
    configuration: Labels
    plots: Plots | None

    def __len__(self) -> int:
        return len(self.configuration)

    @property
    def units(self) -> Labels:
        """The (rows,) label of what may be resampled: the plot, else the configuration."""
        return self.configuration if self.plots is None else self.plots.label

    def of(self, units: Labels) -> Rows:
        """Return the rows of some units."""
        chosen = np.isin(self.units, units)
        places = {name: place[chosen] for name, place in self.places.items()}
        return Rows(places, self.configuration[chosen], None if self.plots is None else self.plots.of(chosen))


def averaged(dataset: Dataset) -> Rows:
    """Average the repetitions of each configuration and context level.

    Observed variables are averaged as ranks over all runs, so one wild repetition of a counter does not decide.
    """
    context = [dataset.frame[name] for name in dataset.names(Role.CONTEXT)]
    groups, first = _groups([dataset.configuration, *context])
    places = {v.name: positions(dataset.frame[v.name], v) for v in dataset.variables}
    settings = dataset.names(Role.OPTION, Role.CONTEXT)
    observed = dataset.names(Role.EVENT, Role.OBJECTIVE)
    rows = {name: places[name][first] for name in settings} | {
        name: _mean_rank(places[name], groups) for name in observed
    }
    return Rows(rows, dataset.configuration[first], plots({name: rows[name] for name in settings}))


def one_per_plot(rows: Rows) -> Rows:
    """Return one row of each plot, drawn with a fixed seed: independent rows for a test that knows no plots."""
    if rows.plots is None:
        return rows
    rng = np.random.default_rng(0)
    order = rng.permutation(len(rows))
    chosen = np.sort(order[np.unique(rows.plots.label[order], return_index=True)[1]])
    return Rows({name: place[chosen] for name, place in rows.places.items()}, rows.configuration[chosen], None)


def plots(settings: Mapping[str, Floats]) -> Plots | None:
    """Find the plots: rows that agree in every setting that is not crossed with all the others.

    None when nothing is crossed, and when everything is: a complete grid is balanced.
    """
    columns = {name: _codes(settings[name]) for name in sorted(settings)}
    distinct = _number(reduce(_joined, columns.values())) if columns else 0
    others = _without_each(list(columns.values()))
    within = [name for (name, column), n in zip(columns.items(), others, strict=True)
              if _number(column) * n > CROSSED * distinct]  # fmt: skip
    if not within or len(within) == len(columns):
        return None
    return Plots(_groups([columns[n] for n in within])[0])


def _mean_rank(values: Floats, groups: Labels) -> Floats:
    ranks = pd.Series(np.asarray(rankdata(values, nan_policy="omit"), dtype=float))
    return ranks.groupby(groups).mean().to_numpy()


def _without_each(columns: Sequence[Labels]) -> list[int]:
    """Return, for each column, how many combinations of values the others take together."""
    if not columns:
        return []
    nothing = np.zeros(len(columns[0]), dtype=np.int64)
    before = accumulate(columns[:-1], _joined, initial=nothing)
    behind = list(accumulate(reversed(columns[1:]), _joined, initial=nothing))
    return [_number(_joined(a, b)) for a, b in zip(before, reversed(behind), strict=True)]


def _joined(a: Labels, b: Labels) -> Labels:
    """Label the rows by two labels together."""
    return np.asarray(np.unique(a * _number(b) + b, return_inverse=True)[1], dtype=np.int64)


def _number(labels: Labels) -> int:
    return int(labels.max()) + 1


def _groups(columns: Sequence[npt.ArrayLike]) -> tuple[Labels, Labels]:
    """Label the rows by their combination of values, in order of appearance; also the first row of each."""
    codes = np.column_stack([_codes(column) for column in columns])
    first, labels = np.unique(codes, axis=0, return_index=True, return_inverse=True)[1:]
    order = np.argsort(np.argsort(first))
    labels = order[labels.reshape(-1)].astype(np.int64)
    return labels, np.unique(labels, return_index=True)[1]


def _codes(column: npt.ArrayLike) -> Labels:
    return np.asarray(pd.factorize(np.asarray(column), use_na_sentinel=False)[0], dtype=np.int64)
