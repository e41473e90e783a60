"""Intervals over worlds."""

from __future__ import annotations

import numpy as np
import pytest

from cadet.bench.bootstrap import mean_interval, paired_interval


def test_the_mean_is_that_of_all_cases() -> None:
    assert mean_interval([1.0, 0.0, 0.0], ["a", "a", "b"]).mean == pytest.approx(1 / 3)


def test_cases_of_one_world_are_no_independent_evidence() -> None:
    rng = np.random.default_rng(0)
    by_world = np.repeat(rng.normal(size=10), 30)
    worlds = [f"w{i}" for i in np.repeat(np.arange(10), 30)]
    together = mean_interval(by_world.tolist(), worlds)
    apart = mean_interval(by_world.tolist(), [f"c{i}" for i in range(300)])
    assert together.low is not None and together.high is not None and apart.low is not None and apart.high is not None
    assert together.high - together.low > 3 * (apart.high - apart.low)


def test_one_world_has_no_interval() -> None:
    only = mean_interval([1.0, 0.0], ["a", "a"])
    assert (only.low, only.high) == (None, None)


def test_intervals_of_worlds_cover_the_mean_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        worlds = np.repeat(rng.normal(size=40), 3) + rng.normal(size=120)
        found = mean_interval(worlds.tolist(), [f"w{i}" for i in np.repeat(np.arange(40), 3)])
        assert found.low is not None and found.high is not None
        hits += found.low <= 0 <= found.high
    assert hits >= 180  # 190 are expected; less three standard deviations


def test_differences_are_taken_within_cases() -> None:
    first, second = {"x": 1.0, "y": 5.0, "z": 9.0}, {"x": 0.0, "y": 4.0}
    gap = paired_interval(first, second, {"x": "a", "y": "b", "z": "c"})
    assert gap is not None
    assert (gap.mean, gap.low, gap.high, gap.cases) == (1.0, 1.0, 1.0, 2)
    assert paired_interval(first, {"q": 1.0}, {"q": "a"}) is None
