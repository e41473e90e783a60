"""The entropic criterion of the CADET paper: a hidden common cause where a simple one would do, else the direction.

Krishna et al. (2020), after Kocaoglu et al. (2017, 2020). On continuous counters it is a guess, and resolved marks
say so: docs/decisions/0007-entropic-criterion.md has its error rates.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from cadet.causal.discovery.claims import Ends
from cadet.causal.discovery.coupling import exogenous_entropy
from cadet.causal.discovery.latent_search import common_entropy, entropy
from cadet.causal.discovery.resolve import Criterion
from cadet.model.graph import Mark

LEVELS = 5  # equally frequent ones, of a variable with more values
SIMPLE = 0.8  # of min(H(X), H(Y)): below it the common entropy speaks for a hidden common cause
MOST = 100  # pairs that are looked at; the cost is about a second per hundred

Floats = npt.NDArray[np.float64]

CONFOUNDED: Ends = (Mark.ARROW, Mark.ARROW)
FORWARD: Ends = (Mark.TAIL, Mark.ARROW)
BACKWARD: Ends = (Mark.ARROW, Mark.TAIL)
UNDECIDED: Ends = (Mark.CIRCLE, Mark.CIRCLE)


def criterion(
    columns: Mapping[str, npt.ArrayLike], rng: np.random.Generator, *, as_published: bool = False
) -> Criterion:
    """Return the criterion for `resolve`: from edges by their marks to how they would be read.

    columns: by variable, (rows,) numbers, NaN where missing; rows independent. Read are edges o–o between variables of
    at most LEVELS values; `as_published`, all with a circle, though there it is hardly worth more than a guess. Of more
    than MOST edges the first are read; those are not of which an end does not vary where both are known.
    """
    few = {name for name, values in columns.items() if as_published or _distinct(values) <= LEVELS}

    def read(edges: Mapping[tuple[str, str], Ends]) -> dict[tuple[str, str], Ends]:
        open_ones = [pair for pair, marks in edges.items() if as_published or marks == UNDECIDED]
        asked = [pair for pair in open_ones if few.issuperset(pair)][:MOST]
        known = {pair: table for pair in asked if _varies(table := joint(columns[pair[0]], columns[pair[1]]))}
        if not known:
            return {}
        return dict(zip(known, readings(np.stack(list(known.values())), rng), strict=True))

    return read


def _varies(table: Floats) -> bool:
    return all(np.count_nonzero(table.sum(axis=axis)) > 1 for axis in (0, 1))


def _distinct(values: npt.ArrayLike) -> int:
    numbers = np.asarray(values, float)
    return len(np.unique(numbers[np.isfinite(numbers)]))


def readings(joints: Floats, rng: np.random.Generator) -> list[Ends]:
    """Return the marks at X and at Y for each of (pairs, levels of X, levels of Y) probabilities."""
    simple = SIMPLE * np.minimum(entropy(joints.sum(axis=2)), entropy(joints.sum(axis=1)))
    confounded = common_entropy(joints, rng) < simple
    gain = exogenous_entropy(joints.transpose(0, 2, 1)) - exogenous_entropy(joints)
    directions = np.where(np.abs(gain) < 1e-9, 0, np.sign(gain)).astype(int)
    directed = {1: FORWARD, -1: BACKWARD, 0: UNDECIDED}
    return [CONFOUNDED if c else directed[d] for c, d in zip(confounded.tolist(), directions.tolist(), strict=True)]


def joint(x: npt.ArrayLike, y: npt.ArrayLike, levels: int = LEVELS) -> Floats:
    """Return the (levels, levels) frequencies of two (rows,) variables, of the rows that have both; 0 if none has."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    both = np.isfinite(x) & np.isfinite(y)
    table = np.zeros((levels, levels))
    if both.any():
        np.add.at(table, (level(x[both], levels), level(y[both], levels)), 1 / both.sum())
    return table


def level(values: Floats, levels: int = LEVELS) -> npt.NDArray[np.int64]:
    """Return the number of each value's level: its place among few distinct values, else among equally frequent."""
    distinct, place = np.unique(values, return_inverse=True)
    if len(distinct) <= levels:
        return place.reshape(-1)
    cuts = np.quantile(values, np.arange(1, levels) / levels)
    return np.unique(np.searchsorted(cuts, values, side="left"), return_inverse=True)[1].reshape(-1)
