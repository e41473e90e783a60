"""A structural model of one objective: the graph's events and mechanisms, or the options alone where that is truer.

Randomised options are experiments. Where the graph denies an effect that a test shows, the option becomes a direct
cause; and where the way through the events predicts held-out configurations worse than the options do directly, the
model is that of the options. The graph explains; it never vetoes a measured effect.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cadet.causal.effects.axis import Array
from cadet.causal.effects.mechanisms import FOLDS, Mechanism, Predictor, Rows, Table, folds, mechanism, table
from cadet.causal.effects.significance import option_tests
from cadet.model.dataset import Dataset, Role
from cadet.model.graph import ADMG

_PERMUTATIONS = 499
_LEVEL = 0.05


@dataclass(frozen=True)
class Structure:
    """Mechanisms of the events on the way to `objective` and of the objective, causes first.

    errors: for held-out configurations of which only the settings are known, (rows,). rival: the structure that
    predicted them less well, which other rows might have preferred.
    """

    objective: str
    data: Table
    mechanisms: tuple[Mechanism, ...]
    through_events: bool
    errors: tuple[float, ...]
    rival: Structure | None = None

    @property
    def error(self) -> float:
        """The mean squared error for held-out configurations of which only the settings are known."""
        return float(np.mean(np.square(self.errors))) if self.errors else self.mechanisms[-1].error

    def chosen(self, rng: np.random.Generator) -> Structure:
        """Return this structure or its rival, as resampled rows would choose (pseudo-BMA+; Yao et al. 2018)."""
        if self.rival is None or len(self.rival.errors) != len(self.errors):
            return self  # a rival that is nothing but the mean was not cross-validated
        weights = rng.dirichlet(np.ones(len(self.errors)))
        return self if weights @ (np.square(self.errors) - np.square(self.rival.errors)) <= 0 else self.rival

    @property
    def nodes(self) -> tuple[str, ...]:
        """The modelled variables, causes first, the objective last."""
        return tuple(m.node for m in self.mechanisms)

    def affected(self, changed: Collection[str]) -> frozenset[str]:
        """Return the nodes that the changed options reach."""
        reached = set(changed)
        for m in self.mechanisms:
            if reached & set(m.parents):
                reached.add(m.node)
        return frozenset(reached - set(changed))

    def refit(self, rows: Rows) -> dict[str, Predictor]:
        """Return every mechanism fitted on some rows of the table."""
        return {m.node: m.refit(self.data, rows) for m in self.mechanisms}

    def predict(self, fitted: Mapping[str, Predictor], m: Mechanism, values: Mapping[str, object]) -> float:
        """Return the mechanism's mean given its parents' values."""
        place = [self.data.axes[parent].place([values[parent]])[0] for parent in m.parents]
        return float(fitted[m.node](np.array([place], dtype=float).reshape(1, len(place)))[0])


def structure(
    dataset: Dataset, graph: ADMG, objective: str, rng: np.random.Generator, *, measured: Collection[str] | None = None
) -> Structure:
    """Return the structural model of `objective` that predicts held-out configurations best from their options.

    measured: options known to have an effect; by default those that a permutation test shows.
    """
    data = table(dataset)
    if measured is None:
        tests = option_tests(dataset, objective, rng, permutations=_PERMUTATIONS)
        measured = [name for name, p_value in tests.items() if p_value <= _LEVEL]
    settings = [name for name in dataset.names(Role.OPTION, Role.CONTEXT) if name in data.axes]
    direct = mechanism(data, objective, settings, rng, ["gaussian process"])
    alone = Structure(objective, data, (direct,), False, direct.held_out)
    explained = _explained(data, graph, objective, measured, rng)
    if len(explained.mechanisms) == 1:
        return alone
    better, worse = (explained, alone) if explained.error <= alone.error else (alone, explained)
    return replace(better, rival=worse)


def _explained(
    data: Table, graph: ADMG, objective: str, measured: Collection[str], rng: np.random.Generator
) -> Structure:
    ancestors = graph.ancestors(objective) if objective in graph.nodes else frozenset()
    denied = [name for name in measured if name in data.axes and name not in ancestors]
    events = [n for n in graph.topological() if n in ancestors and n in data.axes and data.axes[n].domain is None]
    mechanisms = []
    for node in [*events, objective]:
        parents = [p for p in graph.parents(node) if p in data.axes] if node in graph.nodes else []
        mechanisms.append(mechanism(data, node, parents + (denied if node == objective else []), rng))
    candidate = Structure(objective, data, tuple(mechanisms), True, ())
    return replace(candidate, errors=_interventional_errors(candidate, rng))


def _interventional_errors(model: Structure, rng: np.random.Generator) -> tuple[float, ...]:
    """Return the errors for held-out configurations when only their settings are known."""
    data, fold = model.data, folds(model.data, rng)
    outcome = data.values(model.objective)
    error = np.full(len(outcome), np.nan)
    for k in range(FOLDS):
        held_out = np.flatnonzero(fold == k)
        if len(held_out):
            predicted = _propagate(model, model.refit(np.flatnonzero(fold != k)), held_out)
            error[held_out] = outcome[held_out] - predicted
    return tuple(error[np.isfinite(error)].tolist())


def _propagate(model: Structure, fitted: Mapping[str, Predictor], rows: Rows) -> Array:
    """Return the objective that follows from the settings of `rows`, events replaced by their predictions."""
    places: dict[str, Array] = {}
    value: Array = np.zeros(len(rows))
    for m in model.mechanisms:
        inputs = [places.get(parent, model.data.positions([parent])[rows, 0]) for parent in m.parents]
        value = fitted[m.node](np.column_stack(inputs) if inputs else np.empty((len(rows), 0)))
        if m.node in model.data.axes:
            places[m.node] = model.data.axes[m.node].place(value)
    return value


def settings_of(data: Table, values: Mapping[str, object]) -> dict[str, object]:
    """Return those of `values` that the table's settings have."""
    return {name: values[name] for name, axis in data.axes.items() if axis.domain is not None and name in values}


def changed_settings(before: Mapping[str, object], after: Mapping[str, object]) -> Sequence[str]:
    """Return the settings whose values differ."""
    return [name for name in before if before[name] != after[name]]
