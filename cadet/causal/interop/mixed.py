"""What every format has in common: nodes in order, and edges with a mark at each end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import networkx as nx

from cadet.errors import GraphError, nearest
from cadet.model.graph import ADMG, PAG, Mark

G = TypeVar("G", PAG, ADMG)

_LEFT = {Mark.CIRCLE: "o", Mark.ARROW: "<", Mark.TAIL: "-"}


@dataclass(frozen=True)
class Edge:
    """An edge between a and b with its marks; `place` says where it was read, such as `line 4`."""

    a: str
    at_a: Mark
    at_b: Mark
    b: str
    place: str = field(default="", compare=False)

    @property
    def arrow(self) -> str:
        """The edge without its ends, such as `o->`."""
        return f"{_LEFT[self.at_a]}-{self.at_b.value}"

    def __str__(self) -> str:
        return f"{self.a!r} {self.arrow} {self.b!r}"

    def turned(self) -> Edge:
        """Return the same edge, written from b to a."""
        return Edge(self.b, self.at_b, self.at_a, self.a, self.place)


def edges_of(graph: PAG | ADMG) -> Iterator[Edge]:
    """Yield every edge once, in the order of the nodes; of an ADMG the directed ones first, causes on the left."""
    if isinstance(graph, PAG):
        yield from (Edge(a, at_a, at_b, b) for a, b, at_a, at_b in graph.edges())
        return
    rank = {node: i for i, node in enumerate(graph.nodes)}
    for cause, effect in sorted(graph.directed, key=lambda pair: (rank[pair[0]], rank[pair[1]])):
        yield Edge(cause, Mark.TAIL, Mark.ARROW, effect)
    for a, b in sorted((sorted(pair, key=rank.__getitem__) for pair in graph.bidirected),
                       key=lambda pair: (rank[pair[0]], rank[pair[1]])):  # fmt: skip
        yield Edge(a, Mark.ARROW, Mark.ARROW, b)


def graph_of(kind: type[G], nodes: Sequence[str] | None, edges: Iterable[Edge]) -> G:
    """Return the graph; without `nodes` they are those of the edges, in order of appearance.

    Raises GraphError, with the place, for what is no graph of that kind.
    """
    edges = tuple(edges)
    if nodes is None:
        nodes = list(dict.fromkeys(node for edge in edges for node in (edge.a, edge.b)))
    _require_once(nodes)
    for edge in edges:
        _require_ends(edge, nodes)
    build: Callable[[Sequence[str], Sequence[Edge]], Any] = _pag if kind is PAG else _admg
    graph: G = build(nodes, edges)
    return graph


def wrong(edge: Edge, why: str) -> GraphError:
    """Return the error that says where the edge is and what is wrong with it."""
    return GraphError(f"{edge.place}: {edge}: {why}" if edge.place else f"{edge}: {why}")


def _pag(nodes: Sequence[str], edges: Sequence[Edge]) -> PAG:
    marks: dict[tuple[str, str], Mark] = {}
    for edge in edges:
        if (edge.a, edge.b) in marks:
            raise wrong(edge, "there is an edge between these two already, and a PAG has at most one")
        marks[edge.b, edge.a], marks[edge.a, edge.b] = edge.at_a, edge.at_b
    return PAG(tuple(nodes), marks)


def _admg(nodes: Sequence[str], edges: Sequence[Edge]) -> ADMG:
    directed: set[tuple[str, str]] = set()
    bidirected: set[frozenset[str]] = set()
    for edge in edges:
        if edge.at_a is edge.at_b is Mark.ARROW:
            if frozenset((edge.a, edge.b)) in bidirected:
                raise wrong(edge, "said before")
            bidirected.add(frozenset((edge.a, edge.b)))
            continue
        forward = edge if edge.at_b is Mark.ARROW else edge.turned()
        if (forward.at_a, forward.at_b) != (Mark.TAIL, Mark.ARROW):
            raise wrong(edge, "an ADMG has only --> and <->; read it as a PAG, or resolve the PAG first")
        if (forward.a, forward.b) in directed:
            raise wrong(edge, "said before")
        directed.add((forward.a, forward.b))
    admg = ADMG(tuple(nodes), frozenset(directed), frozenset(bidirected))
    _require_acyclic(admg)
    return admg


def _require_acyclic(graph: ADMG) -> None:
    if not nx.is_directed_acyclic_graph(graph.digraph):
        cycle = [cause for cause, _ in nx.find_cycle(graph.digraph)]
        raise GraphError(f"an ADMG has no directed cycle, but here {' --> '.join([*cycle, cycle[0]])}")


def _require_once(nodes: Sequence[str]) -> None:
    for node in nodes:
        if not isinstance(node, str):
            raise GraphError(f"node {node!r} is not text; name it so, for example with networkx.relabel_nodes(g, str)")
    if len(set(nodes)) < len(nodes):
        twice = next(node for i, node in enumerate(nodes) if node in nodes[:i])
        raise GraphError(f"node {twice!r} is listed twice")


def _require_ends(edge: Edge, nodes: Sequence[str]) -> None:
    for node in (edge.a, edge.b):
        if node not in nodes:
            raise wrong(edge, f"{node!r} is not among the nodes{nearest(node, nodes)}")
    if edge.a == edge.b:
        raise wrong(edge, "an edge joins two different nodes")
