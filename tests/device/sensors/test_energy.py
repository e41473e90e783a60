"""Energy: counters that wrap, power that is integrated, runs that are too short, and no sensor at all.

The trees are simulated; the machine that runs these tests need not measure energy.
"""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadet.device.sensors import energy
from cadet.device.sensors.hwmon import HwmonSensor
from cadet.device.sensors.rapl import RaplSensor
from cadet.device.sensors.sampled import Channel, SampledSensor
from cadet.device.sensors.samples import LEAST_PERIODS, Figure, Needs, counted, integral, mean
from cadet.errors import CapabilityMissing, EnergyUnavailable
from cadet.plugins import BUILTIN
from tests.device.sensors import trees

RANGE_UJ = 1_000_000  # a counter that wraps after one joule


@given(
    steps=st.lists(st.integers(0, 999), min_size=1, max_size=50),
    start=st.integers(0, 999),
)
def test_across_wraps_the_counter_says_the_sum_of_its_steps(steps: list[int], start: int) -> None:
    totals = np.cumsum([start, *steps])
    shown = (totals % 1000).astype(float)
    assert counted(list(shown), 1000.0) == sum(steps)


@given(
    power=st.lists(st.floats(0, 200), min_size=2, max_size=30),
    gaps=st.lists(st.floats(0.01, 1), min_size=29, max_size=29),
)
def test_a_wrapping_counter_of_a_power_agrees_with_its_integral(power: list[float], gaps: list[float]) -> None:
    """The counter moves by what the trapezoids hold; the range is larger than any single step, as in hardware."""
    times = list(np.cumsum([0.0, *gaps[: len(power) - 1]]))
    steps = [integral(two, watts) for two, watts in zip(pairwise(times), pairwise(power), strict=True)]
    wraps_at = max(steps) * 1.5 + 1
    shown = list(np.cumsum([0.0, *steps]) % wraps_at)
    assert counted(shown, wraps_at) == pytest.approx(integral(times, power), abs=1e-6 * wraps_at * len(power))


def test_the_integral_is_exact_for_power_that_rises_evenly() -> None:
    times = [0.0, 0.1, 0.5, 2.0]
    assert integral(times, [3 * t for t in times]) == pytest.approx(3 * 2.0**2 / 2)
    assert mean(times, [7.0] * 4) == pytest.approx(7.0)


def test_rapl_counts_across_its_wrap(tmp_path: Path) -> None:
    tree = trees.write(tmp_path, trees.rapl("intel-rapl:0", "package-0", 900_000, RANGE_UJ))
    sensor = RaplSensor(sysfs=tree)
    sensor.start()
    time.sleep(0.03)
    trees.write(tmp_path, trees.rapl("intel-rapl:0", "package-0", 150_000, RANGE_UJ))
    values = sensor.stop()
    assert values["package_0.energy_j"] == pytest.approx(0.25)
    assert 0.25 / 5 < values["package_0.power_w"] < 0.25 / 0.03


def test_a_long_run_is_sampled_more_often_than_it_wraps(tmp_path: Path) -> None:
    """Three wraps within one run, each seen by the sampling thread."""
    tree = trees.write(tmp_path, trees.rapl("intel-rapl:0", "package-0", 0, RANGE_UJ))
    sensor = RaplSensor(["package_0.energy_j"], sysfs=tree, period_s=0.005)
    sensor.start()
    for step in range(1, 11):
        trees.write(tmp_path, {"class/powercap/intel-rapl:0/energy_uj": step * 350_000 % RANGE_UJ})
        time.sleep(0.1)
    assert sensor.stop() == {"package_0.energy_j": pytest.approx(3.5)}


def test_parts_of_a_package_carry_its_name(tmp_path: Path) -> None:
    tree = trees.write(
        tmp_path,
        {
            **trees.rapl("intel-rapl:0", "package-0", 1),
            **trees.rapl("intel-rapl:0:0", "dram", 1),
            **trees.rapl("intel-rapl:1", "package-1", 1),
            **trees.rapl("intel-rapl:1:0", "dram", 1),
        },
    )
    energies = [name for name in RaplSensor(sysfs=tree).names if name.endswith("energy_j")]
    assert energies == [f"{part}.energy_j" for part in ("package_0", "package_0_dram", "package_1", "package_1_dram")]


def test_a_counter_that_may_not_be_read_is_a_missing_permission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = trees.write(tmp_path, trees.rapl("intel-rapl:0", "package-0", 1))
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "energy_uj":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)  # root, who runs these tests, may read everything
    with pytest.raises(CapabilityMissing, match="chmod a\\+r") as caught:
        RaplSensor(sysfs=tree)
    assert caught.value.denied


def test_a_rail_is_volts_times_amperes_over_time(tmp_path: Path) -> None:
    tree = trees.write(tmp_path, trees.ina3221(3, {"VDD_GPU_SOC": (5000, 800), "VDD_CPU_CV": (5000, 0)}))
    sensor = HwmonSensor(sysfs=tree, period_s=0.005)
    start = time.monotonic()
    sensor.start()
    time.sleep(0.15)
    values = sensor.stop()
    longest = time.monotonic() - start
    assert values["VDD_GPU_SOC.power_w"] == pytest.approx(4.0)
    assert 4.0 * 0.15 <= values["VDD_GPU_SOC.energy_j"] <= 4.0 * longest
    assert values["VDD_CPU_CV.energy_j"] == 0
    assert "in1_input x curr1_input" in sensor.sources["VDD_GPU_SOC.energy_j"]
    assert "sampled every 0.005 s, refreshed every 0.001 s" in sensor.sources["VDD_GPU_SOC.energy_j"]


