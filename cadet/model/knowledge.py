"""What is known before any data: tiers, exogenous variables, forbidden edges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Knowledge:
    """Background knowledge for structure learning.

    tiers: by variable; a variable never causes one of a lower tier (options 0, events 1, objectives 2).
    exogenous: randomised variables; nothing causes them and nothing confounds them, so every edge has a tail there,
    and an edge between two of them is an artefact of the design.
    forbidden: (cause, effect) pairs that cannot be.
    required: (cause, effect) pairs that are known to be: the edge stays, and reads cause → effect.
    """

    tiers: Mapping[str, int] = field(default_factory=dict)
    exogenous: frozenset[str] = frozenset()
    forbidden: frozenset[tuple[str, str]] = frozenset()
    required: frozenset[tuple[str, str]] = frozenset()

    def may_cause(self, cause: str, effect: str) -> bool:
        """Tell whether `cause` may be an ancestor of `effect`."""
        if effect in self.exogenous or (cause, effect) in self.forbidden or (effect, cause) in self.required:
            return False
        return self.tiers.get(cause, 0) <= self.tiers.get(effect, 0)
