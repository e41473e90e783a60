"""Which directed edges of a MAG cannot hide a common cause (Zhang 2008, Causal reasoning with ancestral graphs)."""

from __future__ import annotations

from collections.abc import Collection

from cadet.model.graph import ADMG


def visible(graph: ADMG, cause: str, effect: str) -> bool:
    """Tell whether no hidden variable can stand behind both ends of cause → effect (definition 8).

    So it is when a node that is not adjacent to `effect` has an edge into `cause`, or a path of colliders into it that
    are all parents of `effect`.
    """
    parents = set(graph.parents(effect))
    near = parents | set(graph.children(effect)) | set(graph.siblings(effect)) | {effect}
    seen, frontier = {cause}, [cause]
    while frontier:
        node = frontier.pop()
        spouses = set(graph.siblings(node))
        if not spouses | set(graph.parents(node)) <= near:
            return True
        further = (spouses & parents) - seen
        seen |= further
        frontier += sorted(further)
    return False


def amenable(graph: ADMG, cause: str, effect: str, exogenous: Collection[str] = ()) -> bool:
    """Tell whether every causal path from `cause` to `effect` leaves by a visible edge (Perković et al. 2018)."""
    if cause in exogenous:
        return True
    above = graph.ancestors(effect) | {effect}
    return all(visible(graph, cause, child) for child in graph.children(cause) if child in above)
