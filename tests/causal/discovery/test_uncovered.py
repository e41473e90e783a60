"""Searches for uncovered paths end, and say when they ended too early."""

from __future__ import annotations

from itertools import pairwise, product

from cadet.causal.discovery.marks import to_marks
from cadet.causal.discovery.uncovered import leads
from cadet.model.graph import PAG, Mark


def _layers(count: int) -> PAG:
    """Two nodes to a layer, each joined to both of the next; every way through is an uncovered path, 2^count of them.

    `goal` causes the last layer, so that no way leads there.
    """
    layers = [[f"{i:02d}a", f"{i:02d}b"] for i in range(count)]
    marks = {}
    for near, far in pairwise(layers):
        for a, b in product(near, far):
            marks[a, b] = marks[b, a] = Mark.CIRCLE
    for node in layers[-1]:
        marks["goal", node], marks[node, "goal"] = Mark.ARROW, Mark.TAIL
    return PAG(("goal", *(node for layer in layers for node in layer)), marks)


def test_a_search_that_takes_too_many_steps_is_counted() -> None:
    for layers, given_up in ((6, 0), (24, 1)):
        pag = _layers(layers)
        marks, at = to_marks(pag), {node: i for i, node in enumerate(sorted(pag.nodes))}
        assert not leads(marks, at["00a"], at["01a"], at["goal"])
        assert marks.given_up[0] == given_up
