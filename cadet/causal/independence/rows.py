"""How many independent rows there are: repetitions are averaged, crossed designs counted in plots.

Repetitions of a configuration share its options, so they are one row. In a crossed design (58 hardware settings times
8 kernel settings; 25 configurations at 2 loads) the rows that share the uncrossed settings share whatever the model
does not explain of them: such settings have as many independent values as there are *plots*, and observed variables
something in between, by their intraclass correlation (Moulton 1986; the split-plot design of Fisher).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

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
    """The (rows,) label of each row's plot, and of its treatment: what is crossed with the plots."""

    plot: Labels
    treatment: Labels

    @property
    def shared(self) -> float:
        """How many rows share a plot, itself included, on average over rows."""
        sizes = np.bincount(self.plot)
        return float((sizes**2).sum() / sizes.sum())

    def __len__(self) -> int:
        return int(self.plot.max()) + 1

    def intraclass(self, columns: Floats) -> float:
        """Return the largest intraclass correlation of (rows, k) `columns` within plots, 1 when constant there.

        What the treatment explains is taken out first: the tests that matter condition on it, and then the plots show.
        One-way analysis of variance estimator (Donner 1986); rows with NaN do not count.
        """
        return max((_intraclass(column, self.plot, self.treatment) for column in columns.T), default=0.0)


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

    def of(self, configurations: npt.NDArray[np.int64], settings: Collection[str]) -> Rows:
        """Return the rows of some configurations; `settings` are the options and context among the places."""
        chosen = np.isin(self.configuration, configurations)
        places = {name: place[chosen] for name, place in self.places.items()}
        return Rows(places, self.configuration[chosen], plots({name: places[name] for name in settings}))


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


def plots(settings: Mapping[str, Floats]) -> Plots | None:
    """Find the plots: rows that agree in every setting that is not crossed with all the others.

    None when nothing is crossed, and when everything is: a complete grid is balanced.
    """
    names = sorted(settings)
    distinct = _distinct(settings, names)

    def crossed(name: str) -> bool:
        others = _distinct(settings, [n for n in names if n != name])
        return len(np.unique(settings[name])) * others <= CROSSED * distinct

    across = [name for name in names if crossed(name)]
    within = [name for name in names if name not in across]
    if not across or not within:
        return None
    return Plots(_groups([settings[n] for n in within])[0], _groups([settings[n] for n in across])[0])


def _intraclass(column: Floats, plot: Labels, treatment: Labels) -> float:
    seen = np.isfinite(column)
    values, labels = _without(column[seen], treatment[seen]), np.unique(plot[seen], return_inverse=True)[1]
    sizes = np.bincount(labels)
    if len(sizes) < 2 or len(values) == len(sizes):
        return 1.0
    means = np.bincount(labels, values) / sizes
    within = float(((values - means[labels]) ** 2).sum() / (len(values) - len(sizes)))
    between = float((sizes * (means - values.mean()) ** 2).sum() / (len(sizes) - 1))
    typical = (len(values) - (sizes**2).sum() / len(values)) / (len(sizes) - 1)
    total = between + (typical - 1) * within
    return float(np.clip((between - within) / total, 0, 1)) if total > 1e-12 else 0.0


def _without(values: Floats, group: Labels) -> Floats:
    labels = np.unique(group, return_inverse=True)[1]
    return np.asarray(values - (np.bincount(labels, values) / np.bincount(labels))[labels])


def _mean_rank(values: Floats, groups: Labels) -> Floats:
    ranks = pd.Series(np.asarray(rankdata(values, nan_policy="omit"), dtype=float))
    return ranks.groupby(groups).mean().to_numpy()


def _distinct(settings: Mapping[str, Floats], names: list[str]) -> int:
    return int(_groups([settings[n] for n in names])[0].max()) + 1 if names else 1


def _groups(columns: Sequence[npt.ArrayLike]) -> tuple[Labels, Labels]:
    """Label the rows by their combination of values, in order of appearance; also the first row of each."""
    codes = np.column_stack([pd.factorize(np.asarray(column), use_na_sentinel=False)[0] for column in columns])
    first, labels = np.unique(codes, axis=0, return_index=True, return_inverse=True)[1:]
    order = np.argsort(np.argsort(first))
    labels = order[labels.reshape(-1)].astype(np.int64)
    return labels, np.unique(labels, return_index=True)[1]
