"""How a variable of a world answers to its parents: shapes, terms and nodes; none of them is what an estimator fits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Form = Literal["linear", "step", "valley", "saturation", "soft step", "table"]
Scale = Literal["natural", "log"]


@dataclass(frozen=True)
class Shape:
    """A response in about [-1, 1] to one parent.

    The parent is an option's position in [0, 1] (its index for a `table`), or the logarithm of an event over its base.
    """

    parent: str
    form: Form
    at: float = 0.5
    table: tuple[float, ...] = ()

    def __call__(self, x: Array) -> Array:
        """Return the response to the values `x`."""
        if self.form == "table":
            responses: Array = np.asarray(self.table)[x.astype(int)]
            return responses
        if self.form == "step":
            return np.where(x > self.at, 1.0, -1.0)
        if self.form == "soft step":
            return np.asarray(np.tanh(4 * (x - self.at)))
        if self.form == "valley":
            return 2 * np.square((x - self.at) / max(self.at, 1 - self.at)) - 1
        if self.form == "saturation":
            return np.asarray(2 * np.expm1(-4 * x) / np.expm1(-4.0) - 1)
        return 2 * x - 1


@dataclass(frozen=True)
class Term:
    """`weight` times the response to the first parent, gated by the responses to all the others."""

    shapes: tuple[Shape, ...]
    weight: float

    def __call__(self, inputs: Mapping[str, Array]) -> Array:
        """Return the contribution to the node."""
        first, *gates = (shape(inputs[shape.parent]) for shape in self.shapes)
        return self.weight * math.prod(((1 + gate) / 2 for gate in gates), start=first)


@dataclass(frozen=True)
class Node:
    """An event or objective: a positive quantity, additive on its `scale`, with multiplicative noise.

    `hidden` holds the loadings on causes that nobody records; `sd` is the standard deviation of the log noise.
    """

    name: str
    base: float
    terms: tuple[Term, ...]
    scale: Scale = "log"
    hidden: Mapping[str, float] | None = None
    sd: float = 0.05

    @property
    def parents(self) -> frozenset[str]:
        """The direct, observed causes."""
        return frozenset(shape.parent for term in self.terms for shape in term.shapes)

    def log_value(self, inputs: Mapping[str, Array], noise: Array) -> Array:
        """Return log(value / base) for the responses' `inputs` and the sum of all log noise."""
        if self.scale == "log":
            return sum((term(inputs) for term in self.terms), noise)
        # contributions between 0 and their weight, so that the quantity stays positive
        total = sum((abs(term.weight) + term(inputs) for term in self.terms), np.zeros_like(noise))
        return np.asarray(np.log1p(total) + noise)
