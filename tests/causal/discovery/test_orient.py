"""What one triple says and another denies: the votes decide, not the order of the rules."""

from __future__ import annotations

import numpy as np
import pytest

from cadet.causal.discovery.background import Background
from cadet.causal.discovery.marks import circles, to_pag, unclear
from cadet.causal.discovery.orient import orient
from cadet.causal.discovery.separation import IN, OUT
from cadet.model.graph import PAG, Mark
from cadet.model.knowledge import Knowledge


def learned(through: int, colliding: int) -> tuple[PAG, tuple[tuple[str, str, str], ...]]:
    """Options with an edge to `sync`, which has one to `writes`: of some it is a link, of others a collider."""
    options = [f"option {i}" for i in range(through + colliding)]
    names = [*options, "sync", "writes"]
    sync, writes = len(options), len(options) + 1
    adjacent = np.zeros((len(names), len(names)), bool)
    for a, b in [*((i, sync) for i in range(len(options))), (sync, writes)]:
        adjacent[a, b] = adjacent[b, a] = True
    tiers = {**dict.fromkeys(options, 0), "sync": 1, "writes": 1}
    marks = circles(adjacent, Background.of(Knowledge(tiers=tiers, exogenous=frozenset(options)), names))

    def separates(pairs, nodes):
        return np.array([IN if b == writes and a < through else OUT for a, b in np.sort(pairs, axis=1)], np.int8)

    oriented = orient(marks, separates)
    return to_pag(names, oriented), unclear(names, oriented)


@pytest.mark.parametrize(("through", "colliding"), [(2, 1), (3, 1), (1, 0), (4, 3)])
def test_one_weak_edge_does_not_turn_an_arrow_that_others_agree_on(through, colliding):
    pag, open_ones = learned(through, colliding)
    assert pag.marks["sync", "writes"] is Mark.ARROW
    assert pag.marks["writes", "sync"] is Mark.TAIL
    assert len(open_ones) == colliding


@pytest.mark.parametrize(("through", "colliding"), [(1, 2), (0, 1), (2, 5)])
def test_colliders_that_most_agree_on_stay(through, colliding):
    pag, open_ones = learned(through, colliding)
    assert pag.marks["writes", "sync"] is Mark.ARROW
    assert len(open_ones) == through


@pytest.mark.parametrize("each", [1, 2])
def test_as_many_on_both_sides_tell_nothing(each):
    pag, open_ones = learned(each, each)
    assert pag.marks["writes", "sync"] is Mark.CIRCLE
    assert len(open_ones) == 2 * each


def test_colliders_of_options_are_known_and_never_open():
    _, open_ones = learned(2, 1)
    options = {f"option {i}" for i in range(3)}
    assert not any({a, c} <= options for a, _, c in open_ones)
