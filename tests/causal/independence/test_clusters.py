"""Rows that share their settings are not independent: what counts is how often a setting was drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cadet.causal.independence.rows import averaged, one_per_plot
from cadet.model.dataset import Dataset
from cadet.plugins import load
from cadet.protocols import Independence
from tests.causal.discovery.test_recorded import KERNEL, jetson
from tests.causal.independence.peers import needs_peers
from tests.causal.independence.worlds import crossed

__all__ = ["jetson"]  # a fixture

HARDWARE = ("core1_status", "core2_status", "core3_status", "num_cores", "core_freq", "gpu_freq", "emc_freq")


def p_value(result: Independence | None) -> float:
    assert result is not None
    return result.p_value


def steps(data: Dataset) -> Dataset:
    """The same world for a test of categories: the objective in three levels."""
    latency = data.frame["latency"].to_numpy()
    return replace(
        data, frame=data.frame.assign(latency=np.digitize(latency, np.quantile(latency, [1 / 3, 2 / 3])) * 1.0)
    )


@pytest.mark.parametrize("name", ["degenerate-gaussian", "fisher-z", "g2", "kci", "rcit"])
def test_size_in_plots_in_a_quick_look(name: str) -> None:
    """90 settings at 8 kernels each; `a` does nothing, but what disturbs a setting stays with all its eight rows."""
    if name in ("kci", "rcit"):
        needs_peers()
    found, naive = [], []
    for seed in range(80):
        data = crossed(np.random.default_rng(seed), 90, 0.0)
        data = steps(data) if name == "g2" else data
        rows = averaged(data)
        found.append(p_value(load("independence", name)(data, rows)("a", "latency", ())) < 0.05)
        if name in ("degenerate-gaussian", "fisher-z", "g2"):
            flat = load("independence", name)(data, replace(rows, plots=None))
            naive.append(p_value(flat("a", "latency", ())) < 0.05)
    assert np.mean(found) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 80)
    assert not naive or np.mean(naive) > 0.2, "without plots nothing would be wrong, and this test shows nothing"


def test_one_row_per_plot_is_a_row_of_that_plot_and_the_same_every_time() -> None:
    rows = averaged(crossed(np.random.default_rng(1), 40, 0.0))
    assert rows.plots is not None
    one = one_per_plot(rows)
    assert len(one) == len(rows.plots) and one.plots is None
    settings = {tuple(rows.places[n][i] for n in "abcd") for i in range(len(rows))}
    assert {tuple(one.places[n][i] for n in "abcd") for i in range(len(one))} == settings
    assert all((one.places[n] == one_per_plot(rows).places[n]).all() for n in one.places)
    assert len(np.unique(one.places["kernel"])) > 4, "the crossed option still varies"


@pytest.mark.parametrize("name", ["degenerate-gaussian", "fisher-z"])
def test_the_recorded_board_has_58_hardware_settings_and_not_1438_rows(jetson: Dataset, name: str) -> None:
    rows = averaged(jetson)
    assert len(jetson.frame) > 1400 and len(rows) > 400
    test, flat = (load("independence", name)(jetson, r) for r in (rows, replace(rows, plots=None)))
    found = {o: test(o, "inference_time", ()) for o in HARDWARE}
    assert all(result is not None and result.rows <= 60 for result in found.values())
    assert p_value(found["emc_freq"]) < 1e-6
    assert min(p_value(found[o]) for o in HARDWARE if o != "emc_freq") > 0.01
    assert min(p_value(flat(o, "inference_time", ())) for o in HARDWARE if o != "emc_freq") < 1e-4
    assert all(p_value(test(o, "inference_time", ())) > 0.05 for o in KERNEL)


def test_kci_sees_one_row_for_each_setting_of_the_recorded_board(jetson: Dataset) -> None:
    needs_peers()
    test = load("independence", "kci")(jetson, averaged(jetson))
    result = test("emc_freq", "inference_time", ())
    assert result is not None and result.rows == 58 and result.p_value < 1e-4
