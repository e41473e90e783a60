"""A Jetson TX2 with real counters: 58 hardware settings, a slow memory clock, three kernel options that do nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cadet.causal.dataset import build
from cadet.causal.discovery import learn
from cadet.model.dataset import Dataset
from cadet.model.domain import Choice
from cadet.model.measurement import Purpose, Run, Status
from cadet.model.objective import Objective
from cadet.model.option import Option
from cadet.model.space import Space

RECORDED = Path(os.environ.get("CADET_RECORDED", Path(__file__).parents[4] / "shared" / "data"))
KERNEL = ("scheduler.policy", "vm.swappiness", "vm.vfs_cache_pressure")


@pytest.fixture(scope="module")
def jetson() -> Dataset:
    if not (RECORDED / "jetson_tx2_inference_events.parquet").exists():
        pytest.skip(f"no recorded devices at {RECORDED}; CADET_RECORDED names another place")
    manifest = json.loads((RECORDED / "manifest.json").read_text())
    about = manifest.get("devices", manifest)["jetson_tx2_inference_events"]
    values = about["option_values"]
    space = Space(tuple(Option(n, Choice(tuple(values[n]), ordered=True), values[n][0]) for n in values))
    observed = [*about["event_columns"], "inference_time"]
    table = pd.read_parquet(RECORDED / "jetson_tx2_inference_events.parquet")
    runs = [
        Run(
            space.configuration({n: row[n] for n in values}),
            Status.OK,
            {n: float(row[n]) for n in observed},
            purpose=Purpose.IMPORTED,
        )
        for row in table.to_dict("records")
    ]
    return build(runs, space, [Objective("inference_time", "s")])


def test_the_memory_clock_reaches_the_time_through_counters_and_the_kernel_options_do_not(jetson: Dataset) -> None:
    graph = learn(jetson, np.random.default_rng(0), subsamples=2)
    causes = graph.admg.ancestors("inference_time")
    assert "emc_freq" in causes
    assert "emc_freq" not in graph.admg.parents("inference_time")
    assert causes.isdisjoint(KERNEL)


def test_the_kernel_options_count_all_rows_the_hardware_its_settings(jetson: Dataset) -> None:
    notes = learn(jetson, np.random.default_rng(0), subsamples=0).notes
    assert any("58 independent values" in note for note in notes)


def test_counters_that_say_the_same_are_one(jetson: Dataset) -> None:
    reasons = {column.column: column.reason for column in jetson.left_out}
    assert reasons["raw_syscalls:sys_exit"].endswith("raw_syscalls:sys_enter")
