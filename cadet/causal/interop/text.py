"""Graphs as lines `X o-> Y`: what Tetrad and causal-learn write and read, and what `str(pag)` prints.

Names that such a line cannot hold as they are (spaces, semicolons, quotes, edges) are quoted as JSON strings, which
only CADET reads back; all others are plain, for everybody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from cadet.causal.interop.mixed import Edge, G, edges_of, graph_of
from cadet.errors import GraphError
from cadet.model.graph import ADMG, PAG, Mark

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_BARE = r'[^\s"](?:.*?\S)??'  # lazily: up to the first arrow
_ARROW = r"[<o-]-[>o-]"
_EDGE = re.compile(rf"(?P<a>{_QUOTED}|{_BARE})\s+(?P<arrow>{_ARROW})\s+(?P<b>\S.*)")
_NODE = re.compile(rf'\s*({_QUOTED}|[^\s;"][^;]*?)\s*(?:;|$)')
_NUMBER = re.compile(r"\d+\.\s+")
_REMARKS = re.compile(r'(?:\s+(?:dd|nl|pd|pl))+$|\s+\[[^"]*$')  # Tetrad: definitely direct, no latent, …; bootstraps
_AFTER = re.compile(r"(?:Graph Attributes|Graph Node Attributes|Ambiguous triples|(?:Dotted )?[Uu]nderline triples).*:")
_PLAIN = re.compile(r'[^\s;"\[\]]+')

_MARKS = {"<": Mark.ARROW, ">": Mark.ARROW, "o": Mark.CIRCLE, "-": Mark.TAIL}


def to_text(graph: PAG | ADMG) -> str:
    """Return the graph in the text format of Tetrad and causal-learn: a list of nodes, then numbered edges."""
    lines = ["Graph Nodes:", ";".join(_written(node) for node in graph.nodes), "", "Graph Edges:"]
    lines += [f"{i}. {_written(e.a)} {e.arrow} {_written(e.b)}" for i, e in enumerate(edges_of(graph), start=1)]
    return "\n".join([*lines, ""])


def from_text(text: str, kind: type[G]) -> G:
    """Read a PAG or an ADMG (`kind`) from such text, or from lines `X o-> Y` alone, as `str(pag)` prints them.

    Remarks of Tetrad after an edge (`dd nl`) are dropped. Raises GraphError with the number of the line.
    """
    return graph_of(kind, *_sections(text))


def _sections(text: str) -> tuple[list[str] | None, list[Edge]]:
    nodes: list[str] | None = None
    edges: list[Edge] = []
    section = ""
    for number, line in _lines(text):
        if line in ("Graph Nodes:", "Graph Edges:"):
            section = line
        elif section == "Graph Edges:" and _AFTER.fullmatch(line):
            break
        elif section == "Graph Nodes:":
            nodes = [*(nodes or []), *_nodes(line, number)]
        else:
            edges.append(_numbered(line, number) if section else _edge(line, number))
    return nodes, edges


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), start=1):  # not splitlines: a quoted name may hold other breaks
        if line.strip():
            yield number, line.strip()


def _nodes(line: str, number: int) -> Iterator[str]:
    at = 0
    while at < len(line):
        match = _NODE.match(line, at)
        if match is None:
            raise GraphError(f"line {number}: no list of nodes, separated by semicolons: {line!r}")
        yield _read(match[1], number)
        at = match.end()


def _numbered(line: str, number: int) -> Edge:
    """Read an edge under `Graph Edges:`, where a number goes before it and remarks may follow."""
    bare = _NUMBER.sub("", line, count=1)
    return _edge(bare, number, remarks=True)


def _edge(line: str, number: int, *, remarks: bool = False) -> Edge:
    match = _EDGE.fullmatch(line)
    if match is None:
        raise GraphError(f"line {number}: {line!r} is no edge; write it as X --> Y, with o-o, o->, -->, <-> or ---")
    a, arrow, b = match["a"], match["arrow"], match["b"]
    b = _REMARKS.sub("", b) if remarks else b
    if not b.startswith('"') and re.search(rf"(?:^|\s){_ARROW}(?:\s|$)", b):
        raise GraphError(f"line {number}: {line!r} has two arrows; a line is one edge, a name with an arrow is quoted")
    return Edge(_read(a, number), _MARKS[arrow[0]], _MARKS[arrow[2]], _read(b, number), f"line {number}")


def _written(name: str) -> str:
    plain = _PLAIN.fullmatch(name) and not re.fullmatch(_ARROW, name)
    return name if plain else json.dumps(name, ensure_ascii=False)


def _read(name: str, number: int) -> str:
    if not name.startswith('"'):
        return name
    try:
        return str(json.loads(name, strict=False))
    except json.JSONDecodeError as error:
        raise GraphError(f"line {number}: the quoted name {name} cannot be read: {error.msg}") from error
