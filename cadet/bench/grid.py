"""A space as numbers: every option by the index of its level, so that thousands of configurations are one array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt

from cadet.model.domain import Value
from cadet.model.expression import Expression
from cadet.model.option import Configuration
from cadet.model.space import Space

Codes = npt.NDArray[np.int16]  # (configurations, options): the index of each option's level
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Grid:
    """The configurations whose values are all among the levels that searches enumerate (an interval's grid)."""

    space: Space
    _tables: dict[Expression, tuple[list[int], Mask]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def levels(self) -> tuple[tuple[Value, ...], ...]:
        """The levels of each option, in the order of the space."""
        return tuple(o.levels for o in self.space.options)

    @cached_property
    def column(self) -> Mapping[str, int]:
        """The column of each option."""
        return {name: j for j, name in enumerate(self.space.names)}

    def encode(self, configurations: Sequence[Mapping[str, Value]]) -> Codes:
        """Return the codes of configurations on the grid; raises KeyError for a value that is not a level."""
        index = [{(type(v), v): i for i, v in enumerate(levels)} for levels in self.levels]
        names = self.space.names
        return np.array([[index[j][type(c[n]), c[n]] for j, n in enumerate(names)] for c in configurations], np.int16)

    def decode(self, codes: Codes) -> list[Configuration]:
        """Return the configurations."""
        rows = ([levels[i] for levels, i in zip(self.levels, row, strict=True)] for row in codes)
        return [self.space.configuration(dict(zip(self.space.names, row, strict=True))) for row in rows]

    def random(self, n: int, rng: np.random.Generator) -> Codes:
        """Return n configurations, every level equally likely, less those that break a constraint."""
        sizes = np.array([len(levels) for levels in self.levels])
        codes = self.settle(rng.integers(0, sizes, size=(n, len(sizes))).astype(np.int16))
        return codes[self.feasible(codes)]

    def settle(self, codes: Codes) -> Codes:
        """Return the codes with the default in the place of every option that does not exist."""
        settled = codes.copy()
        for _ in self.space.options:  # a condition may hang on an option that is itself conditional
            before = settled.copy()
            for j, there in self.active(settled).items():
                settled[~there, j] = self.levels[j].index(self.space.options[j].default)
            if (before == settled).all():
                break
        return settled

    def active(self, codes: Codes) -> dict[int, Mask]:
        """Return, by column of each conditional option, where it exists."""
        return {j: self.holds(o.when, codes) for j, o in enumerate(self.space.options) if o.when is not None}

    def feasible(self, codes: Codes) -> Mask:
        """Tell where every constraint holds."""
        fine = np.ones(len(codes), dtype=bool)
        for constraint in self.space.constraints:
            fine &= self.holds(constraint.expression, codes)
        return fine

    def holds(self, expression: Expression, codes: Codes) -> Mask:
        """Tell where an expression is true."""
        columns, truth = self._table(expression)
        return np.asarray(truth[tuple(codes[:, j] for j in columns)])

    def _table(self, expression: Expression) -> tuple[list[int], Mask]:
        """Return the options that an expression names, and its truth for every combination of their levels."""
        if expression not in self._tables:
            columns = [self.column[name] for name in sorted(expression.names)]
            names = [self.space.names[j] for j in columns]
            every = product(*(self.levels[j] for j in columns))
            truth = [expression.holds(dict(zip(names, values, strict=True))) for values in every]
            shape = [len(self.levels[j]) for j in columns]
            self._tables[expression] = columns, np.array(truth, dtype=bool).reshape(shape)
        return self._tables[expression]

    def changed(self, fault: Codes, codes: Codes) -> Mask:
        """Tell (configurations, options) what differs from `fault` (options,) and exists: what has to be set."""
        differs = codes != fault
        for j, there in self.active(codes).items():
            differs[:, j] &= there
        return np.asarray(differs)
