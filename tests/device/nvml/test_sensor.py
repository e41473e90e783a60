"""Reading GPUs over a run through the real bindings, on a simulated board."""

from __future__ import annotations

import math

import pytest

from cadet.device.sensors.nvml_channels import counted
from cadet.errors import MeasurementError
from cadet.testing.sensors import LAWS
from tests.device.nvml import inside
from tests.device.nvml.board import Board

SECOND = 1.8  # gigacycles that take a second at full clocks


def test_counter_and_power_integral_agree_within_two_percent(board: Board) -> None:
    """GPU 0 counts its energy, GPU 1 tells its power only; both do the same work, then rest."""
    values, (*before, after0, after1) = board.do(inside.sensed, [(0, SECOND, 0), (1, SECOND, 0)], pause_s=1.1)
    truth = after0.joules - before[0].joules
    assert after1.joules - before[1].joules == pytest.approx(truth, rel=1e-3)
    assert values["gpu0.energy_j"] == pytest.approx(truth, rel=0.02)
    assert values["gpu1.energy_j"] == pytest.approx(values["gpu0.energy_j"], rel=0.02)


def test_a_run_shows_power_clocks_and_what_held_them_down(board: Board) -> None:
    board.act("write", "gpu0.power_limit_w", "150")
    clock = board.do(inside.busy_clock, 0, 1)
    values, _ = board.do(inside.sensed, [(0, 0.6, 0), (1, 0.6, 0)])
    assert values["gpu0.sm_clock_highest_hz"] == clock * 1e6
    assert values["gpu1.sm_clock_highest_hz"] == 1800e6
    assert values["gpu0.power_capped"] > values["gpu1.power_capped"] == 0
    assert 0.85 * 150 < values["gpu0.power_w"] <= 150 * (1 + 0.02 / 0.6)  # the counter moves in steps of 20 ms
    assert values["gpu0.slowed_down"] == values["gpu1.slowed_down"] == 0
    assert values["gpu0.utilisation"] > values["gpu1.utilisation"] > 0.3


def test_the_share_of_the_time_under_the_power_cap_is_that_of_the_work(board: Board) -> None:
    """The work's time follows from its cycles and the clock; the rest of the run, such as its start, is not capped."""
    board.act("write", "gpu0.power_limit_w", "150")
    working_s = 0.6 / (board.do(inside.busy_clock, 0, 1) / 1000)
    share, seconds, gap_s = board.do(inside.held, [(0, 0.6, 0)], "gpu0.power_capped")
    assert share == pytest.approx(working_s / seconds, abs=gap_s / seconds)


def test_a_hot_gpu_slows_down_and_says_so(board: Board) -> None:
    board.do(inside.heat, 0, 95.0)
    values, _ = board.do(inside.sensed, [(0, 0.3, 0), (1, 0.3, 0)])
    assert values["gpu0.slowed_down"] > 0.9
    assert values["gpu0.sm_clock_highest_hz"] == 600e6
    assert values["temperature.gpu0"] >= 95
    assert values["gpu0.power_capped"] == values["gpu1.slowed_down"] == 0


def test_energy_of_too_short_a_run_is_missing_and_the_rest_is_there(board: Board) -> None:
    values, _ = board.do(inside.sensed, [(0, 0.1, 0)])
    summed = {"gpu0.energy_j", "gpu1.energy_j", "gpu0.power_w", "gpu1.power_w"}
    assert set(board.do(inside.names)) - set(values) == summed


def test_names_are_those_that_a_gpu_answers(board: Board) -> None:
    every = set(board.do(inside.names))
    board.do(inside.inject, "nvmlDeviceGetTemperature@1=3;nvmlDeviceGetCurrentClocksThrottleReasons=3")
    refused = {"temperature.gpu1", "gpu0.power_capped", "gpu1.power_capped", "gpu0.slowed_down", "gpu1.slowed_down"}
    assert set(board.do(inside.names)) == every - refused
    assert board.do(inside.names, ["gpu1.power_w", "temperature.gpu1"]) == ("gpu1.power_w",)


def test_a_gpu_without_any_energy_has_none(board: Board) -> None:
    board.do(inside.inject, "nvmlDeviceGetTotalEnergyConsumption=3;nvmlDeviceGetPowerUsage@1=3")
    names = board.do(inside.names)
    assert "gpu0.energy_j" in names
    assert not {"gpu1.energy_j", "gpu1.power_w"} & set(names)


@pytest.mark.parametrize("law", LAWS)
def test_it_keeps_the_laws_of_sensors(board: Board, law: str) -> None:
    board.do(inside.conforms, law)


def test_gauges_tell_the_present(board: Board) -> None:
    board.do(inside.heat, 1, 50.0)
    now = board.do(inside.gauged)
    assert now["temperature.gpu1"] == 50
    assert now["gpu0.power_w"] == pytest.approx(25 + 15 * 405 / 9500, abs=0.001)
    assert now["gpu0.sm_clock_hz"] == 210e6


def test_a_reading_that_fails_during_a_run_is_missing_in_it(board: Board) -> None:
    values, _ = board.do(inside.sensed, [(0, 0.2, 0)], "nvmlDeviceGetClockInfo@0=999")
    assert "gpu0.sm_clock_hz" not in values
    assert {"gpu1.sm_clock_hz", "gpu0.utilisation"} <= set(values)


def test_a_gpu_that_is_lost_during_a_run_ends_the_measuring(board: Board) -> None:
    with pytest.raises(MeasurementError, match=r"gpu0.*fell off the bus"):
        board.do(inside.sensed, [(1, 0.2, 0)], "nvmlDeviceGet*@0=15")


def test_a_counter_that_moved_too_rarely_is_no_measurement() -> None:
    assert math.isnan(counted(list(range(40)), [min(t, 19) for t in range(40)]))
    assert counted(list(range(40)), [min(t, 20) for t in range(40)]) == 20
