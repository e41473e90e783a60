"""Causal graphs: the partial ancestral graph that data supports, and the mixed graph that effects need.

A PAG is what FCI may claim; an ADMG is one causal model compatible with it. They are different types because
only `cadet.causal.discovery.resolve` may turn one into the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from functools import cached_property

import networkx as nx

from cadet.model.tabular import Tabular


class Mark(str, Enum):
    """The end of an edge: `CIRCLE` says that the data cannot tell."""

    CIRCLE = "o"
    ARROW = ">"
    TAIL = "-"


@dataclass(frozen=True)
class PAG:
    """A partial ancestral graph (Zhang 2008). `marks[a, b]` is the mark at b on the edge between a and b.

    Without circles it is a maximal ancestral graph.
    """

    nodes: tuple[str, ...]
    marks: Mapping[tuple[str, str], Mark]

    def adjacent(self, a: str, b: str) -> bool:
        """Tell whether an edge joins a and b."""
        return (a, b) in self.marks

    def edges(self) -> Iterator[tuple[str, str, Mark, Mark]]:
        """Yield (a, b, mark at a, mark at b), each edge once, in the order of the nodes."""
        rank = {node: i for i, node in enumerate(self.nodes)}
        for a, b in sorted(self.marks, key=lambda e: (rank[e[0]], rank[e[1]])):
            if rank[a] < rank[b]:
                yield a, b, self.marks[b, a], self.marks[a, b]

    def __str__(self) -> str:
        left = {Mark.CIRCLE: "o", Mark.ARROW: "<", Mark.TAIL: "-"}
        return "\n".join(f"{a} {left[at_a]}-{at_b.value} {b}" for a, b, at_a, at_b in self.edges())


@dataclass(frozen=True)
class ADMG:
    """An acyclic directed mixed graph: `directed` (cause, effect), `bidirected` pairs share a hidden cause."""

    nodes: tuple[str, ...]
    directed: frozenset[tuple[str, str]]
    bidirected: frozenset[frozenset[str]] = frozenset()

    def parents(self, node: str) -> tuple[str, ...]:
        """Return the direct causes of `node`, in the order of the nodes."""
        return tuple(n for n in self.nodes if (n, node) in self.directed)

    def children(self, node: str) -> tuple[str, ...]:
        """Return the direct effects of `node`, in the order of the nodes."""
        return tuple(n for n in self.nodes if (node, n) in self.directed)

    def siblings(self, node: str) -> tuple[str, ...]:
        """Return the nodes that share a hidden cause with `node`."""
        return tuple(n for n in self.nodes if n != node and frozenset((n, node)) in self.bidirected)

    @cached_property
    def digraph(self) -> nx.DiGraph:
        """The directed part, for the algorithms of networkx."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.nodes)
        graph.add_edges_from(sorted(self.directed))
        return graph

    def topological(self) -> tuple[str, ...]:
        """Return the nodes, causes first."""
        rank = {node: i for i, node in enumerate(self.nodes)}
        return tuple(nx.lexicographical_topological_sort(self.digraph, key=rank.__getitem__))

    def ancestors(self, node: str) -> frozenset[str]:
        """Return everything with a directed path into `node`, itself excluded."""
        return frozenset(nx.ancestors(self.digraph, node))

    def descendants(self, node: str) -> frozenset[str]:
        """Return everything `node` has a directed path to, itself excluded."""
        return frozenset(nx.descendants(self.digraph, node))


@dataclass(frozen=True)
class EdgeStability:
    """How often the edge a–b, and each mark at its ends, came back when half of the configurations were relearned."""

    a: str
    b: str
    adjacent: float
    at_a: Mapping[Mark, float] = field(default_factory=dict)
    at_b: Mapping[Mark, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Resolution:
    """Why one edge of the ADMG reads as it does.

    rule: the softer of the two that decided its ends; at_a, at_b: the rule for each mark.
    settle: the intervention that would settle what the data leaves open, empty where nothing is or none is known.
    """

    a: str
    b: str
    reads: str
    rule: str
    at_a: str = ""
    at_b: str = ""
    settle: str = ""


@dataclass(frozen=True)
class CausalGraph(Tabular):
    """What was learned: the PAG, one ADMG compatible with it, and how much each edge can be trusted.

    ambiguous: unshielded (a, b, c) of which the data does not tell whether b is a collider.
    """

    pag: PAG
    admg: ADMG
    stability: tuple[EdgeStability, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    notes: tuple[str, ...] = ()
    ambiguous: tuple[tuple[str, str, str], ...] = ()

    def rows(self) -> list[dict[str, object]]:
        """Return one row per edge of the PAG: its ends, the marks there, its stability."""
        return [
            {"a": a, "b": b, "at_a": at_a.value, "at_b": at_b.value, "stability": self.stability_of(a, b)}
            for a, b, at_a, at_b in self.pag.edges()
        ]

    def to_dict(self) -> dict[str, object]:
        """Return the JSON document `cadet.graph/1`."""
        resolutions = [asdict(r) for r in self.resolutions]
        return {"schema": "cadet.graph/1", "nodes": list(self.pag.nodes), "edges": self.rows(),
                "resolutions": resolutions, "notes": list(self.notes),
                "ambiguous": [list(triple) for triple in self.ambiguous]}  # fmt: skip

    def stability_of(self, a: str, b: str) -> float | None:
        """Return the frequency with which a and b were adjacent, None when it was not resampled."""
        for edge in self.stability:
            if {edge.a, edge.b} == {a, b}:
                return edge.adjacent
        return None
