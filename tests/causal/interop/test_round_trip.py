"""What is written comes back equal, whatever the names are, in every format."""

from __future__ import annotations

import re
from itertools import combinations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadet.causal.interop import (
    from_causal_learn,
    from_dot,
    from_graphml,
    from_networkx,
    from_pgmpy,
    from_text,
    to_bayesian_network,
    to_causal_learn,
    to_dot,
    to_graphml,
    to_networkx,
    to_pgmpy,
    to_text,
)
from cadet.errors import GraphError
from cadet.model.graph import ADMG, PAG, Mark
from tests.causal.interop.graphs import AWKWARD, NAMES, admgs, graphs, pags

PLAIN = st.text(alphabet="abcxyz_.:0123456789µé", min_size=1, max_size=6)
IN_XML = NAMES.filter(lambda name: not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", name))

laws = settings(max_examples=150, deadline=None)


@laws
@given(graphs())
def test_text(graph: PAG | ADMG) -> None:
    assert from_text(to_text(graph), type(graph)) == graph


@laws
@given(graphs())
def test_dot(graph: PAG | ADMG) -> None:
    assert from_dot(to_dot(graph), type(graph)) == graph


@laws
@given(graphs(IN_XML))
def test_graphml(graph: PAG | ADMG) -> None:
    assert from_graphml(to_graphml(graph), type(graph)) == graph


@laws
@given(graphs())
def test_networkx(graph: PAG | ADMG) -> None:
    assert from_networkx(to_networkx(graph), type(graph)) == graph


@laws
@given(graphs())
def test_causal_learn(graph: PAG | ADMG) -> None:
    pytest.importorskip("causallearn", reason="causal-learn is not installed: pip install 'cadet[peers]'")
    assert from_causal_learn(to_causal_learn(graph), type(graph)) == graph


@laws
@given(graphs())
def test_pgmpy(graph: PAG | ADMG) -> None:
    pytest.importorskip("pgmpy", reason="pgmpy is not installed: pip install 'cadet[peers]'")
    assert from_pgmpy(to_pgmpy(graph)) == graph


@laws
@given(admgs())
def test_bayesian_network(graph: ADMG) -> None:
    pytest.importorskip("pgmpy", reason="pgmpy is not installed: pip install 'cadet[peers]'")
    dag = ADMG(graph.nodes, graph.directed)
    assert from_pgmpy(to_bayesian_network(dag)) == dag
    if graph.bidirected:
        with pytest.raises(GraphError, match=r"(?s)has no hidden causes, this graph has .* <-> "):
            to_bayesian_network(graph)


@laws
@given(pags(PLAIN))
def test_a_printed_pag_is_text_that_reads_back(pag: PAG) -> None:
    """Printing leaves out nodes without an edge, nothing else."""
    read = from_text(str(pag), PAG)
    assert read.marks == pag.marks and set(read.nodes) == {node for edge in pag.marks for node in edge}


@laws
@given(admgs(PLAIN))
def test_what_causal_learn_prints_is_text_that_reads_back(graph: ADMG) -> None:
    pytest.importorskip("causallearn", reason="causal-learn is not installed: pip install 'cadet[peers]'")
    if graph.nodes:
        assert from_text(str(to_causal_learn(graph)), ADMG) == graph


@pytest.mark.parametrize("name", AWKWARD)
def test_every_awkward_name_survives_at_both_ends_and_alone(name: str) -> None:
    marks = {(name, "b"): Mark.ARROW, ("b", name): Mark.CIRCLE}
    for graph in (PAG((name, "b", "alone " + name), marks), PAG(("b", name), marks), PAG((name,), {})):
        assert from_text(to_text(graph), PAG) == graph
        assert from_dot(to_dot(graph), PAG) == graph
        assert from_graphml(to_graphml(graph), PAG) == graph


def test_ordinary_names_are_written_as_they_are() -> None:
    nodes = ("batch", "block:block_rq_issue", "latency")
    pag = PAG(nodes, {(a, b): Mark.CIRCLE for a in nodes for b in nodes if a != b})
    lines = [f"{i}. {a} o-o {b}" for i, (a, b) in enumerate(combinations(nodes, 2), start=1)]
    assert to_text(pag) == "Graph Nodes:\n" + ";".join(nodes) + "\n\nGraph Edges:\n" + "\n".join(lines) + "\n"


@laws
@given(admgs())
def test_arcs_of_causes_are_the_directed_part_for_networkx(graph: ADMG) -> None:
    drawn = to_networkx(graph)
    causes = {(a, b) for a, b, data in drawn.edges(data=True) if (data["at_source"], data["at_target"]) == ("-", ">")}
    assert causes == graph.directed


def test_a_plain_networkx_digraph_is_causes_and_effects() -> None:
    assert from_networkx(nx.DiGraph([("a", "b"), ("b", "c")]), ADMG) == ADMG(
        ("a", "b", "c"), frozenset({("a", "b"), ("b", "c")})
    )


def test_the_same_graph_is_written_the_same_way_whatever_the_order_of_its_sets() -> None:
    pairs = [("a", "b"), ("a", "c"), ("b", "c"), ("c", "d")]
    one = ADMG(tuple("abcd"), frozenset(pairs), frozenset(map(frozenset, pairs)))
    other = ADMG(tuple("abcd"), frozenset(pairs[::-1]), frozenset(frozenset(p[::-1]) for p in pairs[::-1]))
    for write in (to_text, to_dot, to_graphml):
        assert write(one) == write(other)
