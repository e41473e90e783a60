"""A power cap on a simulated two-GPU host, found and fixed through the real bindings; the board is put back."""

from __future__ import annotations

import json
import random
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cadet.model.measurement import Status
from cadet.study import Study
from tests.device.nvml import inside
from tests.device.nvml.board import Board
from tests.device.nvml.inference import ENERGY, PERSISTENCE, Inference, kill
from tests.device.state.kills import BY_HAND, MODES
from tests.device.state.kills import kill as strike

CAPPED = (120_000, 0, 0, 0, 0, 1, 0)
OTHER = (300_000, 0, 0, 0, 0, 1, 0)
DEBUG = ("debug", "target.toml", "--fault", "current", "--budget", "12", "--initial", "10", "--allow-system-writes")


@pytest.fixture
def inference(board: Board, tmp_path: Path) -> Inference:
    return Inference(board, tmp_path)


def both(board: Board) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return board.settings(0), board.settings(1)


def eventually(holds: Callable[[], bool], within_s: float = 20.0) -> bool:
    deadline = time.monotonic() + within_s
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def test_measuring_sets_the_gpus_and_puts_them_back(board: Board, inference: Inference) -> None:
    code, out, err = inference.cadet("measure", "target.toml", "-n", "4", "--allow-system-writes")
    assert code == 0, err + out
    assert both(board) == (CAPPED, OTHER)
    assert inference.restored


def test_without_leave_to_write_nothing_is_touched(board: Board, inference: Inference) -> None:
    code, _, err = inference.cadet("measure", "target.toml", "-n", "4")
    assert code == 6
    assert "gpu0.power_limit_w" in err
    assert both(board) == (CAPPED, OTHER)


def test_without_root_the_session_ends_with_the_remedy(board: Board, inference: Inference) -> None:
    faults = {"SIMULATED_NVML_FAULTS": "nvmlDeviceSet*=4"}
    code, _, err = inference.cadet("measure", "target.toml", "-n", "4", "--allow-system-writes", **faults)
    assert code == 6
    assert "run cadet with sudo" in err
    assert both(board) == (CAPPED, OTHER)


def test_a_lock_that_did_not_take_is_seen_on_the_busy_gpu(board: Board, inference: Inference) -> None:
    """The driver says yes and locks nothing; only a run that could be faster than its lock can show that."""
    faults = {"SIMULATED_NVML_FAULTS": "nvmlDeviceSetGpuLockedClocks=0"}
    code, _, err = inference.cadet("measure", "target.toml", "-n", "8", "--allow-system-writes", **faults)
    assert code == 0, err
    with Study.open(inference.folder / ".cadet" / "inference.db") as study:
        runs = [run for run in study.runs if run.configuration["power_limit"] in (240, 300)]
    locked = [run for run in runs if run.configuration["graphics_clock"] == "900"]
    assert locked and all(run.status is Status.APPLY_FAILED for run in locked)
    assert re.search(r"asked graphics_clock \(gpu0.*\) = 900, the busy GPU shows 1\d\d\d MHz", locked[0].message)
    assert all(run.ok for run in runs if run.configuration["graphics_clock"] == "unlocked")
    assert both(board) == (CAPPED, OTHER)


@pytest.mark.slow
def test_a_power_cap_is_found_and_the_board_put_back(board: Board, inference: Inference) -> None:
    code, _, err = inference.cadet(*DEBUG, "--json", "answer.json")
    assert code == 0, err
    answer = json.loads((inference.folder / "answer.json").read_text())
    assert answer["verdict"] == "confirmed"
    assert answer["fault"]["configuration"]["power_limit"] == 120
    fix = answer["fixes"][0]
    assert set(fix["changes"]) == {"power_limit"}
    assert fix["changes"]["power_limit"]["to"] > 120
    assert fix["gain"]["latency"]["low"] > 0.4
    assert [cause["option"] for cause in answer["root_causes"]] == ["power_limit"]
    assert both(board) == (CAPPED, OTHER)
    assert inference.restored


