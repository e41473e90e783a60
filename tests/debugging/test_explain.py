"""Which paths are told of a fix: those of the graph, of relearned graphs, and what subsamples of the rows select."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from cadet.causal.dataset import build
from cadet.causal.discovery import learn
from cadet.causal.effects import rank_paths
from cadet.causal.effects.carriers import DOUBTED
from cadet.debugging.explain import beside_the_graph, told_paths
from cadet.model.effect import CausalPath, Estimate
from cadet.model.graph import ADMG, PAG, CausalGraph
from cadet.model.measurement import Run, Status
from tests.debugging.systems import LATENCY, switches

SPACE = switches(5)
CHAIN = ("o0", "calls", "requests", "latency")


def told(seed: int, subsamples: int) -> tuple[set[tuple[str, ...]], dict[tuple[str, ...], float | None]]:
    """Return the paths told of a fix that sets o0, which acts through calls and the requests that they make.

    And the paths of the graph alone, with the stability of each.
    """
    rng = np.random.default_rng(seed)
    runs = []
    for _ in range(140):
        c = SPACE.configuration({name: bool(rng.integers(2)) for name in SPACE.names})
        calls = (1 + 3 * c["o0"]) * np.exp(0.3 * rng.standard_normal())
        requests = calls * (1 + c["o1"]) * np.exp(0.3 * rng.standard_normal())
        values = {"calls": calls, "requests": requests, "latency": requests * np.exp(0.1 * rng.standard_normal())}
        runs.append(Run(c, Status.OK, {name: float(value) for name, value in values.items()}))
    dataset = build(runs, SPACE, [LATENCY])
    graph = learn(dataset, np.random.default_rng(1), subsamples=subsamples)
    fix = SimpleNamespace(changes=[SimpleNamespace(option="o0")])
    session = SimpleNamespace(objectives=[LATENCY], fixes=[fix])
    alone = rank_paths(dataset, graph, ["latency"], np.random.default_rng(1))
    ways = {way.nodes for way in told_paths(session, dataset, graph, np.random.default_rng(1))}
    return ways, {way.nodes: way.stability for way in alone}


def test_a_chain_of_events_is_told_where_the_relearned_graphs_have_it():
    found = []
    for seed in range(4):
        ways, alone = told(seed, subsamples=40)
        held = (alone.get(CHAIN) or 0.0) >= DOUBTED
        assert (CHAIN in ways) == held
        found.append(held)
    assert any(found)


def test_no_chain_is_told_on_the_word_of_one_graph():
    ways, alone = told(0, subsamples=0)
    assert CHAIN in alone
    assert CHAIN not in ways


def test_one_note_names_every_path_that_the_graph_lacks_with_its_share():
    nodes = ("a", "b", "latency")
    graph = CausalGraph(PAG(nodes, {}), ADMG(nodes, frozenset({("a", "b"), ("b", "latency")})))
    whole, short, other = ("a", "b", "latency"), ("a", "latency"), ("b", "a", "latency")
    paths = tuple(CausalPath(p, 1.0, Estimate(1.0), stability=0.5 + 0.1 * len(p)) for p in (whole, short, other))
    (note,) = beside_the_graph(graph, paths)
    assert "a → latency (70 %)" in note
    assert "b → a → latency (80 %)" in note
    assert "a → b" not in note
    assert beside_the_graph(graph, paths[:1]) == []
