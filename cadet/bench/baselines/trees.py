"""A decision tree and a random forest on the options, and permutation importance.

Classification and regression trees: Breiman, Friedman, Olshen, Stone 1984. Random forests and the permutation
importance of a variable: Breiman, Machine Learning 45, 2001.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.tree import DecisionTreeRegressor

from cadet.bench.baselines.baseline import Baseline
from cadet.bench.baselines.modelled import Model, find_with
from cadet.bench.baselines.seen import Floats

TREES = 100
_SHUFFLES = 5  # of every column
_LEAF = 2  # rows in a leaf of the single tree: one would believe every shocked run


@dataclass(frozen=True)
class Tree:
    """A fitted tree; it predicts without doubt."""

    fitted: DecisionTreeRegressor

    @property
    def importance(self) -> Floats:
        """The reduction of variance by each column."""
        return np.asarray(self.fitted.feature_importances_)

    def predict(self, places: Floats) -> tuple[Floats, Floats]:
        """Return the means of the leaves, and whether they meet the goals."""
        predicted = np.asarray(self.fitted.predict(places))
        return predicted, (predicted <= 0).astype(float)


@dataclass(frozen=True)
class Forest:
    """A fitted forest; the share of trees that predict it is the probability that the goals are met."""

    fitted: RandomForestRegressor
    importance: Floats

    def predict(self, places: Floats) -> tuple[Floats, Floats]:
        """Return the mean of the trees' predictions, and the share of trees that predict at most 0."""
        if not len(places):
            return np.zeros(0), np.zeros(0)
        single = places.astype(np.float32)  # what the trees work on; checked once, not once for each tree
        each = np.stack([tree.tree_.predict(single)[:, 0] for tree in self.fitted.estimators_])
        return np.asarray(each.mean(axis=0)), np.asarray((each <= 0).mean(axis=0))


def tree(places: Floats, shortfall: Floats, rng: np.random.Generator) -> Model:
    """Fit a regression tree."""
    seed = int(rng.integers(2**31))
    return Tree(DecisionTreeRegressor(min_samples_leaf=_LEAF, random_state=seed).fit(places, shortfall))


def forest(places: Floats, shortfall: Floats, rng: np.random.Generator) -> Model:
    """Fit a forest of 100 trees that each see a third of the columns at a split, with permutation importance."""
    seed = int(rng.integers(2**31))
    fitted = RandomForestRegressor(TREES, max_features=1 / 3, n_jobs=1, random_state=seed).fit(places, shortfall)
    unweighed = Forest(fitted, np.zeros(places.shape[1]))
    return Forest(fitted, permutation_importance(unweighed, places, shortfall, rng))


def permutation_importance(model: Model, places: Floats, shortfall: Floats, rng: np.random.Generator) -> Floats:
    """Return (columns,) by how much the mean squared error grows when a column is shuffled, averaged over shuffles."""
    rows, columns = places.shape
    shuffled = np.tile(places, (_SHUFFLES * columns, 1, 1))
    for i in range(len(shuffled)):
        shuffled[i, :, i % columns] = rng.permutation(shuffled[i, :, i % columns])
    predicted = model.predict(shuffled.reshape(-1, columns))[0].reshape(_SHUFFLES, columns, rows)
    error = ((predicted - shortfall) ** 2).mean(axis=2).mean(axis=0)
    return np.asarray(error - ((model.predict(places)[0] - shortfall) ** 2).mean())


tree_strategy = Baseline(partial(find_with, tree))
forest_strategy = Baseline(partial(find_with, forest))