def test_the_integral_follows_power_that_changes(tmp_path: Path) -> None:
    tree = trees.write(tmp_path, trees.ina3221(3, {"VDD_IN": (5000, 0)}))
    sensor = HwmonSensor(["VDD_IN.energy_j"], sysfs=tree, period_s=0.005)
    sensor.start()
    time.sleep(0.2)
    switched_at = time.monotonic()
    trees.write(tmp_path, trees.ina3221(3, {"VDD_IN": (5000, 2000)}))
    time.sleep(0.4)
    values = sensor.stop()
    expected = 10.0 * (time.monotonic() - switched_at)
    assert values == {"VDD_IN.energy_j": pytest.approx(expected, rel=0.25)}  # a busy machine samples late


def test_an_energy_counter_of_a_monitor_is_taken_before_an_integral(tmp_path: Path) -> None:
    place = "class/hwmon/hwmon0"
    tree = trees.write(
        tmp_path,
        {f"{place}/name": "meter", f"{place}/power1_input": 2_000_000, f"{place}/power1_label": "mains",
         f"{place}/energy1_input": 5_000_000, f"{place}/energy1_label": "mains"},
    )  # fmt: skip
    sensor = HwmonSensor(sysfs=tree, period_s=0.001)
    assert sensor.sources["mains.energy_j"].endswith("counter, sampled every 0.001 s")
    sensor.start()
    time.sleep(0.05)
    trees.write(tmp_path, {f"{place}/energy1_input": 5_500_000})
    assert sensor.stop()["mains.energy_j"] == pytest.approx(0.5)


def test_a_monitor_that_started_again_gives_no_energy(tmp_path: Path) -> None:
    place = "class/hwmon/hwmon0"
    tree = trees.write(tmp_path, {f"{place}/name": "meter", f"{place}/energy1_input": 5_000_000})
    sensor = HwmonSensor(sysfs=tree, period_s=0.001)
    sensor.start()
    time.sleep(0.05)
    trees.write(tmp_path, {f"{place}/energy1_input": 10})
    assert sensor.stop() == {}
    assert "do not add up" in sensor.refused["meter_energy1.energy_j"]


def test_a_run_of_less_than_twenty_periods_has_no_energy(tmp_path: Path) -> None:
    tree = trees.write(tmp_path, trees.ina3221(3, {"VDD_IN": (5000, 1000)}, interval_ms=100))
    sensor = HwmonSensor(sysfs=tree, period_s=0.005)
    sensor.start()
    time.sleep(0.05)
    assert sensor.stop() == {}
    assert f"less than {LEAST_PERIODS} periods" in sensor.refused["VDD_IN.energy_j"]
    assert "longer than 2 s" in sensor.refused["VDD_IN.energy_j"]


def test_a_sensor_that_fails_in_the_middle_gives_its_reason_and_no_value() -> None:
    reads: list[float] = []

    def read() -> float:
        if len(reads) > 2:
            raise OSError(5, "Input/output error")
        reads.append(1.0)
        return 1.0

    figure = Figure("rail.energy_j", integral, Needs.NOTHING, "integral")
    sensor = SampledSensor([Channel(read, (figure,), "the rail")], None, period_s=0.002)
    sensor.start()
    time.sleep(0.05)
    assert sensor.stop() == {}
    assert sensor.refused == {"rail.energy_j": "the rail cannot be read: [Errno 5] Input/output error"}
    assert not [thread for thread in threading.enumerate() if thread.name == "cadet-sampling"]


def test_without_a_sensor_energy_is_an_error_that_lists_where_we_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = dict.fromkeys(("rapl", "hwmon", "meter"), f"{__name__}:absent")
    monkeypatch.setitem(BUILTIN, "sensor", absent)
    with pytest.raises(EnergyUnavailable) as caught:
        energy.energy_sensor("gpu0.energy_j")
    said = str(caught.value)
    assert caught.value.exit_code == 6
    assert "energy:gpu0: nothing here measures it" in said
    assert all(f"{kind}: no such meter; remedy: buy one" in said for kind in absent)


def test_another_rail_than_those_that_are_measured_is_named_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BUILTIN, "sensor", {"meter": f"{__name__}:_Meter", "rapl": f"{__name__}:absent"})
    assert energy.energy_sensor("mains.energy_j").names == ("mains.energy_j",)
    with pytest.raises(EnergyUnavailable, match='write from = "energy:mains"'):
        energy.energy_sensor("gpu0.energy_j")


def absent(wanted: object = None) -> None:
    raise CapabilityMissing("no such meter", remedy="buy one")


class _Meter:
    names = ("mains.energy_j",)
    sources = {"mains.energy_j": "a meter"}  # noqa: RUF012

    def __init__(self, wanted: object = None) -> None: ...
