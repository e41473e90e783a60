"""Which variables to condition on, so that an observed difference is a causal effect."""

from __future__ import annotations

import itertools
from collections.abc import Collection

import networkx as nx

from cadet.errors import NotIdentifiable
from cadet.model.graph import ADMG

_HIDDEN = "hidden cause of "


def separated(graph: ADMG, x: str, y: str, given: Collection[str]) -> bool:
    """Tell whether `given` m-separates x and y (Richardson 2003), a hidden cause standing for each bidirected edge."""
    return bool(nx.is_d_separator(_with_hidden(graph), {x}, {y}, set(given)))


def adjustment_set(graph: ADMG, cause: str, effect: str) -> frozenset[str]:
    """Return a set that satisfies the generalised back-door criterion for the total effect of `cause` on `effect`.

    The set is the one that works whenever any does: the observed ancestors of the two that are neither on a causal
    path nor caused by one (van der Zander, Liśkiewicz & Textor 2014, theorem 4). Raises NotIdentifiable naming a
    path that no adjustment closes; what only the front-door or the ID algorithm could identify counts as that too.
    """
    on_path = (graph.descendants(cause) & graph.ancestors(effect)) | (
        {effect} if effect in graph.descendants(cause) else set()
    )
    forbidden = set(on_path).union(*(graph.descendants(node) for node in on_path)) | {cause, effect}
    candidates = (graph.ancestors(cause) | graph.ancestors(effect)) - forbidden
    backdoor = _without_causal_paths(graph, cause, on_path)
    if separated(backdoor, cause, effect, candidates):
        return frozenset(candidates)
    raise NotIdentifiable(
        f"the effect of {cause} on {effect} is not identified by adjustment: "
        f"{_open_path(backdoor, cause, effect, candidates)} stays open"
    )


def _without_causal_paths(graph: ADMG, cause: str, on_path: Collection[str]) -> ADMG:
    """Return the proper back-door graph: without the first edge of every causal path."""
    kept = frozenset(edge for edge in graph.directed if not (edge[0] == cause and edge[1] in on_path))
    return ADMG(graph.nodes, kept, graph.bidirected)


def _with_hidden(graph: ADMG) -> nx.DiGraph:
    expanded = graph.digraph.copy()
    for pair in sorted(tuple(sorted(pair)) for pair in graph.bidirected):
        for node in pair:
            expanded.add_edge(_HIDDEN + " and ".join(pair), node)
    return expanded


def _open_path(graph: ADMG, cause: str, effect: str, given: Collection[str]) -> str:
    """Return the shortest path between the two that is open given `given`, with its arrows."""
    expanded = _with_hidden(graph)
    opened = set(given).union(*(nx.ancestors(expanded, node) for node in given if node in expanded))
    for path in nx.shortest_simple_paths(expanded.to_undirected(), cause, effect):
        inner = range(1, len(path) - 1)
        if all(_passes(expanded, path[i - 1], path[i], path[i + 1], given, opened) for i in inner):
            return _arrows(expanded, path)
    raise AssertionError(f"{cause} and {effect} are connected, but no path between them is open")


def _passes(
    graph: nx.DiGraph, before: str, node: str, after: str, given: Collection[str], opened: Collection[str]
) -> bool:
    collider = graph.has_edge(before, node) and graph.has_edge(after, node)
    return node in opened if collider else node not in given


def _arrows(graph: nx.DiGraph, path: list[str]) -> str:
    text = path[0]
    for before, node in itertools.pairwise(path):
        if node.startswith(_HIDDEN):
            continue
        if before.startswith(_HIDDEN):
            text += f" <-> {node}"
        else:
            text += f" -> {node}" if graph.has_edge(before, node) else f" <- {node}"
    return text
