"""Sensors on simulated boards: what they read is what the board's model says, over a run of the detector."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from cadet.device.actuators.jetson import Jetson
from cadet.device.sensors.hwmon import HwmonSensor
from cadet.device.sensors.jetson import JetsonSensor
from cadet.device.sensors.sampled import SampledSensor
from cadet.device.sensors.sysfs import Sysfs
from cadet.device.sensors.thermal import ThermalSensor
from cadet.errors import CapabilityMissing
from cadet.testing.sensors import LAWS, Make
from tests.device.jetson.board.spec import BOARDS
from tests.device.jetson.boards import SimulatedBoard


def sysfs(board: SimulatedBoard) -> Sysfs:
    return Sysfs(board.root / "sys")


def rails(board: SimulatedBoard) -> SampledSensor:
    return (JetsonSensor if BOARDS[board.name].iio else HwmonSensor)(sysfs=sysfs(board))


def test_energy_is_the_power_of_the_board_times_the_time(board: SimulatedBoard) -> None:
    sensor = rails(board)
    outer = time.monotonic()
    sensor.start()
    inner = time.monotonic()
    time.sleep(0.5)
    shortest = time.monotonic() - inner
    found, longest = sensor.stop(), time.monotonic() - outer
    watts = float(board.read("sys/kernel/simulation/watts"))  # idle: constant
    assert found["VDD_IN.power_w"] == pytest.approx(watts, rel=0.01)
    assert 0.99 * watts * shortest <= found["VDD_IN.energy_j"] <= 1.01 * watts * longest


def test_a_run_shows_load_clocks_and_power_of_the_detector(board: SimulatedBoard) -> None:
    Jetson(board.root, board.program).write("jetson_clocks", "on")  # no ramp: the mean is the clock
    power, other = rails(board), JetsonSensor(sysfs=sysfs(board))
    idle = float(board.read("sys/kernel/simulation/watts"))
    power.start()
    other.start()
    board.detect(40 if BOARDS[board.name].iio else 12)
    found = {**power.stop(), **other.stop()}
    assert found["gpu.clock_hz"] == pytest.approx(float(board.read(_gpu(board, "max_freq"))), rel=0.1)
    assert 0.2 < found["gpu.utilisation"] <= 0.95
    assert found["VDD_IN.power_w"] > 1.2 * idle
    assert found["emc.clock_hz"] == pytest.approx(float(board.read("sys/kernel/debug/bpmp/debug/clk/emc/rate")))


def test_an_offline_cluster_and_closed_debugfs_are_absent_not_zero(tx2: SimulatedBoard) -> None:
    Jetson(tx2.root, tx2.program).write("nvpmodel", "MAXQ")
    names = JetsonSensor(sysfs=sysfs(tx2)).names
    assert "cpu0.clock_hz" in names and "cpu1.clock_hz" not in names


def test_heat_follows_power(orin: SimulatedBoard) -> None:
    zones = ThermalSensor(sysfs=sysfs(orin))
    before = zones.read()["temperature.tj"]
    orin.detect(30)
    assert zones.read()["temperature.tj"] > before


def test_a_machine_that_is_no_board_says_what_it_saw(tmp_path: Path) -> None:
    with pytest.raises(CapabilityMissing, match="lists nothing"):
        JetsonSensor(sysfs=Sysfs(tmp_path))


def _gpu(board: SimulatedBoard, name: str) -> str:
    return f"sys/class/devfreq/{BOARDS[board.name].gpu_node}/{name}"


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_every_law_of_sensors_holds(board: SimulatedBoard, law: Callable[[Make], None]) -> None:
    law(partial(JetsonSensor, sysfs=sysfs(board)))
