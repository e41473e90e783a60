"""Configurations as numbers, and what makes two of them alike: one or two kernels per option, centred at the fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cadet.debugging.interactions import differing
from cadet.model.domain import Choice, Value
from cadet.model.option import Configuration, Option
from cadet.model.space import Space

Floats = npt.NDArray[np.float64]

REACH = 3.0  # options that differ until what two configurations share beside the components has fallen to 1/e
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
    def _places(self) -> tuple[dict[Value, float], ...]:
        """By option: the places of the values seen so far."""
        return tuple({} for _ in self.options)

    def matrix(self, configurations: Sequence[Configuration], wanted: npt.NDArray[np.int64] | None = None) -> Floats:
        """Return (configurations, options): the position on its scale, the index of a category.

        Options that are not among the `wanted` are left at the fault's place.
        """
        if not configurations:
            return np.empty((0, len(self.options)))
        at = {name: i for i, name in enumerate(configurations[0])}
        columns = list(zip(*(c.values() for c in configurations), strict=True))
        places = np.tile([self._place(i, self.fault[o.name]) for i, o in enumerate(self.options)],
                         (len(configurations), 1))  # fmt: skip
        for i in range(len(self.options)) if wanted is None else np.unique(wanted):
            values = columns[at[self.options[i].name]]
            place = {value: self._place(int(i), value) for value in set(values)}
            places[:, i] = [place[value] for value in values]
        return places

    def _place(self, i: int, value: Value) -> float:
        if value not in self._places[i]:
            self._places[i][value] = _place(self.options[i], value)
        return self._places[i][value]

    def kernels(self, a: Floats, b: Floats, wanted: npt.NDArray[np.int64] | None = None) -> Floats:
        """Return (components, rows of a, rows of b): the wanted component kernels, or all of them."""
        chosen = range(len(self.owner)) if wanted is None else wanted
        return np.array([self._kernel(int(k), a, b) for k in chosen]).reshape(len(chosen), len(a), len(b))

    def entries(
        self, places: Floats, owner: npt.NDArray[np.int64]
    ) -> tuple[Sequence[tuple[int, Floats]], npt.NDArray[np.int64]]:
        """Return the values away from the fault of each option that owns a component, and where each place has them.

        That is, by option its (values,) positions; and (places, most changes) indices of values counted over all these
        options from 1, filled up with 0. An option at the fault's value adds nothing to any kernel.
        """
        found: list[tuple[int, Floats]] = []
        index = np.zeros((len(places), len(np.unique(owner))), dtype=np.int64)
        so_far = 1
        for column, i in enumerate(np.unique(owner)):
            values, inverse = np.unique(places[:, i], return_inverse=True)
            away = values != self._origin[i]
            number = np.where(away, np.cumsum(away) - 1 + so_far, 0)
            index[:, column] = number[inverse]
            found.append((int(i), values[away]))
            so_far += int(away.sum())
        index = -np.sort(-index, axis=1)  # the changes first, so that the rest can go
        return found, index[:, : max(int((index > 0).sum(1).max(initial=0)), 1)]

    def kernels_of(
        self, entries: Sequence[tuple[int, Floats]], places: Floats, wanted: npt.NDArray[np.int64]
    ) -> Entries:
        """Return the wanted component kernels between every entry and every place."""
        offsets = np.cumsum([1] + [len(values) for _, values in entries])
        start = {i: int(at) for (i, _), at in zip(entries, offsets[:-1], strict=True)}
        values = dict(entries)
        parts = []
        for k in wanted:
            i = int(self.owner[k])
            only = np.tile(self._origin, (len(values[i]), 1))
            only[:, i] = values[i]
            parts.append((start[i], self._kernel(int(k), only, places), self._variance(int(k), only)))
        return Entries(int(offsets[-1]), len(places), tuple(parts))

    @cached_property
    def _origin(self) -> Floats:
        return np.asarray(self.matrix([self.fault])[0])

    def _linear(self, k: int) -> bool:
        """Tell whether component `k` is the first of an ordered option's two."""
        return k + 1 < len(self.owner) and self.owner[k] == self.owner[k + 1]

    def alike(self, a: Floats, b: Floats) -> Floats:
        """Return (rows of a, rows of b) how alike two places are: exp(-options that differ / REACH)."""
        return np.asarray(np.exp(-differing(a, b) / REACH))

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


@dataclass(frozen=True)
class Entries:
    """Component kernels of single values: parts holds per component where its values start, their kernels with the
    (places,) measured, and with themselves.
    """

    size: int
    places: int
    parts: tuple[tuple[int, Floats, Floats], ...]

    def rows(self, weights: Floats) -> Floats:
        """Return (entries, places) the weighted kernel of each value; entry 0, for no change, is zero."""
        total = np.zeros((self.size, self.places))
        for weight, (start, kernel, _) in zip(weights, self.parts, strict=True):
            total[start : start + len(kernel)] += weight * kernel
        return total

    def variances(self, weights: Floats) -> Floats:
        """Return (entries, 1) the weighted kernel of each value with itself."""
        total = np.zeros((self.size, 1))
        for weight, (start, _, own) in zip(weights, self.parts, strict=True):
            total[start : start + len(own), 0] += weight * own
        return total


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
