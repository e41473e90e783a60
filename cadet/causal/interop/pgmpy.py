"""Graphs of pgmpy: ADMG, DAG, PDAG and graphs with marks; an ADMG without hidden causes as a Bayesian network."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from cadet.causal.interop.mixed import Edge, edges_of, graph_of
from cadet.causal.interop.networkx import from_networkx
from cadet.errors import GraphError
from cadet.model.graph import ADMG, PAG, Mark
from cadet.plugins import peer


def to_pgmpy(graph: PAG | ADMG) -> Any:
    """Return pgmpy's ADMG for an ADMG, and its AncestralBase, which has marks, for a PAG.

    Raises CapabilityMissing where pgmpy is not installed.
    """
    base = peer("pgmpy.base")
    if isinstance(graph, PAG):
        marked = base.AncestralBase()
        marked.add_nodes_from(graph.nodes)
        for edge in edges_of(graph):
            marked.add_edge(edge.a, edge.b, edge.at_a.value, edge.at_b.value)
        return marked
    mixed = base.ADMG()
    mixed.add_nodes_from(graph.nodes)
    mixed.add_directed_edges(sorted(graph.directed))  # first: it takes a bidirected edge for a cycle
    mixed.add_bidirected_edges(sorted(tuple(sorted(pair)) for pair in graph.bidirected))
    return mixed


def to_bayesian_network(graph: ADMG) -> Any:
    """Return the structure as pgmpy's DiscreteBayesianNetwork, ready for `fit`.

    Raises GraphError where the graph has hidden causes, which such a network cannot say.
    """
    if graph.bidirected:
        pairs = ", ".join(" <-> ".join(sorted(pair)) for pair in sorted(graph.bidirected, key=sorted))
        raise GraphError(f"a Bayesian network has no hidden causes, this graph has {pairs}; add them as latent nodes")
    network = peer("pgmpy.models").DiscreteBayesianNetwork()
    network.add_nodes_from(graph.nodes)
    network.add_edges_from(sorted(graph.directed))
    return network


def from_pgmpy(graph: Any) -> PAG | ADMG:
    """Return an ADMG for pgmpy's ADMG, DAG or Bayesian network; a PAG for its PDAG, MAG or any graph with marks.

    An undirected edge of a PDAG becomes o-o: either end may be the cause. Raises GraphError for latent nodes, and for
    graphs of other classes.
    """
    base = peer("pgmpy.base")
    if latents := sorted(map(str, getattr(graph, "latents", ()))):
        raise GraphError(f"{', '.join(latents)} are latent nodes; project them out first, ours are all observed")
    if isinstance(graph, base.AncestralBase):
        return from_networkx(graph, PAG)
    if isinstance(graph, base.PDAG):
        return of_arcs(list(graph.nodes), graph.edges)
    if isinstance(graph, base.ADMG):
        return graph_of(ADMG, list(graph.nodes), _of_admg(graph))
    if isinstance(graph, base.DAG):
        return from_networkx(graph, ADMG)
    raise GraphError(f"no graph of pgmpy with causal edges: {type(graph).__name__}")


def of_arcs(nodes: Sequence[str], arcs: Collection[tuple[str, str]]) -> PAG:
    """Return the PAG of a partially directed graph: an arc is a cause and its effect, arcs both ways are o-o."""
    ends = [
        Edge(a, Mark.CIRCLE, Mark.CIRCLE, b) if (b, a) in arcs else Edge(a, Mark.TAIL, Mark.ARROW, b)
        for a, b in sorted(arcs)
        if a < b or (b, a) not in arcs
    ]
    return graph_of(PAG, nodes, ends)


def _of_admg(graph: Any) -> Iterator[Edge]:
    for a, b, kind in graph.edges(data="type"):
        if kind == "directed":
            yield Edge(a, Mark.TAIL, Mark.ARROW, b)
        elif a < b:  # it keeps a bidirected edge as two arcs
            yield Edge(a, Mark.ARROW, Mark.ARROW, b)
