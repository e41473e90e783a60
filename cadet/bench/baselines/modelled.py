"""Search with a learned model: predict what few changes of the most important options would do, measure the best.

The same for every model of the shortfall (on a logarithmic scale), so that models are compared and not searches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np

from cadet.bench.baselines.exploration import Exploration
from cadet.bench.baselines.finding import Finding, fewest_changes
from cadet.bench.baselines.options import features
from cadet.bench.baselines.seen import Floats
from cadet.debugging.propose import DEPTH
from cadet.model.option import Configuration

IMPORTANT = 8  # options that larger changes are built of
_WIDTH = 12  # beam
_TURNS = 3  # proposals per measurement that is left: some turn out to be infeasible, which costs nothing
_SURE = 0.5  # probability from which a model is taken to predict that the goals are met
HOPELESS = 0.1  # below this probability a smaller fix is not looked for any more


class Model(Protocol):
    """A fitted model of the shortfall."""

    @property
    def importance(self) -> Floats:
        """(columns,) how important each is."""
        ...

    def predict(self, places: Floats) -> tuple[Floats, Floats]:
        """Return the predicted shortfall and P(it is at most 0), both (rows,)."""
        ...


Fit = Callable[[Floats, Floats, np.random.Generator], Model]
"""From places (rows, columns) and shortfalls (rows,) to a model."""


def find_with(fit: Fit, exploration: Exploration, rng: np.random.Generator) -> Finding:
    """Measure what the model predicts best and learn again, until nothing smaller is hopeful or the budget is used."""
    for _ in range(_TURNS * max(exploration.left, 0)):
        proposal = _proposal(exploration, fit, rng) if exploration.left > 0 else None
        if proposal is None:
            break
        if exploration.measure(proposal[1]):
            exploration.promises.append(proposal)
    return fewest_changes(exploration)


def _proposal(exploration: Exploration, fit: Fit, rng: np.random.Generator) -> tuple[float, Configuration] | None:
    """Return the fewest changes predicted to meet the goals, with the probability; without any, the most probable.

    None when something as small is known to meet them and nothing smaller is hopeful, or nothing is left to measure.
    """
    configurations, shortfall = exploration.table()
    space, fault, distance = exploration.space, exploration.fault, exploration.search.distance
    places, owners = features(space, fault, configurations)
    if not owners:
        return None
    model = fit(places, shortfall, rng)
    smallest = min((distance(c) for c in exploration.good), default=None)
    pool = [c for c in _candidates(exploration, model, owners, smallest) if exploration.open(c)]
    if not pool:
        return None
    predicted, sure = model.predict(features(space, fault, pool)[0])
    order = sorted(range(len(pool)), key=lambda i: (-sure[i], predicted[i], distance(pool[i])))
    hopeful = [i for i in order if sure[i] >= _SURE]
    at = min(hopeful, key=lambda i: (distance(pool[i]), predicted[i]), default=order[0])
    if sure[at] < HOPELESS and smallest is not None and smallest <= DEPTH:
        return None
    return float(sure[at]), pool[at]


def _candidates(
    exploration: Exploration, model: Model, owners: Sequence[str], smallest: int | None
) -> Iterator[Configuration]:
    """Yield what makes fewer changes than the smallest known to meet the goals.

    Ablations of what meets them, single changes, then a beam of larger ones over the most important options; on a
    recorded device its rows.
    """
    search = exploration.search
    most = DEPTH if smallest is None else smallest - 1
    if search.space.recorded is not None:
        yield from (c for c in search.recorded if smallest is None or search.distance(c) <= most)
        return
    for good in exploration.good:
        yield from (c for c in search.between(good) if search.distance(c) <= most)
    steps = _steps(exploration, model, owners)
    front: Sequence[Configuration] = search.singles
    for size in range(1, min(most, DEPTH) + 1):
        yield from front
        if size == min(most, DEPTH) or not front:
            break
        predicted, _ = model.predict(features(search.space, search.fault, front)[0])
        best = [front[i] for i in np.argsort(predicted, kind="stable")[:_WIDTH]]
        front = list(dict.fromkeys(g for c in best for g in _grown(exploration, c, steps)))


def _steps(exploration: Exploration, model: Model, owners: Sequence[str]) -> list[tuple[str, object]]:
    """Return the single steps that concern the most important options."""
    total: dict[str, float] = dict.fromkeys(exploration.space.names, 0.0)
    for owner, importance in zip(owners, model.importance, strict=True):
        total[owner] += float(importance)
    chosen = sorted(total, key=lambda name: (-total[name], name))[:IMPORTANT]
    return [step for step in exploration.search.steps if step[0] in chosen]


def _grown(
    exploration: Exploration, configuration: Configuration, steps: Sequence[tuple[str, object]]
) -> Iterator[Configuration]:
    space, fault = exploration.space, exploration.fault
    for name, value in steps:
        if configuration[name] == fault[name]:
            larger = space.change(configuration, {name: value})
            if larger != configuration and space.permits(larger, exploration.search.allowed):
                yield larger
