from __future__ import annotations

from pathlib import Path

import numpy as np

from cadet.device.runner import Runner
from cadet.device.target import Target, from_document
from cadet.model.measurement import Run
from cadet.testing.worlds import world


def simulated(seed: int = 1) -> Target:
    return from_document(
        {"cadet": 1, "name": "w", "workload": {"simulated": {"world": "additive", "seed": seed}}}, Path()
    )


def runs(count: int, seed: int = 0, earlier: tuple[Run, ...] = ()) -> list[Run]:
    target = simulated()
    with Runner(target, seed=seed, earlier=earlier) as runner:
        return [runner.run(target.space.default) for _ in range(count)]


def test_objectives_and_events_are_those_of_the_world() -> None:
    truth = world("additive", 1)
    (run,) = runs(1)
    assert set(run.values) == {*truth.events, *(o.name for o in truth.objectives)}


def test_repetitions_scatter_around_the_truth() -> None:
    truth = world("additive", 1)
    name = truth.objectives[0].name
    drawn = np.log([run.values[name] for run in runs(200)])
    expected = np.log(truth.expected(simulated().space.default, name))
    assert drawn.std() > 0
    assert abs(drawn.mean() - expected) < 5 * drawn.std() / np.sqrt(200) + drawn.std() ** 2


def test_the_same_seed_gives_the_same_runs_and_another_others() -> None:
    assert [run.values for run in runs(3)] == [run.values for run in runs(3)]
    assert [run.values for run in runs(3)] != [run.values for run in runs(3, seed=9)]


def test_a_resumed_study_goes_on_with_fresh_noise() -> None:
    whole = runs(5)
    rest = runs(2, earlier=tuple(whole[:3]))
    assert [run.values for run in rest] == [run.values for run in whole[3:]]
