"""How a variable of a world answers to its parents: shapes, terms and nodes; none of them is what an estimator fits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Form = Literal["linear", "step", "valley", "saturation", "soft step", "table", "bend", "power", "proportional", "cliff"]
Scale = Literal["natural", "log", "slowest", "queue"]
_BUSIEST = 0.95  # utilisation of a queue whose contributions are all at their worst


@dataclass(frozen=True)
class Shape:
    """A response in about [-1, 1] to one parent.

    The parent is an option's position in [0, 1] (its index for a `table`), or the logarithm of an event over its base.
    Of an event only: `power` responds with that logarithm, `proportional` with the event over its base, `cliff` is -1
    until `at`, jumps, and rises tenfold from there.
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
        if self.form == "bend":
            return np.asarray(np.tanh(2 * (x - self.at)))
        if self.form == "power":
            return x
        if self.form == "proportional":
            return np.asarray(np.exp(x))
        if self.form == "cliff":
            return np.where(x > self.at, 1 + 10 * (x - self.at), -1.0)
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
    """An event or objective: a positive quantity with multiplicative noise.

    scale: contributions add up (`natural`), multiply (`log`), the largest one counts (`slowest`), or they fill a queue
    that grows without bound as it gets busy (`queue`). `hidden` holds the loadings on causes that nobody records; `sd`
    is the standard deviation of the log noise, times exp(`spread`) where that is given (a term of options); `reading`
    that of the log error with which an event is read, which nothing else feels.
    """

    name: str
    base: float
    terms: tuple[Term, ...]
    scale: Scale = "log"
    hidden: Mapping[str, float] | None = None
    sd: float = 0.05
    spread: Term | None = None
    reading: float = 0.0

    @property
    def parents(self) -> frozenset[str]:
        """The direct, observed causes."""
        return frozenset(shape.parent for term in self.terms for shape in term.shapes)

    def log_value(self, inputs: Mapping[str, Array], noise: Array) -> Array:
        """Return log(value / base) for the responses' `inputs` and the sum of all log noise."""
        if self.scale == "log":
            return sum((term(inputs) for term in self.terms), noise)
        # contributions between 0 and twice their weight, so that the quantity stays positive
        each = [abs(term.weight) + term(inputs) for term in self.terms]
        if self.scale == "slowest":
            return np.asarray(np.log1p(_largest(each, noise)) + noise)
        total = sum(each, np.zeros_like(noise))
        if self.scale == "queue":
            most = 2 * sum(abs(term.weight) for term in self.terms)
            return np.asarray(noise - np.log1p(-_BUSIEST * total / most))
        return np.asarray(np.log1p(total) + noise)

    def noise_sd(self, inputs: Mapping[str, Array]) -> Array | float:
        """Return the standard deviation of the own log noise."""
        return self.sd if self.spread is None else self.sd * np.exp(self.spread(inputs))


def _largest(each: list[Array], like: Array) -> Array:
    largest = np.zeros_like(like)
    for contribution in each:
        largest = np.maximum(largest, contribution)
    return largest
