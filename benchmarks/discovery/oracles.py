"""FCI of every engine on the m-separations of a known graph: no data, no errors of tests, only the engine's own."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from benchmarks.discovery.blame import watched
from benchmarks.discovery.tetrad import Tetrad
from cadet.causal.discovery import fci
from cadet.causal.independence import Oracle
from cadet.model.graph import ADMG, PAG, Mark
from cadet.model.knowledge import Knowledge
from tests.causal.discovery.graphs import Truth

TETRAD = {"TAIL": Mark.TAIL, "ARROW": Mark.ARROW, "CIRCLE": Mark.CIRCLE}
LEVEL = 0.5  # an oracle's p-value is 0 or 1


class Said(NamedTuple):
    """A PAG, and by (a, b) the step that put the mark at b, where that is known."""

    pag: PAG
    by: Mapping[tuple[str, str], str] = {}


def dag(graph: ADMG, observed: tuple[str, ...]) -> Truth:
    """Return the truth with a hidden common cause for each bidirected edge."""
    pairs = {f"h{i}": sorted(pair) for i, pair in enumerate(sorted(graph.bidirected, key=sorted))}
    edges = {(hidden, end) for hidden, pair in pairs.items() for end in pair}
    return Truth(ADMG((*graph.nodes, *pairs), graph.directed | edges), observed, Knowledge())


def cadet(truth: Truth) -> Said:
    """Ask our own engine."""
    return Said(fci(Oracle(truth.dag, truth.observed), truth.knowledge, LEVEL))


def causal_learn(truth: Truth) -> Said:
    """Ask causal-learn, with its oracle and its background knowledge; observed nodes come first there."""
    import networkx as nx
    from causallearn.search.ConstraintBased.FCI import fci as search
    from causallearn.utils.PCUtils.BackgroundKnowledge import BackgroundKnowledge

    hidden = [n for n in truth.dag.nodes if n not in truth.observed]
    at = {name: i for i, name in enumerate((*truth.observed, *hidden))}
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(at)))
    graph.add_edges_from((at[a], at[b]) for a, b in truth.dag.directed)
    knowledge = None
    if truth.knowledge.tiers:
        knowledge = BackgroundKnowledge()
        for name, tier in truth.knowledge.tiers.items():
            knowledge.add_node_to_tier(_node(name), tier)
    placeholder = np.random.default_rng(0).standard_normal((len(at) + 5, len(truth.observed)))
    with contextlib.redirect_stdout(io.StringIO()), watched(truth.observed) as by:
        found, _ = search(placeholder, "d_separation", LEVEL, background_knowledge=knowledge, show_progress=False,
                          node_names=list(truth.observed), true_dag=graph)  # fmt: skip
    edges = [
        (e.get_node1().get_name(), e.get_node2().get_name(), e.get_endpoint1().name, e.get_endpoint2().name)
        for e in found.get_graph_edges()
    ]
    return Said(_pag(truth, edges), by)


def tetrad(server: Tetrad, truth: Truth) -> Said:
    """Ask Tetrad with all rules, and with R0–R4 alone to know what came from these."""
    details = {
        "nodes": truth.dag.nodes,
        "hidden": [n for n in truth.dag.nodes if n not in truth.observed],
        "edges": sorted(truth.dag.directed),
        "tiers": dict(truth.knowledge.tiers),
    }
    pag, early = (
        _pag(truth, server.ask("oracle", **details, complete=complete)["edges"]) for complete in (True, False)
    )
    by = {
        edge: "knowledge, R0–R4" if early.marks.get(edge) is mark else "R5–R10"
        for edge, mark in pag.marks.items()
        if mark is not Mark.CIRCLE
    }
    return Said(pag, by)


def _node(name: str) -> object:
    from causallearn.graph.GraphNode import GraphNode

    return GraphNode(name)


def _pag(truth: Truth, edges: list[tuple[str, str, str, str]]) -> PAG:
    marks: dict[tuple[str, str], Mark] = {}
    for a, b, at_a, at_b in edges:
        marks[b, a], marks[a, b] = TETRAD[at_a], TETRAD[at_b]
    return PAG(truth.observed, marks)
