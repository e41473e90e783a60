"""Identification agrees with what exact linear models show: for every set to adjust for, in every small graph."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np
import pytest

from cadet.causal.effects import Verdict, adjustment_set, hedge, identify, minimal_adjustment_set
from cadet.causal.effects.open_path import open_path
from cadet.causal.independence import Oracle
from cadet.errors import NotIdentifiable, UsageError
from cadet.model.graph import ADMG
from tests.causal.effects.admgs import LinearModel, admg, every, random_admgs, subsets

FRONT_DOOR = admg("xmy", ["xm", "my"], ["xy"])
NAPKIN = admg("wzxy", ["wz", "zx", "xy"], ["wx", "wy"])
BOW = admg("xy", ["xy"], ["xy"])


def graphs() -> Iterator[ADMG]:
    yield from every(2)
    yield from every(3)
    yield from random_admgs(np.random.default_rng(0), 40, (4, 5))


def working_sets(graph: ADMG, cause: str, effect: str, model: LinearModel) -> set[frozenset[str]]:
    """What to adjust for so that the regression shows the total effect; chance agreement has probability 0."""
    others = set(graph.nodes) - {cause, effect}
    truth = model.total_effect(cause, effect)
    return {z for z in subsets(others) if abs(model.regressed(effect, cause, z) - truth) < 1e-9}


def test_an_adjustment_set_is_found_exactly_where_one_works() -> None:
    rng = np.random.default_rng(1)
    for graph in graphs():
        model = LinearModel(graph, rng)
        for cause, effect in permutations(graph.nodes, 2):
            working = working_sets(graph, cause, effect, model)
            found = identify(graph, cause, effect).adjustment
            assert found in working if working else found is None, (graph, cause, effect)


def test_no_part_of_a_minimal_set_works() -> None:
    rng = np.random.default_rng(2)
    for graph in graphs():
        model = LinearModel(graph, rng)
        for cause, effect in permutations(graph.nodes, 2):
            working = working_sets(graph, cause, effect, model)
            if working:
                found = minimal_adjustment_set(graph, cause, effect)
                assert [z for z in working if z <= found] == [found], (graph, cause, effect)


def test_the_minimal_set_is_the_one_near_the_effect() -> None:
    graph = admg("abxy", ["ab", "ax", "by", "xy"])
    assert minimal_adjustment_set(graph, "x", "y") == {"b"}
    assert adjustment_set(graph, "x", "y") == {"a", "b"}


def test_what_adjustment_identifies_has_no_hedge() -> None:
    for graph in graphs():
        for cause, effect in permutations(graph.nodes, 2):
            identified = identify(graph, cause, effect)
            if identified.adjustment is not None or identified.verdict is Verdict.NO_EFFECT:
                assert hedge(graph, [cause], [effect]) is None


def test_a_hedge_is_one() -> None:
    """Both parts are one district, the cause is in the outer part only, and all of it leads into the inner part."""
    for graph in graphs():
        for cause, effect in permutations(graph.nodes, 2):
            found = hedge(graph, [cause], [effect])
            if found is not None:
                assert found.inner < found.district and cause in found.district - found.inner
                inside = graph.digraph.subgraph(found.district)
                leads = [node for node in found.district if not set(inside[node]) and node not in found.inner]
                assert not leads, (graph, found)


def test_an_open_path_is_named_exactly_where_the_ends_are_dependent() -> None:
    for graph in random_admgs(np.random.default_rng(3), 40, (3, 5)):
        oracle = Oracle(graph)
        for x, y in permutations(graph.nodes, 2):
            for given in subsets(set(graph.nodes) - {x, y}):
                assert (open_path(graph, x, y, given) is None) == (oracle(x, y, sorted(given)).p_value == 1)


@pytest.mark.parametrize("graph", [FRONT_DOOR, NAPKIN], ids=["front door", "napkin"])
def test_what_only_another_formula_identifies_is_told_from_what_none_does(graph: ADMG) -> None:
    assert identify(graph, "x", "y").verdict is Verdict.OTHER_FORMULA
    with pytest.raises(NotIdentifiable, match=r"not identified by adjustment: .* stays open; another formula"):
        adjustment_set(graph, "x", "y")


def test_the_bow_is_not_identified_by_anything_and_the_message_names_path_and_hedge() -> None:
    identified = identify(BOW, "x", "y")
    assert identified.verdict is Verdict.NOT_IDENTIFIABLE and identified.hedge == hedge(BOW, ["x"], ["y"])
    said = "x <-> y stays open; nor is it by any other formula, because of the hedge {x, y} around {y}"
    with pytest.raises(NotIdentifiable, match=said):
        minimal_adjustment_set(BOW, "x", "y")


def test_where_no_path_leads_the_effect_is_zero_whatever_confounds() -> None:
    identified = identify(admg("xy", [], ["xy"]), "x", "y")
    assert identified.verdict is Verdict.NO_EFFECT and identified.hedge is None
    assert str(identified) == "the effect of x on y is zero: no directed path joins them; yet x <-> y stays open"
    assert identify(admg("xy"), "x", "y").adjustment == frozenset()


def test_a_named_path_shows_colliders_that_conditioning_opens() -> None:
    graph = admg("xmy", ["xm"], ["my"])
    assert open_path(graph, "x", "y", ["m"]) == "x -> m <-> y"
    assert open_path(graph, "x", "y", []) is None


def test_names_that_are_not_two_nodes_are_a_users_mistake() -> None:
    graph = ADMG(("batch", "latency"), frozenset({("batch", "latency")}))
    with pytest.raises(UsageError, match="no node 'bach'; did you mean 'batch'"):
        identify(graph, "bach", "latency")
    with pytest.raises(UsageError, match="effect of 'batch' on itself"):
        adjustment_set(graph, "batch", "batch")


def test_the_answer_does_not_depend_on_the_order_of_the_nodes() -> None:
    rng = np.random.default_rng(4)
    for graph in random_admgs(rng, 30, (4, 6)):
        nodes = tuple(graph.nodes[i] for i in rng.permutation(len(graph.nodes)))
        turned = ADMG(nodes, graph.directed, graph.bidirected)
        for cause, effect in permutations(sorted(nodes), 2):
            one, other = identify(graph, cause, effect), identify(turned, cause, effect)
            assert (one.verdict, one.adjustment) == (other.verdict, other.adjustment)
            if one.adjustment is not None:
                assert minimal_adjustment_set(graph, cause, effect) == minimal_adjustment_set(turned, cause, effect)