@pytest.mark.slow
def test_energy_is_an_objective_and_the_clocks_are_seen_as_its_way(board: Board, tmp_path: Path) -> None:
    """At 120 W the same work takes 3 times as long, and the power that flows even without work costs energy."""
    # the counter moves every 20 ms and must be seen to move 20 times in a run, also by a sensor that wakes late
    inference = Inference(board, tmp_path, 0.9, ENERGY.format(gpu=0))
    code, _, err = inference.cadet(*DEBUG, "--objective", "energy", "--goal", "energy<=300", "--json", "answer.json")
    assert code == 0, err
    answer = json.loads((tmp_path / "answer.json").read_text())
    assert set(answer["fixes"][0]["changes"]) == {"power_limit"}
    assert answer["fixes"][0]["measured"]["energy"]["high"] < 300 < answer["fault"]["measured"]["energy"]["low"]
    with Study.open(tmp_path / ".cadet" / "inference.db") as study:
        faults = [run for run in study.runs if run.ok and run.configuration["power_limit"] == 120]
        # the counter moves every 20 ms, so a run can be charged for one step more than it lasted
        over = [run.values["gpu0.power_w"] / (120 * (1 + 0.02 / run.values["latency"])) for run in faults]
        assert max(over) <= 1, over
        # how large a share of a run the work is depends on how late a loaded machine starts it: test_sensor.py tells
        roomy = [run for run in study.runs if run.ok and run.configuration["power_limit"] == 300]
        assert min(run.values["gpu0.power_capped"] for run in faults) > 0
        assert roomy and all(run.values["gpu0.power_capped"] == 0 for run in roomy)
        assert "NVML energy counter" in faults[0].environment["sources"]["energy"]
    assert both(board) == (CAPPED, OTHER)


def test_energy_that_a_gpu_does_not_tell_is_an_error_before_any_run(board: Board, tmp_path: Path) -> None:
    inference = Inference(board, tmp_path, more=ENERGY.format(gpu=2))
    code, _, err = inference.cadet("measure", "target.toml", "-n", "2", "--allow-system-writes")
    assert code == 6
    assert "gpu2" in err
    assert both(board) == (CAPPED, OTHER)


@pytest.mark.slow
def test_a_kept_fix_stays_and_the_rest_is_put_back(board: Board, inference: Inference) -> None:
    code, _, err = inference.cadet(*DEBUG, "--keep", "--json", "answer.json")
    assert code == 0, err
    answer = json.loads((inference.folder / "answer.json").read_text())
    watts = answer["fixes"][0]["changes"]["power_limit"]["to"]
    assert both(board) == ((1000 * watts, *CAPPED[1:]), OTHER)


def ended(board: Board, inference: Inference, number: int, after_s: float) -> bool:
    """Send a signal to a session `after_s` seconds after its first write; return whether it still ran."""
    process = inference.begin(*DEBUG, "--fresh")
    assert eventually(lambda: both(board) != (CAPPED, OTHER))
    time.sleep(after_s)
    running = process.poll() is None
    if running:
        kill(process, number)
    said = process.communicate()
    assert eventually(lambda: inference.restored), said
    assert both(board) == (CAPPED, OTHER)
    return running


def test_a_killed_session_leaves_the_board_as_it_was(board: Board, inference: Inference) -> None:
    assert ended(board, inference, signal.SIGKILL, 0.3)


@pytest.mark.study
@pytest.mark.parametrize("mode", MODES)
def test_fifty_kills_of_each_mode_leave_the_board_as_it_was(board: Board, inference: Inference, mode: str) -> None:
    rng = random.Random(MODES.index(mode))
    struck = 0
    for _ in range(50):
        process = inference.begin(*DEBUG, "--fresh")
        eventually(lambda process=process: not inference.restored or process.poll() is not None)  # type: ignore[misc]
        time.sleep(rng.uniform(0, 1.5))
        struck += not inference.restored
        strike(process, mode, rng)
        process.communicate()
        if mode in BY_HAND:
            code, _, said = inference.cadet("restore")
            assert code == 0, said
        assert eventually(lambda: inference.restored)
        assert both(board) == (CAPPED, OTHER)
    print(f"{mode}: 50 kills, {struck} of them within a transaction")
    assert struck >= 25


def test_what_the_driver_forgot_when_everybody_was_killed_is_put_back(board: Board, tmp_path: Path) -> None:
    """With persistence mode off and its last client killed, the driver drops even what no option sets."""
    inference = Inference(board, tmp_path, more=PERSISTENCE)
    board.act("write", "gpu1.compute_mode", "exclusive_process")
    board.do(inside.leave)
    process = inference.begin(*DEBUG)
    assert eventually(lambda: board.settings(1)[5] == 0)
    kill(process, signal.SIGKILL)
    said = process.communicate()
    assert eventually(lambda: inference.restored), said
    assert both(board) == (CAPPED, (*OTHER[:-1], 3))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_however_a_session_ends_the_board_is_as_it_was(board: Board, inference: Inference, number: int) -> None:
    moments = random.Random(number)
    assert sum(ended(board, inference, number, moments.uniform(0, 2.5)) for _ in range(8)) > 4
