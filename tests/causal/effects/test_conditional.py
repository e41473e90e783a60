"""An option is tested given all the others: what they explain is no noise, and what it does not do is not found."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest, norm

from cadet.causal.dataset import build
from cadet.causal.effects import option_tests
from cadet.model.dataset import Dataset
from cadet.model.domain import Choice
from cadet.model.measurement import Purpose, Run, Status
from cadet.model.objective import Objective
from cadet.model.option import Option
from cadet.model.space import Space
from cadet.testing.worlds import families, world
from tests.causal.effects.samples import drawn, runs_of, study

RECORDED = Path(os.environ.get("CADET_RECORDED", Path(__file__).parents[4] / "shared" / "data"))
KERNEL = ("scheduler.policy", "vm.swappiness", "vm.vfs_cache_pressure")
CAUSAL = tuple(family for family in families() if family != "null")


def table(columns: dict[str, np.ndarray], latency: np.ndarray) -> Dataset:
    """Runs of a table whose options have the values seen there."""
    space = Space(
        tuple(
            Option(n, Choice(tuple(np.unique(c).tolist()), ordered=True), np.unique(c)[0]) for n, c in columns.items()
        )
    )
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*(c.tolist() for c in columns.values()), strict=True)]
    told = [{"latency": y} for y in latency.tolist()]
    runs = [
        Run(space.configuration(row), Status.OK, values, purpose=Purpose.IMPORTED)
        for row, values in zip(rows, told, strict=True)
    ]
    return build(runs, space, [Objective("latency", "s")])


def recorded(name: str) -> Dataset:
    if not (RECORDED / f"{name}.parquet").exists():
        pytest.skip(f"no recorded devices at {RECORDED}; CADET_RECORDED names another place")
    manifest = json.loads((RECORDED / "manifest.json").read_text())
    values = manifest.get("devices", manifest)[name]["option_values"]
    frame = pd.read_parquet(RECORDED / f"{name}.parquet")
    return table({n: frame[n].to_numpy() for n in values}, frame["inference_time"].to_numpy())


def found(dataset: Dataset, rng: np.random.Generator) -> set[str]:
    tests = option_tests(dataset, "latency", rng, permutations=199)
    return {name for name, p_value in tests.items() if p_value <= 0.05}


def test_a_small_effect_is_seen_behind_a_large_one() -> None:
    rng = np.random.default_rng(0)
    columns = {name: rng.integers(0, 4, 60) for name in ("large", "small", "idle")}
    latency = np.exp(columns["large"] + 0.2 * columns["small"] + 0.1 * rng.standard_normal(60))
    assert found(table(columns, latency), rng) == {"large", "small"}


def test_an_option_that_goes_with_a_cause_is_not_taken_for_one() -> None:
    mistaken = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        cause, idle = rng.integers(0, 4, 80), rng.integers(0, 3, 80)
        shadow = np.where(rng.random(80) < 0.7, cause, rng.integers(0, 4, 80))
        latency = np.exp(0.5 * (cause > 1) + 0.1 * rng.standard_normal(80))
        mistaken += bool(found(table({"cause": cause, "shadow": shadow, "idle": idle}, latency), rng) - {"cause"})
    assert mistaken <= 6  # P(more) is .003 at the nominal size


def test_what_follows_from_another_option_is_not_named_for_it() -> None:
    rng = np.random.default_rng(1)
    cause, idle = rng.integers(0, 4, 60), rng.integers(0, 10, 60)
    latency = np.exp(cause + 0.1 * rng.standard_normal(60))
    dataset = table({"cause": cause, "half": cause // 2, "idle": idle}, latency)
    tests = option_tests(dataset, "latency", rng)
    assert tests["half"] == 1
    assert tests["cause"] <= 0.05


def test_without_an_effect_every_p_value_is_as_likely_as_any_other() -> None:
    p_values = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        columns = {"cause": rng.integers(0, 4, 40), "idle": rng.integers(0, 4, 40)}
        latency = np.exp(columns["cause"] + 0.3 * rng.standard_normal(40))
        # the cause is found, so what is left for the step-down to adjust for is the idle option alone
        p_values.append(option_tests(table(columns, latency), "latency", rng, permutations=199)["idle"])
    assert kstest(p_values, "uniform").pvalue > 0.001


def test_the_kernel_options_of_a_recorded_board_are_no_causes_and_its_memory_clock_is() -> None:
    tests = option_tests(recorded("jetson_tx2_inference_events"), "latency", np.random.default_rng(0))
    assert tests["emc_freq"] <= 0.01
    assert min(tests[name] for name in KERNEL) > 0.05


def test_all_four_options_of_a_recorded_grid_are_found() -> None:
    tests = option_tests(recorded("jetson_tx2_xception_400"), "latency", np.random.default_rng(0))
    assert max(tests.values()) <= 0.01


@pytest.mark.slow
@pytest.mark.study
@pytest.mark.parametrize(("rows", "power"), [(25, 0.18), (50, 0.45), (100, 0.7)])
def test_causes_are_found_and_idle_options_are_not(rows: int, power: float) -> None:
    mistaken, hits, causes = [], 0, 0
    for seed in range(48):
        rng = np.random.default_rng([90_000, seed])
        w = world(CAUSAL[seed % len(CAUSAL)], 90_000 + seed, noise=float(rng.choice([0.03, 0.1])))
        dataset = study(w, rows, rng)
        true, seen = w.graph.ancestors("latency") & set(w.space.names), found(dataset, rng)
        mistaken.append(bool(seen - true))
        hits, causes = hits + len(seen & true), causes + len(true)
    assert sum(mistaken) <= 6  # P(more) is .01 at the nominal size
    assert hits / causes >= power


@pytest.mark.slow
@pytest.mark.study
def test_null_worlds_have_no_causes() -> None:
    rejected = []
    for seed in range(200):
        rng = np.random.default_rng([91_000, seed])
        dataset = study(world("null", 91_000 + seed), int(rng.choice([25, 60, 100])), rng)
        rejected.append(bool(found(dataset, rng)))
    assert np.mean(rejected) <= 0.09  # P(more) is .005 at the nominal size


@pytest.mark.slow
@pytest.mark.study
def test_imported_options_that_go_together_do_not_make_causes() -> None:
    mistaken = []
    for seed in range(48):
        rng = np.random.default_rng([92_000, seed])
        w = world(CAUSAL[seed % len(CAUSAL)], 92_000 + seed)
        deviates = rng.standard_normal((60, len(w.space.options)))
        order = rng.permutation(len(w.space.options))
        for a, b in zip(order[::2], order[1::2], strict=False):
            deviates[:, b] = 0.8 * deviates[:, a] + 0.6 * deviates[:, b]
        runs = runs_of(w, drawn(w.space, norm.cdf(deviates)), 2, Purpose.IMPORTED, rng)
        mistaken.append(bool(found(build(runs, w.space, w.objectives), rng) - w.graph.ancestors("latency")))
    assert sum(mistaken) <= 6  # P(more) is .01 at the nominal size
