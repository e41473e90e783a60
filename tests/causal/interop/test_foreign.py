"""What other tools write is read, and what cannot be read is said with its line."""

from __future__ import annotations

import networkx as nx
import pytest

from cadet.causal.interop import from_dot, from_graphml, from_networkx, from_pgmpy, from_text, to_graphml
from cadet.errors import GraphError
from cadet.model.graph import ADMG, PAG, Mark
from cadet.report.dot import dot
from tests.report import stories

A, C, T = Mark.ARROW, Mark.CIRCLE, Mark.TAIL

TETRAD = """Graph Nodes:
cd;hd;lc;s;i

Graph Edges:
1. cd <-> hd
2. cd --> lc dd nl
3. i o-> s [i o-> s]:0.9;[no edge]:0.1;
4. hd <-o s

Graph Attributes:
BIC: -1204.3

Ambiguous triples (i.e. list of triples for which there is ambiguous data about whether they are colliders or not):
"""


def test_the_text_of_tetrad() -> None:
    pag = from_text(TETRAD, PAG)
    assert pag.nodes == ("cd", "hd", "lc", "s", "i")
    assert str(pag).splitlines() == ["cd <-> hd", "cd --> lc", "hd <-o s", "s <-o i"]


def test_windows_line_ends_and_blank_lines_do_not_matter() -> None:
    assert from_text(TETRAD.replace("\n", "\r\n"), PAG) == from_text(TETRAD.replace("\n", "\n\n"), PAG)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a --> b\na -> c", r"line 2: 'a -> c' is no edge; write it as X --> Y"),
        ("a --> b --> c", r"line 1: 'a --> b --> c' has two arrows"),
        ("a o-> a", r"line 1: 'a' o-> 'a': an edge joins two different nodes"),
        ("a --> b\n\nb o-o a", r"line 3: 'b' o-o 'a': there is an edge between these two already"),
        (
            "Graph Nodes:\na;batch\n\nGraph Edges:\n1. a --> bach",
            r"line 5: .* not among .*; did you mean 'batch'",
        ),
        ("Graph Nodes:\na;b;a\n", r"node 'a' is listed twice"),
        ("Graph Nodes:\na;;b\n", r"line 2: no list of nodes"),
        ('"a\\q" --> b', r"line 1: the quoted name .* cannot be read"),
        ("Graph Nodes:\na;b\nGraph Edges:\n1. a ==> b", r"line 4: 'a ==> b' is no edge"),
    ],
)
def test_wrong_text_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(GraphError, match=said):
        from_text(text, PAG)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a o-> b", r"line 1: 'a' o-> 'b': an ADMG has only --> and <->; read it as a PAG"),
        ("a --> b\nb --> c\nc --> a", r"no directed cycle, but here (a --> b --> c|b --> c --> a|c --> a --> b)"),
        ("a --> b\nb <-- a", r"line 2: .* said before"),
        ("a <-> b\nb <-> a", r"line 2: .* said before"),
    ],
)
def test_what_is_no_admg_is_refused(text: str, said: str) -> None:
    with pytest.raises(GraphError, match=said):
        from_text(text, ADMG)


DOT = """
/* as people write it */
strict digraph "my graph" {
  rankdir=LR; node [shape=box, fontname="mono"];
  subgraph cluster_0 { label = "options"; batch; "cores" }
  batch -> misses -> latency [label="a \\"b\\""];   // two edges
  { rank=sink; latency }
  edge [dir=both, arrowtail=odot]
  cores:n -> latency:s [color=red]
  # a line for the preprocessor
  misses -> cores [arrowtail=normal arrowhead=normal; style=dashed]
  alone
}
"""


def test_dot_as_people_write_it() -> None:
    pag = from_dot(DOT, PAG)
    assert pag.nodes == ("batch", "cores", "misses", "latency", "alone")
    assert str(pag).splitlines() == ["batch --> misses", "cores <-> misses", "cores o-> latency", "misses --> latency"]


def test_an_undirected_dot_graph_has_tails() -> None:
    assert from_dot("graph { a -- b }", PAG) == PAG(("a", "b"), {("a", "b"): T, ("b", "a"): T})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the text ends, expected digraph or graph"),
        ("graf {}", "line 1: 'graf', expected digraph or graph"),
        ("digraph {\n a -> ;\n}", "line 2: ';', expected a name"),
        ("digraph {\n a -> b", "line 2: the text ends, expected a name"),
        ("digraph {\n a ? b }", "line 2: no DOT from"),
        ('digraph {\n a -> "b }', "line 2: no DOT from"),
        ("digraph { a }\ndigraph { b }", "line 2: 'digraph', expected nothing more"),
        ("digraph {\n a -> b [arrowhead=crow] }", "line 2: the end of the edge is 'crow'; known: normal"),
        ("digraph {\n a -> b [dir=bothh] }", "line 2: dir=bothh; did you mean 'both'"),
        ("digraph {\n a -> b;\n\n b -> a }", "line 4: 'b' --> 'a': there is an edge between these two already"),
    ],
)
def test_wrong_dot_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(GraphError, match=said):
        from_dot(text, PAG)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: no well-formed GraphML"),
        ("<graphml>\n<graph></graphml>", "line 2: no well-formed GraphML: mismatched tag"),
        ("<svg/>", "no GraphML of a graph"),
    ],
)
def test_wrong_graphml_is_named(text: str, said: str) -> None:
    with pytest.raises(GraphError, match=said):
        from_graphml(text, PAG)


def test_a_name_that_xml_cannot_hold_is_refused() -> None:
    with pytest.raises(GraphError, match=r"XML cannot hold the character '\\x07' of the node 'be\\x07ll'"):
        to_graphml(PAG(("be\x07ll",), {}))


def test_edges_of_networkx_without_direction_or_with_unknown_marks_are_refused() -> None:
    with pytest.raises(GraphError, match="the edge 'a' – 'b' has no direction"):
        from_networkx(nx.Graph([("a", "b")]), PAG)
    with pytest.raises(GraphError, match="has the mark '<'; known: 'o', '>', '-'"):
        from_networkx(nx.DiGraph([("a", "b", {"at_source": "<", "at_target": ">"})]), PAG)
    with pytest.raises(GraphError, match=r"node 1 is not text; .*relabel_nodes"):
        from_networkx(nx.DiGraph([(1, 2)]), ADMG)


def test_graphs_of_pgmpy() -> None:
    base = pytest.importorskip("pgmpy.base", reason="pgmpy is not installed: pip install 'cadet[peers]'")
    pdag = base.PDAG(directed_ebunch=[("a", "c")], undirected_ebunch=[("c", "b")])
    assert from_pgmpy(pdag).marks == {("a", "c"): A, ("c", "a"): T, ("b", "c"): C, ("c", "b"): C}  # type: ignore[union-attr]
    mag = base.MAG(ebunch=[("a", "b", ">", ">")])
    assert from_pgmpy(mag) == PAG(("a", "b"), {("a", "b"): A, ("b", "a"): A})
    assert from_pgmpy(base.DAG([("a", "b")])) == ADMG(("a", "b"), frozenset({("a", "b")}))
    with pytest.raises(GraphError, match="u are latent nodes"):
        from_pgmpy(base.DAG([("u", "b")], latents={"u"}))
    with pytest.raises(GraphError, match="no graph of pgmpy with causal edges: Graph"):
        from_pgmpy(nx.Graph())


def test_the_dot_of_a_report_is_read_too() -> None:
    story = stories.story()
    assert story.graph is not None
    assert from_dot(dot(story), PAG).marks == story.graph.pag.marks
