"""Metrics, each on a case that can be worked by hand."""

from __future__ import annotations

import math

import pytest

from cadet.bench import metrics
from cadet.model.graph import ADMG

A, B, C, D = "abcd"
GRAPH = ADMG((A, B, C, D), frozenset({(A, B), (B, D), (A, D), (C, D)}))


def test_half_of_the_named_causes_and_a_third_of_the_true_ones() -> None:
    named, true = frozenset({A, D}), frozenset({A, B, C})
    assert metrics.precision(named, true) == 1 / 2
    assert metrics.recall(named, true) == 1 / 3
    assert metrics.f1(named, true) == pytest.approx(2 / (2 + 3))  # harmonic mean of 1/2 and 1/3


def test_naming_nothing_is_neither_precise_nor_complete() -> None:
    nothing: frozenset[str] = frozenset()
    assert (metrics.precision(nothing, frozenset({A})), metrics.f1(nothing, frozenset({A}))) == (0, 0)


def test_any_minimal_set_is_a_right_answer() -> None:
    minimal = [frozenset({A, B}), frozenset({C, D})]
    assert metrics.best_match(frozenset({C, D, A}), minimal) == frozenset({C, D})
    assert metrics.best_match(frozenset({A, B}), minimal) == frozenset({A, B})


def test_a_missed_cause_costs_its_weight() -> None:
    weights = {A: 3.0, B: 1.0, C: 4.0}
    assert metrics.weighted_jaccard(frozenset({A, C}), frozenset({A, B}), weights) == 3 / (3 + 1 + 4)
    assert metrics.weighted_jaccard(frozenset({A, D}), frozenset({A}), weights) == 1  # an idle option weighs nothing
    assert metrics.weighted_jaccard(frozenset({D}), frozenset({D}), weights) == 0


def test_gain_of_latency_and_of_throughput() -> None:
    assert metrics.gain(4.0, 1.0) == 0.75
    assert metrics.gain(-10.0, -40.0) == 0.75  # a throughput of 10 becomes 40: costs are negative values
    assert metrics.gain(4.0, 8.0) == -1
    assert metrics.gain(4.0, math.inf) == 0


def test_share_of_what_was_possible() -> None:
    assert metrics.share_of_possible(0.3, 0.6) == 0.5
    assert metrics.share_of_possible(0.0, 0.0) == 0


def test_regret_is_relative_to_the_best() -> None:
    assert metrics.regret(3.0, 2.0) == 0.5
    assert metrics.regret(-20.0, -30.0) == 0.5  # 20 instead of 30 per second: each takes half as long again
    assert metrics.regret(2.0, 2.0) == 0


def test_a_fix_is_irreducible_when_every_change_is_needed() -> None:
    assert metrics.irreducible(True, [False, False])
    assert not metrics.irreducible(True, [False, True])
    assert not metrics.irreducible(False, [False])


def test_success_is_counted_after_the_initial_measurements() -> None:
    assert metrics.first([False, False, False, True], initial=2) == 2
    assert metrics.first([False, True, False], initial=2) == 0
    assert metrics.first([False, False], initial=1) is None


def test_calibration_by_decile() -> None:
    told = [(0.05, False), (0.09, True), (0.95, True), (1.0, True), (0.5, False)]
    low, middle, high = metrics.calibration(told)
    assert low == pytest.approx((0.07, 0.5, 2))
    assert middle == (0.5, 0.0, 1)
    assert high == pytest.approx((0.975, 1.0, 2))


def test_an_interval_holds_its_ends() -> None:
    assert metrics.covered([(0.0, 1.0), (0.0, 1.0), (0.0, 1.0)], [1.0, 0.5, 1.1]) == [True, True, False]


def test_a_path_exists_when_every_edge_does() -> None:
    assert metrics.path_exists((A, B, D), GRAPH)
    assert not metrics.path_exists((A, C, D), GRAPH)
    assert not metrics.path_exists((A,), GRAPH)
    assert metrics.path_precision([(A, B, D), (A, C, D)], GRAPH) == 0.5
    assert metrics.path_precision([], GRAPH) is None


def test_the_main_path_is_looked_for_among_the_first_of_its_option() -> None:
    others = [(C, D), (C, D), (C, D), (A, D)]
    assert metrics.among_first((A, B, D), [*others, (A, B, D)])
    assert not metrics.among_first((A, B, D), [(A, D), (A, C), (A, C, D), (A, B, D)])
