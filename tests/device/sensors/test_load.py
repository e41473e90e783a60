from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cadet.device.sensors.load import LoadSensor, Share, our_cpu_s

TICK = 1 / os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1
SPIN = "import time\nwhile time.process_time() < {}: pass"


def stat(path: Path, user: int, idle: int, iowait: int = 0, steal: int = 0) -> None:
    path.write_text(f"cpu  {user} 0 0 {idle} {iowait} 0 0 {steal} 0 0\ncpu0 1 2 3\n")


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


def test_others_are_all_that_is_busy_less_ours(tmp_path: Path, clock: list[float]) -> None:
    file, ours = tmp_path / "stat", [5.0]
    stat(file, 1000, 1000)
    sensor = LoadSensor(lambda: ours[0], stat=file, clock=lambda: clock[0])
    sensor.start()
    clock[0], ours[0] = 10.0, 6.0
    stat(file, 1000 + int(3 / TICK), 2000, iowait=500, steal=int(1 / TICK))
    share = sensor.stop()
    assert share.value == pytest.approx((3 + 1 - 1) / (10 * CORES))
    assert share.known


def test_how_busy_others_are_does_not_depend_on_how_long_a_run_waits(tmp_path: Path, clock: list[float]) -> None:
    """They take half of what is left: of a run that works all the time on one core, and of one that mostly waits."""
    file, shares = tmp_path / "stat", []
    for seconds in (1.0, 40.0):
        ours = [0.0]
        clock[0] = 0.0
        stat(file, 0, 0)
        sensor = LoadSensor(lambda ours=ours: ours[0], stat=file, clock=lambda: clock[0])  # type: ignore[misc]
        sensor.start()
        clock[0], ours[0] = seconds, 0.5
        stat(file, round((0.5 + (seconds * CORES - 0.5) / 2) / TICK), 0)
        shares.append(sensor.stop())
    assert [share.of_left for share in shares] == pytest.approx([0.5, 0.5], abs=0.02)
    assert shares[0].value < shares[1].value


def test_a_run_that_leaves_nothing_says_nothing_of_others() -> None:
    assert Share(0.0, 0.01, 1.0, left=0.0).of_left is None
    assert Share(0.005, 0.01, 1.0, left=0.02).of_left is None
    assert Share(0.5, 0.01, 1.0, left=0.5).of_left == 1.0


def test_a_share_is_never_negative(tmp_path: Path, clock: list[float]) -> None:
    file, ours = tmp_path / "stat", [0.0]
    stat(file, 0, 0)
    sensor = LoadSensor(lambda: ours[0], stat=file, clock=lambda: clock[0])
    sensor.start()
    clock[0], ours[0] = 1.0, 5.0
    assert sensor.stop().value == 0


def test_a_run_shorter_than_the_clock_says_nothing(tmp_path: Path, clock: list[float]) -> None:
    file = tmp_path / "stat"
    stat(file, 0, 0)
    sensor = LoadSensor(lambda: 0.0, stat=file, clock=lambda: clock[0])
    sensor.start()
    clock[0] = TICK / 10
    stat(file, 1, 0)
    share = sensor.stop()
    assert not share.known
    assert not share.above(0.15)


def test_our_own_work_counts_as_ours() -> None:
    before = our_cpu_s(())
    end = time.process_time() + 0.05
    while time.process_time() < end:
        pass
    assert our_cpu_s(()) - before >= 0.05


def test_a_live_child_counts_as_ours_and_stays_so_when_it_ended() -> None:
    before = our_cpu_s(())
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", SPIN.format(0.2) + "\ninput()"], stdin=subprocess.PIPE
    )
    deadline = time.monotonic() + 30
    while our_cpu_s([process.pid]) - before < 0.15 and time.monotonic() < deadline:
        time.sleep(0.01)
    alive = our_cpu_s([process.pid])
    process.communicate(b"\n")
    assert alive - before >= 0.15
    assert our_cpu_s([process.pid]) >= alive - 2 * TICK
