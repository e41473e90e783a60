"""The values of options, as the methods of this folder look at them: which did well so far, and levels as numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cadet.bench.baselines.exploration import Exploration
from cadet.bench.baselines.seen import Floats
from cadet.debugging.encoding import Encoding
from cadet.model.domain import Choice, Value
from cadet.model.option import Configuration, Option
from cadet.model.space import Space

_BORROWED = 1.0  # rows' worth of the overall mean that each value's mean is shrunk by
_WIDTH = 0.25  # of the kernel by which neighbouring values of an ordered option speak for each other


def unordered(option: Option) -> bool:
    """Tell whether the values of an option have no order."""
    return isinstance(option.domain, Choice) and not option.domain.ordered


def level_of(option: Option, value: Value) -> Value:
    """Return the listed value that stands for `value`: itself, or the nearest of an interval's grid."""
    if value in option.levels or unordered(option):
        return value
    at = option.domain.position(value)
    return min(option.levels, key=lambda level: abs(option.domain.position(level) - at))


def likeness(option: Option, value: Value, others: Sequence[Value]) -> Floats:
    """Return (others,) how much each other value tells about `value`: 1 for the same, less with distance, or nothing.

    An unordered option's values tell nothing about each other.
    """
    if unordered(option):
        return np.array([float(other == value) for other in others])
    at = option.domain.position(value)
    distance = np.array([option.domain.position(other) - at for other in others])
    return np.asarray(np.exp(-0.5 * (distance / _WIDTH) ** 2))


def expected(option: Option, value: Value, others: Sequence[Value], results: Floats) -> float:
    """Return the mean result at `value`, weighted by likeness and shrunk to the mean of all results."""
    weights = likeness(option, value, others)
    return float((weights @ results + _BORROWED * results.mean()) / (weights.sum() + _BORROWED))


def promising_values(exploration: Exploration, name: str) -> list[Value]:
    """Return every listed value of an option but the fault's, the one with the least mean shortfall first."""
    option, fault = exploration.space.by_name[name], exploration.fault
    configurations, shortfall = exploration.table()
    taken = [c[name] for c in configurations]
    others = [v for v in option.levels if v != fault[name]]
    return sorted(others, key=lambda v: expected(option, v, taken, shortfall))


def features(space: Space, fault: Configuration, configurations: Sequence[Configuration]) -> tuple[Floats, list[str]]:
    """Return (configurations, columns) numbers and each column's option: a place, or an indicator for each category."""
    encoding = Encoding(space, fault)
    places = encoding.matrix(configurations)
    columns: list[Floats] = []
    names: list[str] = []
    for i, option in enumerate(encoding.options):
        if unordered(option) and len(option.levels) > 2:
            columns += [places[:, i] == k for k in range(len(option.levels))]
            names += [option.name] * len(option.levels)
        else:
            columns.append(places[:, i])
            names.append(option.name)
    return np.column_stack(columns).astype(float) if columns else np.zeros((len(configurations), 0)), names
