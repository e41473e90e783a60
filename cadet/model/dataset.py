"""Measurements as a table for learning: one row per run, one column per variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import numpy.typing as npt
import pandas as pd

from cadet.model.domain import Choice, Domain


class Role(str, Enum):
    """The tier of a variable: options and context come before events, events before objectives."""

    OPTION = "option"
    CONTEXT = "context"
    EVENT = "event"
    OBJECTIVE = "objective"


@dataclass(frozen=True)
class Variable:
    """A column of a dataset; `domain` is known for options and context."""

    name: str
    role: Role
    domain: Domain | None = None
    unit: str = ""

    @property
    def categorical(self) -> bool:
        """Whether the values have no order."""
        return isinstance(self.domain, Choice) and not self.domain.ordered


@dataclass(frozen=True)
class LeftOut:
    """A column that does not take part in learning, and why."""

    column: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """Runs that ended well or were censored, ready for learning.

    frame: (rows, variables), options in their own values, events and objectives as floats (NaN: not observed).
    configuration: (rows,) integer label of the configuration; repetitions share one and are not independent.
    censored: (rows,) True where the run timed out; its objective is a lower bound on the cost.
    randomised: whether the options were set by our design; then nothing causes and nothing confounds them.
    sample: (rows,) True for rows of the random design, False for the fault, neighbours, proposals and pairs.
    """

    frame: pd.DataFrame
    variables: tuple[Variable, ...]
    configuration: npt.NDArray[np.int64]
    censored: npt.NDArray[np.bool_]
    sample: npt.NDArray[np.bool_]
    randomised: bool = True
    left_out: tuple[LeftOut, ...] = field(default=())

    @property
    def by_name(self) -> Mapping[str, Variable]:
        """The variables by name."""
        return {v.name: v for v in self.variables}

    def names(self, *roles: Role) -> tuple[str, ...]:
        """Return the names of the variables with one of `roles`, or of all."""
        return tuple(v.name for v in self.variables if not roles or v.role in roles)

    @property
    def configurations(self) -> int:
        """How many distinct configurations there are: the honest number of independent rows for options."""
        return len(np.unique(self.configuration))
