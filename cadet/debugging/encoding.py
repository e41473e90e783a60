"""Configurations as numbers, and what makes two of them alike: one or two kernels per option, centred at the fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cadet.model.domain import Choice, Value
from cadet.model.option import Configuration, Option
from cadet.model.space import Space

Floats = npt.NDArray[np.float64]

LENGTH = 0.3  # of the smooth kernel, as a share of an option's range


@dataclass(frozen=True)
class Encoding:
    """Places configurations relative to the fault.

    Every component kernel is zero at the fault, so a function drawn from it says what *changing* the option does.
    """

    space: Space
    fault: Configuration

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """The options that can vary."""
        return tuple(o for o in self.space.options if len(o.levels) > 1)

    @cached_property
    def owner(self) -> npt.NDArray[np.int64]:
        """(components,) index of the option each component kernel belongs to."""
        return np.concatenate([[i] * (1 if _unordered(o) else 2) for i, o in enumerate(self.options)]).astype(np.int64)

    @cached_property
    def _contrast(self) -> tuple[bool, ...]:
        return tuple(_unordered(o) for o in self.options)

    @cached_property
    def _places(self) -> dict[tuple[int, Value], float]:
        return {}

    def matrix(self, configurations: Sequence[Configuration]) -> Floats:
        """Return (configurations, options): the position on its scale, the index of a category."""
        rows = [[self._place(i, c[o.name]) for i, o in enumerate(self.options)] for c in configurations]
        return np.array(rows, dtype=float).reshape(len(configurations), len(self.options))

    def _place(self, i: int, value: Value) -> float:
        if (i, value) not in self._places:
            self._places[i, value] = _place(self.options[i], value)
        return self._places[i, value]

    def kernels(self, a: Floats, b: Floats, wanted: npt.NDArray[np.int64] | None = None) -> Floats:
        """Return (components, rows of a, rows of b): the wanted component kernels, or all of them."""
        chosen = range(len(self.owner)) if wanted is None else wanted
        return np.array([self._kernel(int(k), a, b) for k in chosen]).reshape(len(chosen), len(a), len(b))

    def variances(self, a: Floats, wanted: npt.NDArray[np.int64]) -> Floats:
        """Return (components, rows of a): the wanted component kernels of each place with itself."""
        return np.array([self._variance(int(k), a) for k in wanted]).reshape(len(wanted), len(a))

    @cached_property
    def _origin(self) -> Floats:
        return np.asarray(self.matrix([self.fault])[0])

    def _linear(self, k: int) -> bool:
        """Tell whether component `k` is the first of an ordered option's two."""
        return k + 1 < len(self.owner) and self.owner[k] == self.owner[k + 1]

    def _kernel(self, k: int, a: Floats, b: Floats) -> Floats:
        i = int(self.owner[k])
        x, y, f = a[:, i], b[:, i], float(self._origin[i])
        if self._contrast[i]:
            return _same(x, y, f)
        return np.outer(x - f, y - f) / _spread(f) if self._linear(k) else _smooth(x, y, f)

    def _variance(self, k: int, a: Floats) -> Floats:
        i = int(self.owner[k])
        distance, f = a[:, i] - self._origin[i], float(self._origin[i])
        if self._contrast[i]:
            return np.asarray((distance != 0).astype(float))
        return np.asarray(
            distance**2 / _spread(f) if self._linear(k) else 2 - 2 * np.exp(-(distance**2) / (2 * LENGTH**2))
        )


def _unordered(option: Option) -> bool:
    return len(option.levels) == 2 or (isinstance(option.domain, Choice) and not option.domain.ordered)


def _place(option: Option, value: Value) -> float:
    if _unordered(option):
        return float(option.levels.index(value)) if value in option.levels else -1.0
    return option.domain.position(value)


def _same(x: Floats, y: Floats, f: float) -> Floats:
    moved = np.outer(x != f, y != f)
    return moved * (1.0 + np.equal.outer(x, y)) / 2


def _smooth(x: Floats, y: Floats, f: float) -> Floats:
    def rbf(p: Floats, q: Floats) -> Floats:
        return np.asarray(np.exp(-(np.subtract.outer(p, q) ** 2) / (2 * LENGTH**2)))

    at = np.array([f])
    return rbf(x, y) - rbf(x, at) - rbf(at, y) + 1.0


def _spread(f: float) -> float:
    return (f**3 + (1 - f) ** 3) / 3  # mean square distance from the fault, so that a weight is a variance
