"""Temperatures, throttling and kernel counters on simulated trees; no hardware is behind them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cadet.device.sensors.cgroup import CgroupSensor
from cadet.device.sensors.counters import CounterSensor
from cadet.device.sensors.proc import ProcSensor
from cadet.device.sensors.thermal import ThermalSensor
from cadet.device.sensors.throttle import ThrottleSensor
from cadet.errors import CapabilityMissing
from tests.device.sensors import trees

THROTTLED = "devices/system/cpu/cpu{}/thermal_throttle/{}_throttle_total_time_ms"


def test_a_temperature_is_the_highest_of_the_run(tmp_path: Path) -> None:
    board = trees.write(tmp_path, trees.zone(0, "tj-thermal", 41_500))
    sensor = ThermalSensor(sysfs=board, period_s=0.005)
    sensor.start()
    trees.write(tmp_path, trees.zone(0, "tj-thermal", 88_000))
    time.sleep(0.1)
    trees.write(tmp_path, trees.zone(0, "tj-thermal", 50_000))
    assert sensor.stop() == {"temperature.tj": pytest.approx(88.0)}
    assert sensor.read() == {"temperature.tj": pytest.approx(50.0)}


def test_zones_have_the_names_that_people_use_and_that_expressions_can_hold(tmp_path: Path) -> None:
    chip = "class/hwmon/hwmon2"
    board = trees.write(
        tmp_path,
        {
            **trees.zone(0, "CPU-therm", 1000),
            **trees.zone(1, "acpitz", 1000),
            **trees.zone(2, "acpitz", 1000),
            **trees.zone(10, "x86_pkg_temp", 1000),
            f"{chip}/name": "coretemp",
            f"{chip}/temp1_label": "Package id 0",
            f"{chip}/temp1_input": 30_000,
        },
    )
    names = ("cpu", "acpitz", "acpitz_2", "x86_pkg_temp", "coretemp_package_id_0")
    assert ThermalSensor(sysfs=board).names == tuple(f"temperature.{name}" for name in names)


def test_a_board_without_temperatures_says_where_we_looked(tmp_path: Path) -> None:
    with pytest.raises(CapabilityMissing, match=r"looked at .*class/thermal/thermal_zone\*"):
        ThermalSensor(sysfs=trees.write(tmp_path, {}))


def test_throttling_is_a_share_of_the_run(tmp_path: Path) -> None:
    clock = [0.0]
    board = trees.write(tmp_path, {THROTTLED.format(c, p): 500 for c in (0, 1) for p in ("core", "package")})
    sensor = ThrottleSensor(sysfs=board, clock=lambda: clock[0])
    sensor.start()
    clock[0] = 2.0
    assert sensor.stop() == {"cpu.slowed_down": 0.0}
    sensor.start()
    trees.write(tmp_path, {THROTTLED.format(1, "core"): 1500})
    clock[0] = 4.0
    assert sensor.stop() == {"cpu.slowed_down": pytest.approx(0.5)}


def test_a_counter_that_fell_has_no_value() -> None:
    totals = {"a": 5.0, "b": 5.0, "c": 5.0}
    sensor = CounterSensor(lambda: dict(totals), {"a": "A", "b": "B", "c": "C"}, None)
    sensor.start()
    totals["a"], totals["b"] = 9.0, 1.0
    del totals["c"]
    assert sensor.stop() == {"a": 4.0}
    assert sensor.refused == {"b": "B: it fell by 4", "c": "C: it was not counted throughout"}


def machine(root: Path, **files: str) -> Path:
    for place, content in files.items():
        path = root / place.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def test_disks_are_counted_once_each(tmp_path: Path) -> None:
    """Neither partitions nor loops over files of a disk."""
    rows = (
        "8 0 sda {0} 0 {0} 0 {0} 0 {0} 0 0 {0} 0 0 0 0 0 {0} 0\n"
        "8 1 sda1 99 0 99 0 99 0 99 0 0 99 0\n"
        "7 0 loop0 9 0 9 0 9 0 9 0 0 9 0\n"
    )
    for name in ("sda", "loop0"):
        (tmp_path / "sys/block" / name).mkdir(parents=True)
    root = machine(tmp_path, proc__stat="ctxt 5\nintr 7 1 2\n", proc__diskstats=rows.format(100))
    sensor = ProcSensor(root=root)
    sensor.start()
    machine(root, proc__stat="ctxt 8\nintr 7 1 2\n", proc__diskstats=rows.format(110))
    values = sensor.stop()
    assert values["proc.context_switches"] == 3
    assert values["proc.interrupts"] == 0
    assert (values["proc.disk_reads"], values["proc.disk_read_bytes"]) == (10, 10 * 512)
    assert values["proc.disk_flushes"] == 10
    assert values["proc.disk_busy_s"] == pytest.approx(0.010)


def test_waiting_for_a_cpu_is_counted_where_the_kernel_does(tmp_path: Path) -> None:
    text = "version 15\ntimestamp 1\ncpu0 0 0 0 0 0 0 10 {} 5\ndomain0 3 1 2 3\ncpu1 0 0 0 0 0 0 10 1000 5\n"
    root = machine(tmp_path, proc__stat="ctxt 5\n", proc__schedstat=text.format(0))
    sensor = ProcSensor(["proc.run_delay_s"], root=root)
    sensor.start()
    machine(root, proc__schedstat=text.format(2_000_000_000))
    assert sensor.stop() == {"proc.run_delay_s": pytest.approx(2.0)}


V2 = {"usage_usec": "1000000", "nr_throttled": "3", "throttled_usec": "500000"}


def group(root: Path, name: str, **stat: str) -> None:
    lines = "\n".join(f"{key} {value}" for key, value in {**V2, **stat}.items())
    folder = root / "sys/fs/cgroup" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.stat").write_text(lines)
    (folder / "io.stat").write_text("8:0 rbytes=100 wbytes=200 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=1 wbytes=0\n")


def test_the_group_of_the_limits_is_read_while_there_is_one(tmp_path: Path) -> None:
    root = machine(tmp_path, proc__self__cgroup="0::/user.slice\n")
    group(root, "user.slice", throttled_usec="0")
    sensor = CgroupSensor(root=root)
    assert "cgroup.throttled_s" in sensor.names
    group(root, "cadet", throttled_usec="0")
    sensor.start()
    group(root, "cadet", throttled_usec="1500000", usage_usec="1250000")
    group(root, "user.slice", throttled_usec="99000000")
    values = sensor.stop()
    assert values["cgroup.throttled_s"] == pytest.approx(1.5)
    assert values["cgroup.cpu_s"] == pytest.approx(0.25)


def test_version_1_is_read_from_the_tree_of_each_controller(tmp_path: Path) -> None:
    root = machine(
        tmp_path,
        proc__self__cgroup="4:memory:/a\n3:cpu,cpuacct:/a\n2:blkio:/\n1:name=systemd:/x\n0::/\n",
        **{
            "sys/fs/cgroup/cpu,cpuacct/a/cpuacct.usage": "1000000000\n",
            "sys/fs/cgroup/cpu,cpuacct/a/cpu.stat": "nr_periods 9\nnr_throttled 0\nthrottled_time 0\n",
            "sys/fs/cgroup/memory/memory.failcnt": "5\n",
            "sys/fs/cgroup/blkio/blkio.throttle.io_serviced": "8:0 Read 3\n8:0 Write 4\nTotal 7\n",
        },
    )
    sensor = CgroupSensor(root=root)
    assert set(sensor.names) == {f"cgroup.{name}" for name in ("cpu_s", "throttled_periods", "throttled_s",
                                                                "memory_limit_hits", "reads", "writes")}  # fmt: skip
    sensor.start()
    later = {
        "sys/fs/cgroup/cpu,cpuacct/a/cpu.stat": "nr_throttled 2\nthrottled_time 2000000000\n",
        "sys/fs/cgroup/blkio/blkio.throttle.io_serviced": "8:0 Read 3\n8:0 Write 9\nTotal 12\n",
    }
    machine(root, **later)
    values = sensor.stop()
    assert values["cgroup.throttled_s"] == pytest.approx(2.0)
    assert (values["cgroup.reads"], values["cgroup.writes"]) == (0, 5)


def test_no_control_group_says_so(tmp_path: Path) -> None:
    with pytest.raises(CapabilityMissing, match="no control group counts"):
        CgroupSensor(root=tmp_path)
