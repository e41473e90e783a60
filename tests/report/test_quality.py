"""Noise and drift of the repetitions: a known world is recovered, and what cannot be known is not said."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from cadet.model.measurement import Purpose, Run, Status
from cadet.protocols import Story
from cadet.report import figure, quality
from cadet.report.chart import repetitions_chart
from tests.report import stories

CONFIGURATIONS = [stories.SPACE.change(stories.BAD, {"batch": 1 + i}) for i in range(12)]


def measured(noise: float, drift: float, seed: int, repeats: int = 8) -> Story:
    """Blocks of all configurations after each other; each has its own level, all share noise and drift."""
    rng = np.random.default_rng(seed)
    total = repeats * len(CONFIGURATIONS)
    runs = []
    for i in range(total):
        which = i % len(CONFIGURATIONS)
        value = (1 + which) * np.exp(np.log1p(drift) * i / (total - 1) + rng.normal(0, np.log1p(noise)))
        runs.append(
            Run(CONFIGURATIONS[which], Status.OK, {"latency": float(value)}, purpose=Purpose.DESIGN, sequence=i)
        )
    return stories.story(runs=tuple(runs))


def test_noise_and_drift_of_a_known_world_are_in_their_intervals_as_often_as_promised() -> None:
    covered = []
    for seed in range(100):
        (seen,) = quality.repetitions(measured(0.05, 0.10, seed))
        covered.append([e.low <= true <= e.high for e, true in ((seen.noise, 0.05), (seen.drift, 0.10))])  # type: ignore[operator]
    for share in np.mean(covered, axis=0):
        assert share >= 0.885  # 95 % of 100 worlds, less three standard errors


def test_repetitions_do_not_depend_on_the_level_of_a_configuration() -> None:
    story = measured(0.05, 0.0, 1)
    scaled = tuple(
        replace(r, values={"latency": r.values["latency"] * (3 if r.configuration == CONFIGURATIONS[0] else 1)})
        for r in story.runs
    )
    (a,), (b,) = quality.repetitions(story), quality.repetitions(replace(story, runs=scaled))
    assert a.noise.estimate == pytest.approx(b.noise.estimate)
    assert [p.value for p in a.points] == pytest.approx([p.value for p in b.points])


def test_single_runs_have_no_noise_to_tell() -> None:
    once = tuple(run for run in stories.runs() if run.purpose is Purpose.DESIGN)
    assert quality.repetitions(stories.story(runs=once)) == ()


def test_two_runs_alone_are_drawn_and_give_no_number() -> None:
    (seen,) = quality.repetitions(stories.story(runs=measured(0.05, 0, 1).runs[:13]))
    assert len(seen.points) == 2 and seen.noise.estimate is None and seen.drift.estimate is None
    assert "of what is typical" in repetitions_chart(seen).axis_name


def test_repetitions_that_agree_are_not_magnified_until_their_rounding_shows() -> None:
    (seen,) = quality.repetitions(measured(1e-16, 0, 1))
    ticks = re.findall(r">(\d+\.\d+)<", figure.fluid(repetitions_chart(seen)))
    assert ticks[:1] == ["99.0"] and "101.0" in ticks
