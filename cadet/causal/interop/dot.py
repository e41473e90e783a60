"""Graphs in the language of Graphviz: the shape of each end of an edge is its mark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cadet.causal.interop.dot_tokens import Token, Tokens
from cadet.causal.interop.mixed import Edge, G, edges_of, graph_of
from cadet.errors import GraphError, nearest
from cadet.model.graph import ADMG, PAG, Mark

_SHAPES = {Mark.ARROW: "normal", Mark.CIRCLE: "odot", Mark.TAIL: "none"}
_MARKS = {shape: mark for mark, shape in _SHAPES.items()} | {"vee": Mark.ARROW, "open": Mark.ARROW, "dot": Mark.CIRCLE}
_DIRECTIONS = {"forward": (False, True), "back": (True, False), "both": (True, True), "none": (False, False)}


def to_dot(graph: PAG | ADMG) -> str:
    """Return the graph as DOT: arrowheads, circles and plain ends as Graphviz draws them, hidden causes dashed."""
    lines = [f"  {quoted(node)};" for node in graph.nodes]
    for edge in edges_of(graph):
        hidden = ", style=dashed" if edge.at_a is edge.at_b is Mark.ARROW else ""
        ends = f"dir=both, arrowtail={_SHAPES[edge.at_a]}, arrowhead={_SHAPES[edge.at_b]}{hidden}"
        lines.append(f"  {quoted(edge.a)} -> {quoted(edge.b)} [{ends}];")
    return "\n".join(["digraph {", *lines, "}", ""])


def quoted(name: str) -> str:
    """Return a name as a quoted DOT identifier on one line."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def from_dot(text: str, kind: type[G]) -> G:
    """Read a PAG or an ADMG (`kind`) from DOT: `dir`, `arrowtail` and `arrowhead` are the marks, other styling is free.

    Subgraphs are read as part of the graph; `--` is an edge with two tails. Raises GraphError with the line.
    """
    drawing = _Drawing(Tokens(text))
    drawing.read()
    return graph_of(kind, list(drawing.nodes), drawing.edges)


@dataclass
class _Drawing:
    """What was read so far; `ends` are the defaults that `edge [...]` set."""

    tokens: Tokens
    nodes: dict[str, None] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    ends: dict[str, str] = field(default_factory=dict)

    def read(self) -> None:
        self.tokens.skip("strict")
        if not (self.tokens.skip("digraph") or self.tokens.skip("graph")):
            raise self.tokens.unexpected("digraph or graph")
        if not self.tokens.ahead("{"):
            self.tokens.name()
        self._block()
        self.tokens.require_end()

    def _block(self) -> None:
        self.tokens.require("{")
        while not self.tokens.skip("}"):
            if not self.tokens.skip(";"):
                self._statement()

    def _statement(self) -> None:
        if self.tokens.skip("subgraph"):
            if not self.tokens.ahead("{"):
                self.tokens.name()
            self._block()
        elif self.tokens.ahead("{"):
            self._block()
        elif self.tokens.skip("edge"):
            self.ends |= self._attributes()
        elif self.tokens.skip("node") or self.tokens.skip("graph"):
            self._attributes()
        else:
            self._nodes_or_edges()

    def _nodes_or_edges(self) -> None:
        first = self.tokens.name()
        if self.tokens.skip("="):
            self.tokens.name()
            return
        ends = [first]
        arrows = []
        while self.tokens.ahead("->") or self.tokens.ahead("--"):
            arrows.append(self.tokens.next())
            ends.append(self.tokens.name())
        attributes = self._attributes()
        self.nodes.update(dict.fromkeys(end.text for end in ends))
        for a, arrow, b in zip(ends, arrows, ends[1:], strict=False):
            self.edges.append(_edge(a, arrow, b, self.ends | attributes))

    def _attributes(self) -> dict[str, str]:
        return dict(self._pairs())

    def _pairs(self) -> Iterator[tuple[str, str]]:
        while self.tokens.skip("["):
            while not self.tokens.skip("]"):
                name = self.tokens.name().text
                yield name, self.tokens.name().text if self.tokens.skip("=") else "true"
                self.tokens.skip(",")
                self.tokens.skip(";")


def _edge(a: Token, arrow: Token, b: Token, attributes: Mapping[str, str]) -> Edge:
    place = f"line {arrow.line}"
    direction = attributes.get("dir", "forward" if arrow.text == "->" else "none")
    if direction not in _DIRECTIONS:
        raise GraphError(f"{place}: dir={direction}{nearest(direction, _DIRECTIONS)}")
    tail, head = _DIRECTIONS[direction]
    at_a = _mark(attributes.get("arrowtail", "normal"), place) if tail else Mark.TAIL
    at_b = _mark(attributes.get("arrowhead", "normal"), place) if head else Mark.TAIL
    return Edge(a.text, at_a, at_b, b.text, place)


def _mark(shape: str, place: str) -> Mark:
    if shape not in _MARKS:
        raise GraphError(f"{place}: the end of the edge is {shape!r}; known: {', '.join(_MARKS)}")
    return _MARKS[shape]
