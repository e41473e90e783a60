"""The inputs of a response surface: how alike two values of an option, or of an event, are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cadet.errors import DomainError
from cadet.model.dataset import Variable
from cadet.model.domain import Choice, Domain, Value

Array = npt.NDArray[np.float64]

_ROUGHNESS = 0.5  # range of the exponential kernel on [0, 1]: rough enough for steps, long enough to see a trend
_GRID = (np.arange(33) + 0.5) / 33  # stands for a continuous domain where a kernel is centred
_BEYOND = 0.25  # how far outside what was observed an event may be placed


@dataclass(frozen=True)
class Axis:
    """One input. `places` are the positions its values take: levels of an unordered choice, else points in [0, 1]."""

    name: str
    places: tuple[float, ...]
    unordered: bool = False
    domain: Domain | None = None
    low: float = 0.0
    high: float = 1.0

    def place(self, values: Iterable[object]) -> Array:
        """Return the positions of `values`; raises DomainError for a value outside the domain."""
        domain = self.domain
        if domain is None:
            numbers = np.array(list(values), dtype=float)
            return np.clip((numbers - self.low) / (self.high - self.low), -_BEYOND, 1 + _BEYOND)
        return np.array([self._position(domain, value) for value in values], dtype=float)

    def kernel(self, a: Array, b: Array) -> Array:
        """Return the covariance of the main effect at positions `a` and `b`: centred, of mean variance one."""
        # positions repeat: most options have a few levels
        (here, at_a), (there, at_b) = (np.unique(x, return_inverse=True) for x in (a, b))
        return np.asarray(self._kernel(here, there)[np.ix_(at_a, at_b)])

    def _kernel(self, a: Array, b: Array) -> Array:
        if self.unordered:
            levels = len(self.places)
            alike: Array = (a[:, None] == b[None, :]) - 1 / levels
            return alike * levels / (levels - 1)
        grid = np.asarray(self.places)
        mean = _rough(grid, grid).mean()
        centred = _rough(a, b) - _rough(a, grid).mean(1)[:, None] - _rough(b, grid).mean(1)[None, :] + mean
        return np.asarray(centred / (1 - mean))

    def trend(self, a: Array, b: Array) -> Array:
        """Return the covariance of the straight part of the main effect; unordered values have nothing but levels."""
        if self.unordered:
            return self.kernel(a, b)
        grid = np.asarray(self.places)
        return np.asarray((a[:, None] - grid.mean()) * (b[None, :] - grid.mean()) / grid.var())

    def _position(self, domain: Domain, value: object) -> float:
        mine = domain.canonical(value)
        if self.unordered:
            assert isinstance(domain, Choice)
            return float(domain.values.index(mine))
        return domain.position(mine)


def setting_axis(variable: Variable) -> Axis:
    """Return the axis of an option or context variable."""
    domain = variable.domain
    if domain is None:
        raise DomainError(f"{variable.name!r} has no domain: only options and context variables are set")
    if isinstance(domain, Choice):
        count = len(domain.values)
        if not domain.ordered:
            return Axis(variable.name, tuple(map(float, range(count))), True, domain)
        return Axis(variable.name, tuple(np.linspace(0, 1, count)), domain=domain)
    return Axis(variable.name, tuple(_GRID), domain=domain)


def observed_axis(name: str, values: Array) -> Axis:
    """Return the axis of an event from its observed values, already on the scale they are modelled on."""
    low, high = float(np.min(values)), float(np.max(values))
    return Axis(name, tuple(_GRID), low=low, high=high if high > low else low + 1)


def positions(axes: Sequence[Axis], rows: Mapping[str, Sequence[Value]]) -> Array:
    """Return the positions of rows given by column; shape (rows, axes)."""
    return np.column_stack([axis.place(rows[axis.name]) for axis in axes])


def _rough(a: Array, b: Array) -> Array:
    return np.asarray(np.exp(-np.abs(a[:, None] - b[None, :]) / _ROUGHNESS))
