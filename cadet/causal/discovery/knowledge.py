"""What the roles of the variables say before any data."""

from __future__ import annotations

from itertools import permutations

import networkx as nx

from cadet.errors import UsageError, nearest
from cadet.model.dataset import Dataset, Role
from cadet.model.knowledge import Knowledge

TIERS = {Role.OPTION: 0, Role.CONTEXT: 0, Role.EVENT: 1, Role.OBJECTIVE: 2}


def knowledge_of(dataset: Dataset, also: Knowledge | None = None) -> Knowledge:
    """Return what the roles say, and what is known besides.

    Options and context come before events, events before objectives; objectives cause nothing, each other included.
    Context is exogenous, and so are options that were randomised; options of imported telemetry may be confounded.
    """
    exogenous = dataset.names(Role.OPTION, Role.CONTEXT) if dataset.randomised else dataset.names(Role.CONTEXT)
    roles = Knowledge(
        tiers={v.name: TIERS[v.role] for v in dataset.variables},
        exogenous=frozenset(exogenous),
        forbidden=frozenset(permutations(dataset.names(Role.OBJECTIVE), 2)),
    )
    return roles if also is None else _united(roles, also)


def _united(roles: Knowledge, also: Knowledge) -> Knowledge:
    named = {*also.tiers, *also.exogenous, *(name for edge in also.forbidden | also.required for name in edge)}
    if unknown := sorted(named - set(roles.tiers)):
        raise UsageError(f"known about a variable that is not there: {unknown[0]!r}{nearest(unknown[0], roles.tiers)}")
    _require_acyclic(also.required)
    return Knowledge(
        tiers={**roles.tiers, **also.tiers},
        exogenous=roles.exogenous | also.exogenous,
        forbidden=roles.forbidden | also.forbidden,
        required=roles.required | also.required,
    )


def _require_acyclic(required: frozenset[tuple[str, str]]) -> None:
    graph = nx.DiGraph(sorted(required))
    if not nx.is_directed_acyclic_graph(graph):
        cycle = [cause for cause, _ in nx.find_cycle(graph)]
        raise UsageError(f"the required edges make a cycle, {' → '.join([*cycle, cycle[0]])}; leave one of them out")
