"""Adjustment sets, paths and their ranking."""

import numpy as np
import pytest

from cadet.causal.effects import adjustment_set, causal_paths, rank_paths, separated
from cadet.errors import NotIdentifiable
from cadet.model.graph import ADMG, PAG, CausalGraph
from cadet.testing.worlds import world
from tests.causal.effects.samples import study


def admg(nodes: str, directed: list[str], bidirected: list[str] | None = None) -> ADMG:
    return ADMG(
        tuple(nodes),
        frozenset((e[0], e[1]) for e in directed),
        frozenset(frozenset(pair) for pair in bidirected or []),
    )


def test_the_bow_is_not_identified_and_the_message_shows_the_path() -> None:
    with pytest.raises(NotIdentifiable, match="x <-> y stays open"):
        adjustment_set(admg("xy", ["xy"], ["xy"]), "x", "y")


def test_a_common_cause_is_adjusted_for_and_a_mediator_is_not() -> None:
    assert adjustment_set(admg("zxmy", ["zx", "zy", "xm", "my"]), "x", "y") == {"z"}


def test_the_m_shaped_graph_needs_no_adjustment_for_the_collider() -> None:
    graph = admg("xmy", ["xy"], ["xm", "my"])
    assert adjustment_set(graph, "x", "y") == frozenset()
    assert not separated(admg("xmy", [], ["xm", "my"]), "x", "y", ["m"])


def test_a_randomised_option_needs_no_adjustment_for_hidden_causes() -> None:
    assert adjustment_set(admg("oeyp", ["oe", "ey", "py"], ["ey"]), "o", "y") == {"p"}


def test_paths_run_from_options_through_events() -> None:
    graph = admg("opefy", ["oe", "ey", "ef", "fy", "py"])
    assert causal_paths(graph, "y", "op") == (("p", "y"), ("o", "e", "y"), ("o", "e", "f", "y"))


def test_ranked_paths_are_those_of_the_graph_and_sorted() -> None:
    w = world("chain", 501)
    dataset = study(w, 40, np.random.default_rng(0))
    ranked = rank_paths(dataset, CausalGraph(PAG((), {}), w.graph), ["latency"], np.random.default_rng(0), limit=4)
    assert [p.score for p in ranked] == sorted((p.score for p in ranked), reverse=True)
    for path in ranked:
        assert all(edge in w.graph.directed for edge in zip(path.nodes, path.nodes[1:], strict=False))
        assert path.ace.low is not None and path.ace.high is not None and path.ace.low <= path.ace.high
