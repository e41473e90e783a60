"""Simpson's paradox: the association turns round once the graph is heeded, in the recorded fleet and in new ones."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from cadet.causal.effects import slope
from tests.case_studies.expectations import FOLDER

STUDY = FOLDER / "simpsons_paradox"
FLEETS = 8


@pytest.fixture(scope="module", name="told")
def _told() -> Iterator[tuple[ModuleType, ModuleType]]:
    """The world and the example, imported as a reader does who stands in the folder."""
    sys.path.insert(0, str(STUDY))
    try:
        yield importlib.import_module("world"), importlib.import_module("paradox")
    finally:
        sys.path.remove(str(STUDY))
        for name in ("world", "paradox"):
            sys.modules.pop(name, None)


def test_the_recorded_fleet_is_the_one_that_the_world_makes(told: tuple[ModuleType, ModuleType]) -> None:
    world, _ = told
    recorded = pd.read_csv(STUDY / "measurements.csv")
    pd.testing.assert_frame_equal(recorded, world.telemetry(np.random.default_rng(1)))


def test_the_association_turns_round_once_the_confounder_is_in_the_graph(told: tuple[ModuleType, ModuleType]) -> None:
    world, example = told
    found = example.paradox()
    assert found.association.value.low > 0.5 and found.unadjusted.low > 0
    assert found.adjustment == {"swap_gb"}
    assert found.adjusted.low < world.EFFECT < found.adjusted.high < 0
    assert found.graph.admg.directed == {
        ("swap_gb", "memory_growth"), ("release", "memory_growth"), ("memory_growth", "latency"), ("swap_gb", "latency")
    }  # fmt: skip
    assert not found.graph.admg.bidirected


def test_every_part_of_the_fleet_says_the_opposite_of_the_whole(told: tuple[ModuleType, ModuleType]) -> None:
    _, example = told
    table = pd.read_csv(STUDY / "measurements.csv")
    assert all(example.within(table, swap).high < 0 for swap in (1, 2, 3, 4))


@pytest.mark.slow
def test_new_fleets_are_read_the_same_way(told: tuple[ModuleType, ModuleType], tmp_path: Path) -> None:
    """The right adjustment gives the right sign every time; its interval holds the truth as often as it says."""
    world, example = told
    held = 0
    for seed in range(100, 100 + FLEETS):
        table = tmp_path / f"fleet{seed}.csv"
        world.telemetry(np.random.default_rng(seed)).to_csv(table, index=False)
        found = example.paradox(table)
        assert found.unadjusted.low > 0 > found.adjusted.high
        assert "swap_gb" in found.adjustment
        held += found.adjusted.low < world.EFFECT < found.adjusted.high
    assert held >= FLEETS - 2  # of 8 at 95 %: fewer than 6 in 6 of 1,000


def test_in_an_experiment_nothing_needs_to_be_held(told: tuple[ModuleType, ModuleType]) -> None:
    world, _ = told
    covered = 0
    for seed in range(200):
        fleet = world.experiment(np.random.default_rng(seed))
        found = slope({name: fleet[name] for name in fleet}, "memory_growth", "latency", ())
        assert found.estimate < 0
        covered += found.low < world.EFFECT < found.high
    assert 180 <= covered <= 199
