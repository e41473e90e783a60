"""Configurations as numbers, and what makes two of them alike: one or two kernels per option, centred at the fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cadet.model.domain import Choice
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
        return np.concatenate([[i] * (1 if _contrast(o) else 2) for i, o in enumerate(self.options)]).astype(np.int64)

    def matrix(self, configurations: Sequence[Configuration]) -> Floats:
        """Return (configurations, options): the position on its scale, the index of a category."""
        rows = [[_place(o, c) for o in self.options] for c in configurations]
        return np.array(rows, dtype=float).reshape(len(configurations), len(self.options))

    def kernels(self, a: Floats, b: Floats) -> Floats:
        """Return (components, rows of a, rows of b): every component kernel between two sets of places."""
        origin = self.matrix([self.fault])
        blocks: list[Floats] = []
        for i, option in enumerate(self.options):
            x, y, f = a[:, i], b[:, i], float(origin[0, i])
            if _contrast(option):
                blocks.append(_same(x, y, f))
            else:
                blocks += [np.outer(x - f, y - f) / _spread(f), _smooth(x, y, f)]
        return np.stack(blocks)

    def variances(self, a: Floats) -> Floats:
        """Return (components, rows of a): every component kernel of each place with itself."""
        origin = self.matrix([self.fault])
        rows: list[Floats] = []
        for i, option in enumerate(self.options):
            distance = a[:, i] - float(origin[0, i])
            if _contrast(option):
                rows.append((distance != 0).astype(float))
            else:
                rows += [distance**2 / _spread(float(origin[0, i])), 2 - 2 * np.exp(-(distance**2) / (2 * LENGTH**2))]
        return np.stack(rows)


def _contrast(option: Option) -> bool:
    return len(option.levels) == 2 or (isinstance(option.domain, Choice) and not option.domain.ordered)


def _place(option: Option, configuration: Configuration) -> float:
    value = configuration[option.name]
    if _contrast(option):
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
