from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cadet.causal.discovery import resolve
from cadet.causal.discovery.stability import frequencies, stability
from cadet.model.graph import PAG, EdgeStability, Mark
from cadet.model.knowledge import Knowledge

C, A, T = Mark.CIRCLE, Mark.ARROW, Mark.TAIL


def pag(*edges: tuple[str, Mark, Mark, str]) -> PAG:
    marks = {}
    for a, at_a, at_b, b in edges:
        marks[b, a], marks[a, b] = at_a, at_b
    return PAG(tuple(sorted({n for e in edges for n in (e[0], e[3])})), marks)


def rules(graph: PAG, *args: object) -> dict[str, str]:
    return {r.reads: r.rule for r in resolve(graph, *args).resolutions}  # type: ignore[arg-type]


def test_marks_of_the_data_stay() -> None:
    assert rules(pag(("a", T, A, "b"), ("b", A, A, "c")), Knowledge()) == {"a → b": "data", "b ↔ c": "data"}


def test_knowledge_is_named_where_it_decided() -> None:
    known = Knowledge(tiers={"option": 0, "event": 1}, exogenous=frozenset({"option"}))
    assert rules(pag(("option", T, A, "event")), known) == {"option → event": "knowledge"}


def test_a_majority_of_the_subsamples_decides_a_circle() -> None:
    often = EdgeStability("a", "b", 0.8, {A: 0.7, C: 0.1}, {A: 0.8})
    assert rules(pag(("a", C, A, "b")), Knowledge(), [often]) == {"a ↔ b": "stability"}
    seldom = EdgeStability("a", "b", 0.8, {A: 0.2, C: 0.6}, {A: 0.8})
    assert rules(pag(("a", C, A, "b")), Knowledge(), [seldom]) == {"a → b": "guess"}


def test_a_guess_starts_nearer_to_the_options() -> None:
    graph = pag(("z_option", T, A, "y"), ("x", C, C, "y"))
    assert rules(graph, Knowledge(exogenous=frozenset({"z_option"})))["y → x"] == "guess"


def test_an_effect_that_the_experiment_shows_keeps_its_way_against_a_majority() -> None:
    graph = pag(("option", T, A, "event"), ("event", C, A, "latency"))
    against = EdgeStability("event", "latency", 1.0, {A: 0.9}, {A: 1.0})
    known = Knowledge(exogenous=frozenset({"option"}))
    assert rules(graph, known, [against])["event ↔ latency"] == "stability"
    assert rules(graph, known, [against], [("option", "latency")])["event → latency"] == "experiment"


def test_a_cycle_is_broken_at_its_least_stable_edge() -> None:
    graph = pag(("a", T, A, "b"), ("b", T, A, "c"), ("c", T, A, "a"))
    stable = [EdgeStability("a", "b", 0.9), EdgeStability("b", "c", 0.3), EdgeStability("a", "c", 0.8)]
    assert rules(graph, Knowledge(), stable) == {"a → b": "data", "c → a": "data", "b ↔ c": "contradiction"}


@given(st.lists(st.tuples(st.sampled_from(Mark), st.sampled_from(Mark)), min_size=15, max_size=15))
def test_whatever_the_marks_the_result_is_acyclic_and_keeps_every_edge(ends: list[tuple[Mark, Mark]]) -> None:
    nodes = "abcdef"
    pairs = [(a, b) for i, a in enumerate(nodes) for b in nodes[i + 1 :]]
    graph = pag(*((a, at_a, at_b, b) for (a, b), (at_a, at_b) in zip(pairs, ends, strict=True)))
    resolved = resolve(graph, Knowledge())
    assert len(resolved.admg.topological()) == len(nodes)
    edges = {frozenset(e) for e in resolved.admg.directed} | resolved.admg.bidirected
    assert edges == {frozenset(p) for p in pairs}
    assert len(resolved.admg.directed) + len(resolved.admg.bidirected) == len(pairs)


def test_frequencies_count_adjacency_and_each_mark() -> None:
    graphs = [pag(("a", C, A, "b")), pag(("a", T, A, "b")), PAG(("a", "b"), {}), pag(("a", T, A, "b"))]
    assert frequencies(graphs) == (EdgeStability("a", "b", 0.75, {C: 0.25, T: 0.5}, {A: 0.75}),)


def test_units_are_halved_never_their_rows() -> None:
    units = np.repeat(np.arange(10), 4)
    seen: list[list[int]] = []

    def relearn(chosen: np.ndarray) -> PAG:
        seen.append(chosen.tolist())
        return PAG((), {})

    stability(units, relearn, np.random.default_rng(0), subsamples=6)
    assert all(len(set(half)) == len(half) == 5 for half in seen)
    assert len({tuple(half) for half in seen}) > 1
