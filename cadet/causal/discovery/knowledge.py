"""What the roles of the variables say before any data."""

from __future__ import annotations

from itertools import permutations

from cadet.model.dataset import Dataset, Role
from cadet.model.knowledge import Knowledge

TIERS = {Role.OPTION: 0, Role.CONTEXT: 0, Role.EVENT: 1, Role.OBJECTIVE: 2}


def knowledge_of(dataset: Dataset) -> Knowledge:
    """Return what the roles say.

    Options and context come before events, events before objectives; objectives cause nothing, each other included.
    Context is exogenous, and so are options that were randomised; options of imported telemetry may be confounded.
    """
    exogenous = dataset.names(Role.OPTION, Role.CONTEXT) if dataset.randomised else dataset.names(Role.CONTEXT)
    return Knowledge(
        tiers={v.name: TIERS[v.role] for v in dataset.variables},
        exogenous=frozenset(exogenous),
        forbidden=frozenset(permutations(dataset.names(Role.OBJECTIVE), 2)),
    )
