"""Graphs of causal-learn: `GeneralGraph`, an edge list with endpoints."""

from __future__ import annotations

from typing import Any

from cadet.causal.interop.mixed import Edge, G, edges_of, graph_of
from cadet.errors import GraphError
from cadet.model.graph import ADMG, PAG, Mark
from cadet.plugins import peer

_NAMES = {Mark.CIRCLE: "CIRCLE", Mark.ARROW: "ARROW", Mark.TAIL: "TAIL"}
_MARKS = {name: mark for mark, name in _NAMES.items()}


def to_causal_learn(graph: PAG | ADMG) -> Any:
    """Return the graph as causal-learn's GeneralGraph, marked as a PAG where it is one.

    Raises CapabilityMissing where causal-learn is not installed.
    """
    general = peer("causallearn.graph.GeneralGraph").GeneralGraph
    node, drawn = peer("causallearn.graph.GraphNode").GraphNode, peer("causallearn.graph.Edge").Edge
    endpoint = peer("causallearn.graph.Endpoint").Endpoint
    nodes = {name: node(name) for name in graph.nodes}
    made = general(list(nodes.values()))
    for edge in edges_of(graph):
        # its add_edge drops an edge o-- without a word, and takes --o
        e = edge.turned() if (edge.at_a, edge.at_b) == (Mark.CIRCLE, Mark.TAIL) else edge
        made.add_edge(drawn(nodes[e.a], nodes[e.b], endpoint[_NAMES[e.at_a]], endpoint[_NAMES[e.at_b]]))
    made.set_pag(isinstance(graph, PAG))
    return made


def from_causal_learn(graph: Any, kind: type[G]) -> G:
    """Read a PAG or an ADMG (`kind`) from a graph of causal-learn; raises GraphError for what is none."""
    names = [node.get_name() for node in graph.get_nodes()]
    return graph_of(kind, names, [_edge(edge) for edge in graph.get_graph_edges()])


def _edge(edge: Any) -> Edge:
    a, b = edge.get_node1().get_name(), edge.get_node2().get_name()
    return Edge(a, _mark(edge, edge.get_endpoint1()), _mark(edge, edge.get_endpoint2()), b)


def _mark(edge: Any, endpoint: Any) -> Mark:
    if endpoint.name not in _MARKS:
        raise GraphError(f"the edge {edge} has the endpoint {endpoint.name}; known: {', '.join(_MARKS)}")
    return _MARKS[endpoint.name]
