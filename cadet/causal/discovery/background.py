"""Background knowledge over variables by their place, as the engine asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cadet.errors import UsageError
from cadet.model.knowledge import Knowledge

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Background:
    """may_cause[a, b]: a may be an ancestor of b; exogenous[a]; joins[a, b]: an edge between them is possible.

    required[a, b]: a → b is known to be there.
    """

    may_cause: Flags
    exogenous: Flags
    joins: Flags
    required: Flags

    @classmethod
    def of(cls, knowledge: Knowledge, names: Sequence[str]) -> Background:
        """Read the knowledge for `names`: an edge is impossible between exogenous ones and out of one into its past."""
        if not (knowledge.tiers or knowledge.exogenous or knowledge.forbidden or knowledge.required):
            return cls.nothing(len(names))
        at = {name: i for i, name in enumerate(names)}
        exogenous = np.array([name in knowledge.exogenous for name in names], dtype=bool)
        may_cause = np.zeros((len(names), len(names)), bool) | ~exogenous
        if knowledge.tiers:
            tier = np.array([knowledge.tiers.get(name, 0) for name in names])
            may_cause &= tier[:, None] <= tier[None, :]
        required = np.zeros((len(names), len(names)), bool)
        for cause, effect in knowledge.required:
            if cause in at and effect in at:
                required[at[cause], at[effect]] = True
                may_cause[at[effect], at[cause]] = False
        for cause, effect in knowledge.forbidden:
            if cause in at and effect in at:
                may_cause[at[cause], at[effect]] = False
        if knowledge.required and (required & ~may_cause).any():
            cause, effect = (names[place[0]] for place in np.nonzero(required & ~may_cause))
            raise UsageError(f"{cause} → {effect} is required, and the tiers or the forbidden edges deny it")
        denied = exogenous[:, None] & ~may_cause
        joins = ~(denied | denied.T | np.eye(len(names), dtype=bool))
        return cls(may_cause, exogenous, joins, required)

    @classmethod
    def nothing(cls, count: int) -> Background:
        """Return what is known of so many names where nothing is."""
        joins, no = np.ones((count, count), bool), np.zeros((count, count), bool)
        joins.reshape(-1)[:: count + 1] = False
        return cls(np.ones((count, count), bool), np.zeros(count, bool), joins, no)
