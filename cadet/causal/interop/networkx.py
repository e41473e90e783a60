"""Graphs as networkx graphs: one edge is one arc, with the marks at its ends as attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import networkx as nx

from cadet.causal.interop.mixed import Edge, G, edges_of, graph_of
from cadet.errors import GraphError
from cadet.model.graph import ADMG, PAG, Mark

AT_SOURCE, AT_TARGET = "at_source", "at_target"
_MARKS = ", ".join(repr(mark.value) for mark in Mark)


def to_networkx(graph: PAG | ADMG) -> nx.MultiDiGraph:
    """Return the graph with edge attributes `at_source` and `at_target`: "o" circle, ">" arrowhead, "-" tail.

    Causes point to effects. The arcs of other edges run in the order of the nodes and say nothing by themselves; for
    directed paths alone take the arcs with ("-", ">"), or `admg.digraph`.
    """
    drawn = nx.MultiDiGraph(kind=type(graph).__name__)
    drawn.add_nodes_from(graph.nodes)
    for i, edge in enumerate(edges_of(graph)):
        towards = edge.turned() if (edge.at_a, edge.at_b) == (Mark.ARROW, Mark.TAIL) else edge
        marks = {AT_SOURCE: towards.at_a.value, AT_TARGET: towards.at_b.value}
        drawn.add_edge(towards.a, towards.b, key=f"e{i}", **marks)
    return drawn


def from_networkx(graph: nx.Graph, kind: type[G]) -> G:
    """Read a PAG or an ADMG (`kind`) from any networkx graph whose nodes are text.

    Marks are the attributes `at_source` and `at_target` of an edge, or one attribute `marks`, by node (as pgmpy keeps
    them); an arc without any is a cause and its effect. Raises GraphError for edges without direction or marks, and
    for what is no graph of that kind.
    """
    return graph_of(kind, list(graph.nodes), _edges(graph))


def _edges(graph: nx.Graph) -> Iterator[Edge]:
    for a, b, attributes in graph.edges(data=True):
        yield Edge(a, *_marks(a, b, attributes, graph.is_directed()), b)


def _marks(a: str, b: str, attributes: Mapping[str, Any], directed: bool) -> tuple[Mark, Mark]:
    if "marks" in attributes:
        return _mark(a, b, attributes["marks"].get(a)), _mark(a, b, attributes["marks"].get(b))
    if directed and (AT_SOURCE in attributes or AT_TARGET in attributes):
        return _mark(a, b, attributes.get(AT_SOURCE)), _mark(a, b, attributes.get(AT_TARGET))
    if directed:
        return Mark.TAIL, Mark.ARROW
    raise GraphError(f"the edge {a!r} – {b!r} has no direction; give it marks={{{a!r}: '-', {b!r}: '>'}} or an arc")


def _mark(a: str, b: str, mark: object) -> Mark:
    try:
        return Mark(mark)
    except ValueError:
        raise GraphError(f"the edge {a!r} – {b!r} has the mark {mark!r}; known: {_MARKS}") from None
