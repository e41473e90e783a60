"""Which paths are told of a fix: those of the graph, of relearned graphs, and what subsamples of the rows select."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import numpy as np

from cadet.causal.dataset import build
from cadet.causal.discovery import learn
from cadet.causal.effects.carriers import DOUBTED
from cadet.causal.effects.ranking import _stability
from cadet.debugging.explain import _ways
from cadet.model.graph import CausalGraph
from cadet.model.measurement import Run, Status
from tests.debugging.systems import LATENCY, switches

SPACE = switches(5)
CHAIN = ("o0", "calls", "requests", "latency")


def told(seed: int, subsamples: int) -> tuple[set[tuple[str, ...]], CausalGraph]:
    """Return the paths told of a fix that sets o0, which acts through calls and the requests that they make."""
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
    return {way.nodes for way in _ways(session, dataset, graph, np.random.default_rng(1))}, graph


def test_a_chain_of_events_is_told_where_the_relearned_graphs_have_it():
    found = []
    for seed in range(4):
        ways, graph = told(seed, subsamples=40)
        held = set(pairwise(CHAIN)) <= graph.admg.directed and _stability(graph, CHAIN) >= DOUBTED
        assert (CHAIN in ways) == held
        found.append(held)
    assert any(found)


def test_no_chain_is_told_on_the_word_of_one_graph():
    ways, graph = told(0, subsamples=0)
    assert set(pairwise(CHAIN)) <= graph.admg.directed
    assert CHAIN not in ways
