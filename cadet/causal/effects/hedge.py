"""Whether any formula gets an effect from what is observed: the ID algorithm's decision, by districts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import networkx as nx

from cadet.model.graph import ADMG


@dataclass(frozen=True)
class Hedge:
    """Why no formula identifies an effect (Shpitser & Pearl 2006, theorem 4).

    district: nodes that hidden causes tie together, a cause among them, all of them ancestors of `inner`.
    inner: the part of them that would have to be known without the cause; no observation takes the two apart.
    """

    district: frozenset[str]
    inner: frozenset[str]

    def __str__(self) -> str:
        return f"the hedge {_listed(self.district)} around {_listed(self.inner)}"


def hedge(graph: ADMG, causes: Collection[str], effects: Collection[str]) -> Hedge | None:
    """Return the hedge in the way of P(effects | do(causes)), None where that is identifiable.

    Sound and complete (Tian & Pearl 2003; Huang & Valtorta 2008): the effect factorises into the districts of what
    reaches it without the causes, and each must follow from the district of the whole graph that it lies in.
    """
    relevant = _ancestral(graph, graph.nodes, effects)
    reached = _ancestral(graph, relevant - set(causes), set(effects) - set(causes))
    for district in _districts(graph, reached):
        found = _in_the_way(graph, district, _district_around(graph, relevant, district))
        if found is not None:
            return found
    return None


def _in_the_way(graph: ADMG, target: frozenset[str], district: frozenset[str]) -> Hedge | None:
    """Narrow the district down to the target, or return the two that cannot be told apart."""
    while district != target:
        above = _ancestral(graph, district, target)
        if above == district:
            return Hedge(district, target)
        district = _district_around(graph, above, target)
    return None


def _ancestral(graph: ADMG, within: Collection[str], nodes: Collection[str]) -> frozenset[str]:
    """Return the nodes with a directed path to one of `nodes` inside `within`, those included."""
    part = graph.digraph.subgraph(within)
    return frozenset(nodes).union(*(nx.ancestors(part, node) for node in nodes))


def _districts(graph: ADMG, within: Collection[str]) -> list[frozenset[str]]:
    """Return what bidirected edges inside `within` connect, in the order of the nodes."""
    tied = nx.Graph()
    tied.add_nodes_from(node for node in graph.nodes if node in within)
    tied.add_edges_from(tuple(pair) for pair in graph.bidirected if pair <= set(within))
    return [frozenset(part) for part in nx.connected_components(tied)]


def _district_around(graph: ADMG, within: Collection[str], nodes: frozenset[str]) -> frozenset[str]:
    return next(district for district in _districts(graph, within) if nodes <= district)


def _listed(nodes: Collection[str]) -> str:
    return "{" + ", ".join(sorted(nodes)) + "}"
