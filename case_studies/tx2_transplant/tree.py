"""What a decision tree proposes from the same measurements: python tree.py [TABLE]."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeRegressor

from cadet.device.target import load

HERE = Path(__file__).parent
LEAF = 2  # configurations in a leaf
RANDOM = ("neighbour", "design")  # what was measured before anybody searched, beside the configuration as deployed


def proposal(table: pd.DataFrame) -> Mapping[str, object]:
    """Return the changes that lead from the defaults to the fastest leaf of a regression tree (Breiman et al. 1984).

    Of the values that the leaf allows the one nearest to today's is taken, so that nothing is changed without a reason.
    """
    space = load(HERE / "target.toml").space
    places = {o.name: list(o.domain.values) for o in space.options}
    deployed = (table[list(places)] == [o.default for o in space.options]).all(axis=1)
    cells = table[table.purpose.isin(RANDOM) | deployed].groupby(list(places), as_index=False).frame.median()
    inputs = np.column_stack([[values.index(v) for v in cells[name]] for name, values in places.items()])
    tree = DecisionTreeRegressor(min_samples_leaf=LEAF, random_state=0).fit(inputs, np.log(cells.frame)).tree_
    today = [places[o.name].index(o.default) for o in space.options]
    leaf = min(
        (n for n in range(tree.node_count) if tree.children_left[n] < 0), key=lambda n: float(tree.value[n].item())
    )
    low, high = _box(tree, leaf, len(today))
    wanted = [int(np.clip(now, np.floor(low[i]) + 1, np.floor(high[i]))) for i, now in enumerate(today)]
    return {name: places[name][new] for name, new, now in zip(places, wanted, today, strict=True) if new != now}


def _box(tree: object, leaf: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what the splits above a leaf allow: low < place <= high."""
    low, high = np.full(columns, -1.0), np.full(columns, 99.0)
    node = leaf
    while node:
        (parent,) = np.flatnonzero((tree.children_left == node) | (tree.children_right == node))
        column, split = tree.feature[parent], tree.threshold[parent]
        if tree.children_left[parent] == node:
            high[column] = min(high[column], split)
        else:
            low[column] = max(low[column], split)
        node = parent
    return low, high


if __name__ == "__main__":
    found = proposal(pd.read_csv(sys.argv[1] if len(sys.argv) > 1 else HERE / "measurements.csv"))
    print(json.dumps({name: value if isinstance(value, str) else int(value) for name, value in found.items()}))
