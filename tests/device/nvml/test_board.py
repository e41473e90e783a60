"""The simulated board keeps its own physics: what the tests of sensors and actuators lean on."""

from __future__ import annotations

import json
import subprocess
import time

import pytest

from tests.device.nvml import inside
from tests.device.nvml.board import Board

CYCLES = 0.36  # gigacycles: 0.2 s at 1800 MHz


def kernel_s(board: Board, *words: object) -> float:
    """Return how long the program `work` saw its kernels take."""
    argv = [str(board.library / "work"), *map(str, words)]
    ended = subprocess.run(argv, env=board.environment, capture_output=True, check=True)
    return float(json.loads(ended.stdout)["kernel_s"])


@pytest.mark.parametrize(("gigabytes", "seconds"), [(0, 0.2), (100, 0.2), (304, 0.4)])
def test_a_kernel_takes_the_longer_of_arithmetic_and_traffic(board: Board, gigabytes: float, seconds: float) -> None:
    assert kernel_s(board, 0, CYCLES, gigabytes) == pytest.approx(seconds, rel=0.1)


def test_a_power_limit_slows_arithmetic_and_leaves_traffic_alone(board: Board) -> None:
    board.act("write", "gpu1.power_limit_w", "150")
    clock = board.do(inside.busy_clock, 1, 1)
    assert clock < 1200
    assert kernel_s(board, 1, CYCLES, 0) == pytest.approx(CYCLES / (clock / 1000), rel=0.1)
    assert kernel_s(board, 1, 0, 152) == pytest.approx(0.2, rel=0.1)


def test_energy_is_the_power_of_the_model_times_time(board: Board) -> None:
    before, start = board.do(inside.state, 0).joules, time.monotonic()
    kernel_s(board, 0, CYCLES, 0)
    joules, seconds = board.do(inside.state, 0).joules - before, time.monotonic() - start
    idle_w = 25 + 15 * 405 / 9500
    assert joules == pytest.approx(295 * 0.2 + idle_w * (seconds - 0.2), rel=0.02)


def test_every_process_sees_the_same_board(board: Board) -> None:
    board.act("write", "gpu1.power_limit_w", "120")
    program = (
        "import pynvml as n; n.nvmlInit(); print(n.nvmlDeviceGetPowerManagementLimit(n.nvmlDeviceGetHandleByIndex(1)))"
    )
    assert board.program(program) == "120000"


def test_without_persistence_the_driver_forgets_when_its_last_client_goes(board: Board) -> None:
    program = "from cadet.device.actuators.nvml import Nvml; Nvml().write('gpu{}.power_limit_w', '150')"
    board.program("from cadet.device.actuators.nvml import Nvml; Nvml().write('gpu1.persistence', 'on')")
    board.program(program.format(0))
    board.program(program.format(1))
    assert board.act("read", "gpu0.power_limit_w") == "300"
    assert board.act("read", "gpu1.power_limit_w") == "150"
