from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadet.causal.discovery import resolve
from cadet.causal.discovery.claims import ENTROPIC, Ends
from cadet.causal.discovery.stability import frequencies, stability
from cadet.model.graph import PAG, EdgeStability, Mark
from cadet.model.knowledge import Knowledge
from tests.causal.discovery.graphs import as_admg, equivalence_classes, invariant

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
    resolved = resolve(graph, Knowledge(), stable)
    assert not resolved.member
    assert resolved.given_up == ("the tail at b on the edge b – c",)


@pytest.mark.parametrize("size", [3, 4])
def test_a_reading_of_the_pag_of_a_mag_is_one_of_its_members(size: int) -> None:
    for i, mags in enumerate(equivalence_classes(size).values()):
        graph = PAG(mags[0].nodes, invariant(mags))
        resolved = resolve(graph, Knowledge(), at_random(graph, np.random.default_rng(i)))
        assert resolved.member
        assert resolved.admg in {as_admg(mag) for mag in mags}


def at_random(graph: PAG, rng: np.random.Generator) -> list[EdgeStability]:
    """Subsamples that contradict the graph and each other."""
    marks = [Mark.ARROW, Mark.TAIL]
    return [
        EdgeStability(a, b, 1.0, *({marks[int(rng.integers(2))]: 0.9} for _ in "ab")) for a, b, _, _ in graph.edges()
    ]


def test_each_end_says_what_decided_it() -> None:
    known = Knowledge(tiers={"event": 0, "latency": 1})
    often = EdgeStability("event", "latency", 1.0, {T: 0.8})
    (edge,) = resolve(pag(("event", C, A, "latency")), known, [often]).resolutions
    assert (edge.reads, edge.rule, edge.at_a, edge.at_b) == ("event → latency", "stability", "stability", "knowledge")


def test_what_follows_from_a_decision_is_as_soft_as_that() -> None:
    """a o–o b o–o c: an arrowhead at b leaves only b → c."""
    often = EdgeStability("a", "b", 1.0, {}, {A: 0.9})
    assert rules(pag(("a", C, C, "b"), ("b", C, C, "c")), Knowledge(), [often]) == {
        "a → b": "guess", "b → c": "stability",
    }  # fmt: skip


def test_a_criterion_is_asked_about_what_nothing_firmer_decides() -> None:
    graph = pag(("a", C, A, "b"), ("c", C, C, "d"), ("e", C, A, "f"), ("g", T, A, "h"))
    stable = [EdgeStability("a", "b", 1.0, {T: 0.9}, {A: 1.0})]
    asked: dict[tuple[str, str], Ends] = {}

    def criterion(edges: Mapping[tuple[str, str], Ends]) -> Mapping[tuple[str, str], Ends]:
        asked.update(edges)
        return {("c", "d"): (A, T), ("e", "f"): (A, A)}

    read = {r.reads: r.rule for r in resolve(graph, Knowledge(), stable, criterion=criterion).resolutions}
    assert asked == {("c", "d"): (C, C), ("e", "f"): (C, A)}
    assert read == {"a → b": "stability", "d → c": ENTROPIC, "e ↔ f": ENTROPIC, "g → h": "data"}


def test_a_direction_against_an_arrowhead_only_denies_the_common_cause() -> None:
    (edge,) = resolve(pag(("a", C, A, "b")), Knowledge(), criterion=lambda _: {("a", "b"): (A, T)}).resolutions
    assert (edge.reads, edge.rule) == ("a → b", ENTROPIC)


def test_the_option_that_would_settle_an_edge_is_named() -> None:
    known = Knowledge(exogenous=frozenset({"far", "near"}))
    way = pag(("far", T, A, "m"), ("m", T, A, "x"), ("near", T, A, "x"), ("x", C, A, "y"))
    settle = {r.reads: r.settle for r in resolve(way, known).resolutions}
    assert settle["x → y"] == "set near, which moves x and reaches y no other way: y follows if x causes it"
    assert settle["near → x"] == "", "nothing is open there"


def test_an_option_with_another_way_settles_nothing() -> None:
    known = Knowledge(exogenous=frozenset({"option"}))
    both = pag(("option", T, A, "x"), ("option", T, A, "y"), ("x", C, A, "y"))
    assert all(r.settle == "" for r in resolve(both, known).resolutions)


def test_where_nobody_randomised_the_option_itself_is_to_be_set() -> None:
    known = Knowledge(tiers={"option": 0, "event": 1})
    (edge,) = resolve(pag(("option", C, A, "event")), known).resolutions
    assert edge.settle == "set option and nothing else: event follows if option causes it"


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
